import { decompress } from '../codec/index.js';
import { type Compression, compressionOf } from '../oci/index.js';
import type { Bytes } from '../util/index.js';

/** 1 TiB: no layer is larger; what decompresses beyond it is a bomb. */
export const MAX_TAR_BYTES = 2 ** 40;
/** Most entries of a layer. */
export const MAX_ENTRIES = 1_000_000;
const MAX_RATIO = 1000;
const MAGIC_BYTES = 4;

/** The same stream, and what its first bytes say of its compression. */
async function sniff(bytes: Bytes): Promise<{ readonly compression: Compression; readonly all: Bytes }> {
  const iterator = bytes[Symbol.asyncIterator]();
  let start: Uint8Array = new Uint8Array(0);
  while (start.length < MAGIC_BYTES) {
    const next = await iterator.next();
    if (next.done) break;
    start = Buffer.concat([start, next.value]);
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      if (start.length > 0) yield start;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { compression: compressionOf(start), all: all() };
}

/**
 * The tar of a layer blob. Its first bytes say how it is compressed, as for docker, containerd and podman (umoci goes by
 * the media type and fails): the media type is wrong in layouts to which skopeo copied an image that shares a layer,
 * differently compressed, with one that was there.
 *
 * Errors: `compression-invalid`, `compression-limit`.
 */
export async function* readLayerTar(bytes: Bytes): Bytes {
  const { compression, all } = await sniff(bytes);
  yield* decompress(all, compression, { maxBytes: MAX_TAR_BYTES, maxRatio: MAX_RATIO });
}
