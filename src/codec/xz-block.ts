import type { ByteReader } from './byte-reader.js';
import { damage } from './damage.js';
import type { Lzma2Chunk, Lzma2Decoder } from './lzma2.js';
import { takeXz } from './xz-format.js';

/** Sizes in bytes of the LZMA2 data of a block, as far as it was read. */
export interface BlockSizes {
  compressed: number;
  uncompressed: number;
}

interface ReadChunk extends Lzma2Chunk {
  /** Bytes of its header. */
  readonly headerBytes: number;
}

/** A chunk by its first byte. */
async function readChunk(reader: ByteReader, control: number): Promise<ReadChunk> {
  if (control < 0x80) {
    if (control > 2) throw damage('xz', 'a chunk is of a reserved kind');
    const unpacked = (await takeXz(reader, 2)).readUInt16BE() + 1;
    return { control, properties: 0, headerBytes: 3, unpacked, data: await takeXz(reader, unpacked) };
  }
  const head = await takeXz(reader, control >= 0xc0 ? 5 : 4);
  const unpacked = ((control & 0x1f) << 16) + head.readUInt16BE() + 1;
  const data = await takeXz(reader, head.readUInt16BE(2) + 1);
  // The first byte of the range coder, which the decoder passes over.
  if (data[0] !== 0) throw damage('xz', 'a chunk does not begin as it should');
  return { control, properties: head[4] ?? 0, headerBytes: 1 + head.length, unpacked, data };
}

/** The content of a block, chunk by chunk, as its LZMA2 data gives it. Counts into `sizes` what it reads. */
export async function* readLzma2(
  reader: ByteReader,
  decoder: Lzma2Decoder,
  sizes: BlockSizes,
): AsyncGenerator<Uint8Array> {
  for (;;) {
    const [control] = await takeXz(reader, 1);
    sizes.compressed += 1;
    if (control === 0) return;
    const chunk = await readChunk(reader, control!);
    sizes.compressed += chunk.headerBytes - 1 + chunk.data.length;
    const content = decoder.decode(chunk);
    if (content === undefined) throw damage('xz', 'a block cannot be decoded');
    sizes.uncompressed += content.length;
    yield content;
  }
}
