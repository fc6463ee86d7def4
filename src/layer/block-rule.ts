import { crc32 } from '../codec/index.js';
import type { Compression } from '../oci/index.js';

/** Where the tar of a layer is cut into blocks, each compressed by itself (format 1, "Compression"). Sizes in bytes of tar. */
export interface BlockRule {
  /** A block is not ended before it has so many, unless a member of `meanBytes` or more begins. */
  readonly minBytes: number;
  /** Of this many bytes that begin a member, one on average begins a block. */
  readonly meanBytes: number;
  /** A block that has so many ends there, wherever that is. */
  readonly maxBytes: number;
}

const KIB = 1024;

export const BLOCK_RULES: Readonly<Record<Compression, BlockRule>> = {
  gzip: { minBytes: 256 * KIB, meanBytes: 512 * KIB, maxBytes: 1024 * KIB },
  zstd: { minBytes: 512 * KIB, meanBytes: 1024 * KIB, maxBytes: 4096 * KIB },
  none: { minBytes: 256 * KIB, meanBytes: 512 * KIB, maxBytes: 1024 * KIB },
};

/** An odd number that spreads the bits of CRCs, which differ little for paths that do (Knuth, 2^32 over the golden ratio). */
const SPREAD = 0x9e3779b1;

/** A member that may begin a block. */
export interface BlockMember {
  /** Without a slash at its end. */
  readonly path: string;
  /** Bytes that it takes of the tar: headers, content, padding. */
  readonly tarBytes: number;
}

/**
 * True where the member begins a new block. It is chosen by its path (the CRC-32 of its UTF-8 bytes) and its size alone, never by its place, so that
 * what is inserted, removed or changed before it does not move the cuts after it; larger ones are chosen more often, so that
 * blocks have about the same size whatever files have.
 *
 * @param filled bytes that the block before it has
 */
export function beginsBlock({ path, tarBytes }: BlockMember, filled: number, rule: BlockRule): boolean {
  if (filled === 0) return false;
  if (tarBytes >= rule.meanBytes) return true;
  if (filled < rule.minBytes) return false;
  const chance = Math.imul(crc32(Buffer.from(path)), SPREAD) >>> 0;
  return chance < (tarBytes / rule.meanBytes) * 2 ** 32;
}
