import { fail } from '../errors/index.js';
import {
  type BlobSource,
  CONFIG_LIMIT_BYTES,
  type Descriptor,
  DOCUMENT_LIMIT_BYTES,
  type ImageConfig,
  parseImageConfig,
  parseManifestDocument,
} from '../oci/index.js';
import { type Bytes, collect } from '../util/index.js';

function checkSize(target: Descriptor, limitBytes: number): void {
  if (target.size <= limitBytes) return;
  throw fail('image-invalid', {
    message: `${target.digest} has ${target.size} bytes; a document of type ${JSON.stringify(target.mediaType)} may have ${limitBytes}`,
    details: { digest: target.digest, size: target.size, limit: limitBytes },
  });
}

/** The whole of a blob that must be small. Nothing is read where its descriptor already says that it is not. */
export async function readAtMost(stream: Bytes, target: Descriptor, limitBytes: number): Promise<Uint8Array> {
  checkSize(target, limitBytes);
  return collect(stream, limitBytes);
}

/** As `readAtMost`; a blob that is too large is not even opened. */
async function readSmall(source: BlobSource, target: Descriptor, limitBytes: number): Promise<Uint8Array> {
  checkSize(target, limitBytes);
  return collect(await source.open(target), limitBytes);
}

/** The bytes of a manifest or index, and what they say. */
export type ReadDocument = ReturnType<typeof parseManifestDocument> & { readonly bytes: Uint8Array };

/** @throws TbuildError `image-invalid`, `blob-missing`, `blob-mismatch` */
export async function readDocument(source: BlobSource, descriptor: Descriptor): Promise<ReadDocument> {
  const bytes = await readSmall(source, descriptor, DOCUMENT_LIMIT_BYTES);
  return { ...parseManifestDocument(bytes, descriptor), bytes };
}

/** @throws TbuildError `image-invalid`, `blob-missing`, `blob-mismatch` */
export async function readConfig(source: BlobSource, descriptor: Descriptor): Promise<ImageConfig> {
  const bytes = await readSmall(source, descriptor, CONFIG_LIMIT_BYTES);
  return parseImageConfig(bytes, descriptor);
}
