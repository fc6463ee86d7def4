import type { Bytes } from '../util/index.js';
import type { Codec } from './choice.js';
import { crc32Combine } from './crc32-combine.js';

/** Deflate, no flags, no time, no extra flags, system "unknown" (RFC 1952, section 2.3). */
const GZIP_HEADER = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
/** A last deflate block with nothing in it. */
const FINAL_BLOCK = [3, 0];
/** What libzstd writes for an input of no bytes: magic, header with a content size of 0, a last raw block of 0 bytes. */
const EMPTY_FRAME = [0x28, 0xb5, 0x2f, 0xfd, 0x20, 0, 1, 0, 0];

/** A compressed block, and what the stream has to say of it. */
export interface CompressedBlock {
  readonly bytes: Uint8Array;
  /** Bytes of the block that went in. */
  readonly length: number;
  /** CRC-32 of the block that went in, which gzip needs. */
  readonly crc32: number;
}

async function* gzipMember(blocks: AsyncIterable<CompressedBlock>): AsyncGenerator<Uint8Array> {
  yield Uint8Array.from(GZIP_HEADER);
  let crc32 = 0;
  let size = 0;
  for await (const block of blocks) {
    crc32 = crc32Combine(crc32, block.crc32, block.length);
    size += block.length;
    yield block.bytes;
  }
  const end = Buffer.from([...FINAL_BLOCK, 0, 0, 0, 0, 0, 0, 0, 0]);
  end.writeUInt32LE(crc32, FINAL_BLOCK.length);
  end.writeUInt32LE(size % 2 ** 32, FINAL_BLOCK.length + 4);
  yield end;
}

async function* zstdFrames(blocks: AsyncIterable<CompressedBlock>): AsyncGenerator<Uint8Array> {
  let isEmpty = true;
  for await (const block of blocks) {
    isEmpty = false;
    yield block.bytes;
  }
  if (isEmpty) yield Uint8Array.from(EMPTY_FRAME);
}

/** Where the first block begins in the stream, in bytes. */
export function streamStart(codec: Codec): number {
  return codec === 'gzip' ? GZIP_HEADER.length : 0;
}

async function* plain(blocks: AsyncIterable<CompressedBlock>): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of blocks) yield bytes;
}

/** Compressed blocks as one stream: a single gzip member, or a zstd frame for each block (format 1, "Compression"). */
export function joinBlocks(codec: Codec, blocks: AsyncIterable<CompressedBlock>): Bytes {
  if (codec === 'none') return plain(blocks);
  return codec === 'gzip' ? gzipMember(blocks) : zstdFrames(blocks);
}
