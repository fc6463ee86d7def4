import { type BlobSource, type Descriptor, type Digest, isDocumentType, NESTED_INDEXES_MAX } from '../oci/index.js';
import { readDocument } from '../store/index.js';
import { inParallel } from '../util/index.js';

/** What a transfer of the whole image would move: every blob and document once. */
export interface ImageSize {
  readonly bytes: number;
  readonly blobs: number;
}

const PARALLEL = 4;

/** Counts what the image consists of. Reads only manifests and indexes. */
export async function imageSize(source: BlobSource, root: Descriptor): Promise<ImageSize> {
  const sizes = new Map<Digest, number>();
  const visit = async (target: Descriptor, nesting: number): Promise<void> => {
    if (sizes.has(target.digest)) return;
    sizes.set(target.digest, target.size);
    if (!isDocumentType(target.mediaType) || nesting > NESTED_INDEXES_MAX) return;
    const document = await readDocument(source, target);
    if (document.kind === 'index') {
      await inParallel(document.index.manifests, PARALLEL, (child) => visit(child, nesting + 1));
    } else {
      for (const child of [document.manifest.config, ...document.manifest.layers]) sizes.set(child.digest, child.size);
    }
  };
  await visit(root, 0);
  return { bytes: [...sizes.values()].reduce((sum, size) => sum + size, 0), blobs: sizes.size };
}
