import type { ByteReader } from './byte-reader.js';
import { crc32 } from './crc32.js';
import { damage } from './damage.js';
import { type BlockHeader, encodeNumber, paddingTo4, takeXz } from './xz-format.js';

/** Flags of a stream without checks. */
const NO_CHECK = Buffer.of(0, 0);

/** Sizes in bytes of the LZMA2 data of a block, as far as it was read. */
export interface BlockSizes {
  compressed: number;
  uncompressed: number;
}

function crcOf(bytes: Uint8Array): Buffer {
  const crc = Buffer.alloc(4);
  crc.writeUInt32LE(crc32(bytes));
  return crc;
}

/** What follows the control byte of a chunk: more of its header, and how much it holds. */
async function readChunk(reader: ByteReader, control: number): Promise<{ bytes: Buffer[]; uncompressed: number }> {
  if (control < 0x80) {
    if (control > 2) throw damage('xz', 'a chunk is of a reserved kind');
    const sizes = await takeXz(reader, 2);
    const uncompressed = sizes.readUInt16BE() + 1;
    return { bytes: [sizes, await takeXz(reader, uncompressed)], uncompressed };
  }
  const head = await takeXz(reader, control >= 0xc0 ? 5 : 4);
  const uncompressed = ((control & 0x1f) << 16) + head.readUInt16BE() + 1;
  const packed = await takeXz(reader, head.readUInt16BE(2) + 1);
  // The first byte of the range coder, which the decoder passes over.
  if (packed[0] !== 0) throw damage('xz', 'a chunk does not begin as it should');
  return { bytes: [head, packed], uncompressed };
}

/** The LZMA2 data of a block, chunk by chunk, its end marker included. */
async function* readLzma2(reader: ByteReader, sizes: BlockSizes): AsyncGenerator<Uint8Array> {
  for (;;) {
    const control = await takeXz(reader, 1);
    sizes.compressed += 1;
    if (control[0] === 0) return yield control;
    const chunk = await readChunk(reader, control[0]!);
    const bytes = Buffer.concat([control, ...chunk.bytes]);
    sizes.compressed += bytes.length - 1;
    sizes.uncompressed += chunk.uncompressed;
    yield bytes;
  }
}

/**
 * The block as a stream of its own, without a check, so that the decoder has nothing to do but to decode: it does not
 * know every check. Counts into `sizes` what it reads.
 */
export async function* aloneBlock(
  reader: ByteReader,
  header: BlockHeader,
  sizes: BlockSizes,
): AsyncGenerator<Uint8Array> {
  yield Buffer.concat([Buffer.from('fd377a585a00', 'hex'), NO_CHECK, crcOf(NO_CHECK), header.bytes]);
  yield* readLzma2(reader, sizes);
  const { compressed, uncompressed } = sizes;
  const numbers = [1, header.bytes.length + compressed, uncompressed].flatMap(encodeNumber);
  const records = Buffer.from([0, ...numbers, ...Array<number>(paddingTo4(1 + numbers.length)).fill(0)]);
  const footer = Buffer.alloc(6);
  footer.writeUInt32LE((records.length + 4) / 4 - 1);
  const padding = Buffer.alloc(paddingTo4(compressed));
  yield Buffer.concat([padding, records, crcOf(records), crcOf(footer), footer, Buffer.from('YZ')]);
}
