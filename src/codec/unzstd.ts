import type { Decompress } from 'fzstd';
import type { Bytes } from '../util/index.js';
import { type ByteReader, readBytes } from './byte-reader.js';
import { damage } from './damage.js';
import { xxh64 } from './xxh64.js';
import { type FrameHeader, readFrameBlock, readFrameHeader, takeBytes } from './zstd-frame.js';

/** The header as the decoder gets it: without a checksum, which it would only skip, in its own way. */
function withoutChecksum({ bytes }: FrameHeader): Uint8Array {
  return bytes.map((byte, i) => (i === 4 ? byte & ~4 : byte));
}

/** Blocks go in one by one and whole, so that every output belongs to the block before it. */
function openDecoder(
  Decoder: typeof Decompress,
  header: FrameHeader,
): (block: Uint8Array, isLast: boolean) => Uint8Array[] {
  const outputs: Uint8Array[] = [];
  const decoder = new Decoder((output) => {
    if (output.length > 0) outputs.push(output);
  });
  const push = (bytes: Uint8Array, isLast: boolean): Uint8Array[] => {
    try {
      decoder.push(bytes, isLast);
    } catch (error) {
      throw damage('zstd', 'a block cannot be decoded', error);
    }
    return outputs.splice(0);
  };
  push(withoutChecksum(header), false);
  return push;
}

async function* decodeFrame(reader: ByteReader, header: FrameHeader): AsyncGenerator<Uint8Array> {
  const { Decompress: Decoder } = await import('fzstd');
  const decode = openDecoder(Decoder, header);
  const hash = header.hasChecksum ? xxh64() : undefined;
  let size = 0;
  for (let isEnded = false; !isEnded; ) {
    const block = await readFrameBlock(reader, header);
    for (const output of decode(block.bytes, block.isLast)) {
      size += output.length;
      hash?.update(output);
      yield output;
    }
    isEnded = block.isLast;
  }
  if (header.contentSize !== undefined && header.contentSize !== size) {
    throw damage('zstd', `a frame declares ${header.contentSize} bytes and holds ${size}`);
  }
  if (hash === undefined) return;
  // The lower half of the hash (RFC 8878, section 3.1.1).
  const expected = (await takeBytes(reader, 4)).readUInt32LE();
  if (Number(hash.digest() & 0xffffffffn) !== expected) throw damage('zstd', 'a checksum does not match');
}

/** All frames of a zstd file, one after the other. Errors: `compression-invalid`. */
export async function* unzstd(input: Bytes): Bytes {
  const reader = readBytes(input);
  try {
    do {
      const header = await readFrameHeader(reader);
      if (header !== undefined) yield* decodeFrame(reader, header);
    } while (!(await reader.isAtEnd()));
  } finally {
    await reader.close();
  }
}
