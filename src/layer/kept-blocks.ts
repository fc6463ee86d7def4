import { streamStart } from '../codec/index.js';
import { type Digest, hexOf, isDigest } from '../oci/index.js';
import type { CompressedExtent } from './block-task.js';
import type { LayerFormat } from './layer-key.js';

/** A compressed block of a layer that was built. */
export interface KeptBlock {
  /** See `LayerBlock.key`. */
  readonly key: string;
  /** Bytes that it has in the blob of the layer. */
  readonly length: number;
  /** Of those bytes. */
  readonly digest: Digest;
  /** Of the block before it was compressed. */
  readonly crc32: number;
}

/** The blocks of a layer that was built before, by their keys. */
export type BlockMemory = ReadonlyMap<string, CompressedExtent>;

/** One line for each block, in their order. */
export function encodeBlocks(blocks: readonly KeptBlock[]): string {
  return blocks
    .map(({ key, length, digest, crc32 }) => `${key} ${length} ${hexOf(digest)} ${crc32.toString(16)}`)
    .join('\n');
}

/**
 * The blocks of `encodeBlocks`' text, in the blob that they lie in one after the other.
 * @param path where the blob is. It may be gone or damaged: every block is checked when it is read
 */
export function decodeBlocks(
  text: string,
  path: string,
  { compression }: Pick<LayerFormat, 'compression'>,
): BlockMemory {
  const memory = new Map<string, CompressedExtent>();
  let position = streamStart(compression);
  for (const line of text.split('\n')) {
    const [key = '', size, hex, crc] = line.split(' ');
    const length = Number(size);
    const digest = `sha256:${hex}`;
    if (!Number.isSafeInteger(length) || length < 0 || !isDigest(digest)) break;
    memory.set(key, { path, position, length, digest, crc32: Number.parseInt(crc ?? '', 16) });
    position += length;
  }
  return memory;
}
