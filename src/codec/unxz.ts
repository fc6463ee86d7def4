import type { Bytes } from '../util/index.js';
import { type ByteReader, readBytes } from './byte-reader.js';
import { damage } from './damage.js';
import { type Lzma2Decoder, openLzma2 } from './lzma2.js';
import { readLzma2 } from './xz-block.js';
import type { XzCheck } from './xz-check.js';
import { isZero, paddingTo4, readBlockHeader, readStreamFooter, readStreamHeader, takeXz } from './xz-format.js';
import { readXzIndex, XzBlocks } from './xz-index.js';

/** So much is decoded before others get their turn: some 10 ms. */
const TURN_BYTES = 256 * 1024;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface BlockReading {
  readonly reader: ByteReader;
  readonly decoder: Lzma2Decoder;
  readonly check: XzCheck;
  readonly blocks: XzBlocks;
}

/** @param sizeByte the first byte of its header */
async function* readBlock(
  { reader, decoder, check, blocks }: BlockReading,
  sizeByte: Buffer,
): AsyncGenerator<Uint8Array> {
  const header = await readBlockHeader(reader, sizeByte);
  const sizes = { compressed: 0, uncompressed: 0 };
  const running = check.begin();
  decoder.begin(header.dictionaryBytes);
  let sinceTurn = 0;
  for await (const chunk of readLzma2(reader, decoder, sizes)) {
    running.update(chunk);
    yield chunk;
    sinceTurn += chunk.length;
    if (sinceTurn < TURN_BYTES) continue;
    sinceTurn = 0;
    await nextTurn();
  }
  const { compressedSize = sizes.compressed, uncompressedSize = sizes.uncompressed } = header;
  if (compressedSize !== sizes.compressed || uncompressedSize !== sizes.uncompressed) {
    throw damage('xz', 'a block has another size than its header says');
  }
  if (!isZero(await takeXz(reader, paddingTo4(sizes.compressed)))) throw damage('xz', 'a block goes on after its end');
  const expected = await takeXz(reader, check.size);
  if (!expected.equals(running.digest())) throw damage('xz', `a ${check.name} does not match`);
  blocks.add(header.bytes.length + sizes.compressed + check.size, sizes.uncompressed);
}

/** @param start its first four bytes */
async function* readStream(reader: ByteReader, decoder: Lzma2Decoder, start: Buffer): AsyncGenerator<Uint8Array> {
  const { flags, check } = await readStreamHeader(reader, start);
  const blocks = new XzBlocks();
  for (;;) {
    const sizeByte = await takeXz(reader, 1);
    if (sizeByte[0] === 0) break;
    // There may be very many that hold next to nothing.
    await nextTurn();
    yield* readBlock({ reader, decoder, check, blocks }, sizeByte);
  }
  await readStreamFooter(reader, flags, await readXzIndex(reader, blocks));
}

/** The first four bytes of the next stream, after padding; undefined at the end. */
async function nextStart(reader: ByteReader): Promise<Buffer | undefined> {
  while (!(await reader.isAtEnd())) {
    const bytes = await reader.take(4);
    if (bytes === undefined) throw damage('xz', 'something else follows it');
    if (!isZero(bytes)) return Buffer.from(bytes);
  }
  return undefined;
}

/** All streams of an xz file, one after the other, with padding between and after them. Errors: `compression-invalid`. */
export async function* unxz(input: Bytes): Bytes {
  const reader = readBytes(input);
  const decoder = openLzma2();
  try {
    for (
      let start: Buffer | undefined = await takeXz(reader, 4);
      start !== undefined;
      start = await nextStart(reader)
    ) {
      yield* readStream(reader, decoder, start);
    }
  } finally {
    decoder.close();
    await reader.close();
  }
}
