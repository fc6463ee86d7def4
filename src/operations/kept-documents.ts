import { type BlobSource, type Descriptor, type Digest, DOCUMENT_LIMIT_BYTES, isDocumentType } from '../oci/index.js';
import { bytesOf, collect } from '../util/index.js';

/** What is kept in memory: more than any index that people write leads to. */
const LIMIT_BYTES = 8 * DOCUMENT_LIMIT_BYTES;

/** A source that is asked once for each manifest and index, however often they are read. */
export function withDocumentsKept(source: BlobSource): BlobSource {
  const kept = new Map<Digest, Uint8Array>();
  let leftBytes = LIMIT_BYTES;
  return {
    async open(target) {
      const known = kept.get(target.digest);
      if (known !== undefined) return bytesOf(known);
      if (!isDocumentType(target.mediaType) || target.size > Math.min(leftBytes, DOCUMENT_LIMIT_BYTES))
        return source.open(target);
      leftBytes -= target.size;
      const bytes = await collect(await source.open(target), target.size);
      kept.set(target.digest, bytes);
      return bytesOf(bytes);
    },
    locate: (target) => source.locate?.(target),
    ...(source.openRaw !== undefined && { openRaw: (target: Descriptor) => source.openRaw!(target) }),
    ...(source.fileOf !== undefined && { fileOf: (target: Descriptor) => source.fileOf!(target) }),
  };
}
