import type { BlockCodec } from './choice.js';

/** Compresses one block by itself. Keeps nothing of the block, and the result is the caller's. */
export type CompressBlock = (block: Uint8Array) => Uint8Array;

/** The implementations of one codec. */
export interface BlockImplementations {
  /** Its bytes are the bytes of format 1. */
  pinned(level: number): Promise<CompressBlock>;
  /** That of this Node, not to be trusted with bytes untested; undefined where it has none. */
  native(level: number): CompressBlock | undefined;
}

/** Bytes of a block of what is compressed as a whole, the last one excepted. The tar of a layer is cut where its members say. */
export const BLOCK_BYTES: Readonly<Record<BlockCodec, number>> = {
  gzip: 1024 * 1024,
  zstd: 4 * 1024 * 1024,
};
