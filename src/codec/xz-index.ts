import { createHash, type Hash } from 'node:crypto';
import type { ByteReader } from './byte-reader.js';
import { crc32 } from './crc32.js';
import { damage } from './damage.js';
import { encodeNumber, isZero, paddingTo4, readNumber, takeXz } from './xz-format.js';

/** What was read of the blocks of a stream, to be compared with its index. Memory does not grow with their count. */
export class XzBlocks {
  #count = 0;
  readonly #hash: Hash = createHash('sha256');

  get count(): number {
    return this.#count;
  }

  /** @param unpadded bytes of header, compressed data and check */
  add(unpadded: number, uncompressed: number): void {
    this.#count++;
    this.#hash.update(Buffer.from([...encodeNumber(unpadded), ...encodeNumber(uncompressed)]));
  }

  digest(): string {
    return this.#hash.digest('hex');
  }
}

/** Bytes of an index, counted and summed as they are read. */
class IndexBytes {
  size = 1;
  #crc = crc32(Buffer.of(0));
  readonly #reader: ByteReader;

  constructor(reader: ByteReader) {
    this.#reader = reader;
  }

  get crc(): number {
    return this.#crc;
  }

  async take(count: number): Promise<Buffer> {
    const bytes = await takeXz(this.#reader, count);
    this.size += count;
    this.#crc = crc32(bytes, this.#crc);
    return bytes;
  }

  async number(): Promise<number> {
    const parser = readNumber();
    parser.next();
    for (;;) {
      const result = parser.next((await this.take(1))[0]!);
      if (result.done === true) return result.value;
    }
  }
}

/**
 * Reads an index, whose first byte is read already, and checks that it lists the blocks (The .xz File Format, section 4).
 * @returns its size in bytes
 */
export async function readXzIndex(reader: ByteReader, blocks: XzBlocks): Promise<number> {
  const bytes = new IndexBytes(reader);
  const listed = new XzBlocks();
  const differs = () => damage('xz', 'the index does not list the blocks that are there');
  if ((await bytes.number()) !== blocks.count) throw differs();
  while (listed.count < blocks.count) listed.add(await bytes.number(), await bytes.number());
  if (listed.digest() !== blocks.digest()) throw differs();
  if (!isZero(await bytes.take(paddingTo4(bytes.size)))) throw damage('xz', 'the index goes on after its end');
  const { crc, size } = bytes;
  if ((await takeXz(reader, 4)).readUInt32LE() !== crc) throw damage('xz', 'the CRC-32 of an index does not match');
  return size + 4;
}
