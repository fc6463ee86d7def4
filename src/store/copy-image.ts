import { fail } from '../errors/index.js';
import {
  type BlobSink,
  type BlobSource,
  type Descriptor,
  type Digest,
  isIndexType,
  isManifestType,
} from '../oci/index.js';
import { bytesOf } from '../util/index.js';
import { readDocument } from './documents.js';

/** Indexes within each other, the outermost included. */
const MAX_NESTING = 2;

/**
 * Copies an image and all it needs, byte for byte: children before parents, so that nothing at the destination ever
 * names what is not there, and each blob once. Entries of an index that are no images are copied as they are.
 *
 * @throws TbuildError `image-invalid`, `blob-missing`, `blob-mismatch`, and what the sink throws
 */
export async function copyImage(source: BlobSource, sink: BlobSink, root: Descriptor): Promise<void> {
  // Apart, since one digest may stand in an index as an image and as something unknown.
  const blobs = new Set<Digest>();
  const documents = new Set<Digest>();
  const copyBlob = async (target: Descriptor): Promise<void> => {
    if (blobs.has(target.digest)) return;
    await sink.put(target, () => source.open(target));
    blobs.add(target.digest);
  };
  const copyDocument = async (target: Descriptor, nesting: number): Promise<void> => {
    if (documents.has(target.digest)) return;
    const document = await readDocument(source, target);
    if (document.kind === 'manifest') {
      for (const child of [document.manifest.config, ...document.manifest.layers]) await copyBlob(child);
    } else {
      if (nesting === MAX_NESTING) {
        throw fail('image-invalid', {
          message: `Index ${target.digest} is nested too deeply: at most ${MAX_NESTING} indexes may lie in each other`,
        });
      }
      for (const child of document.index.manifests) await copyChild(child, nesting + 1);
    }
    await sink.put(target, async () => bytesOf(document.bytes));
    documents.add(target.digest);
  };
  const copyChild = (child: Descriptor, nesting: number): Promise<void> => {
    const isDocument = isManifestType(child.mediaType) || isIndexType(child.mediaType);
    return isDocument ? copyDocument(child, nesting) : copyBlob(child);
  };
  await copyDocument(root, 0);
}
