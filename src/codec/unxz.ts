import type { Bytes } from '../util/index.js';
import { type ByteReader, readBytes } from './byte-reader.js';
import { damage } from './damage.js';
import { aloneBlock } from './xz-block.js';
import type { XzCheck } from './xz-check.js';
import { isZero, paddingTo4, readBlockHeader, readStreamFooter, readStreamHeader, takeXz } from './xz-format.js';
import { readXzIndex, XzBlocks } from './xz-index.js';

/** So much is decoded before others get their turn: some 10 ms. */
const TURN_BYTES = 256 * 1024;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Some loaders give the names of a CommonJS module only below `default`. */
async function loadDecoder(): Promise<typeof import('xz-decompress').XzReadableStream> {
  const module = (await import('xz-decompress')) as typeof import('xz-decompress') & {
    readonly default?: typeof import('xz-decompress');
  };
  return (module.default ?? module).XzReadableStream;
}

/**
 * Decodes one whole stream. The package decodes one at a time in the whole thread: who does not read on must let go,
 * which leaving the loop does.
 */
async function* decode(bytes: Bytes): AsyncGenerator<Uint8Array> {
  let failure: { readonly error: unknown } | undefined;
  async function* watched(): Bytes {
    try {
      yield* bytes;
    } catch (error) {
      failure = { error };
      throw error;
    }
  }
  const Decoder = await loadDecoder();
  const reader = new Decoder(ReadableStream.from(watched())).getReader();
  try {
    for (let sinceTurn = 0; ; ) {
      const { done, value } = await reader.read();
      if (done) return;
      if (value.length > 0) yield value;
      sinceTurn += value.length;
      if (sinceTurn < TURN_BYTES) continue;
      sinceTurn = 0;
      await nextTurn();
    }
  } catch (error) {
    throw failure === undefined ? damage('xz', 'a block cannot be decoded', error) : failure.error;
  } finally {
    // Of a stream that failed this only tells the failure again.
    await reader.cancel().catch(() => undefined);
  }
}

interface BlockReading {
  readonly reader: ByteReader;
  readonly check: XzCheck;
  readonly blocks: XzBlocks;
}

/** @param sizeByte the first byte of its header */
async function* readBlock({ reader, check, blocks }: BlockReading, sizeByte: Buffer): AsyncGenerator<Uint8Array> {
  const header = await readBlockHeader(reader, sizeByte);
  const sizes = { compressed: 0, uncompressed: 0 };
  const running = check.begin();
  for await (const chunk of decode(aloneBlock(reader, header, sizes))) {
    running.update(chunk);
    yield chunk;
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
async function* readStream(reader: ByteReader, start: Buffer): AsyncGenerator<Uint8Array> {
  const { flags, check } = await readStreamHeader(reader, start);
  const blocks = new XzBlocks();
  for (;;) {
    const sizeByte = await takeXz(reader, 1);
    if (sizeByte[0] === 0) break;
    // There may be very many that hold next to nothing.
    await nextTurn();
    yield* readBlock({ reader, check, blocks }, sizeByte);
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
  try {
    for (
      let start: Buffer | undefined = await takeXz(reader, 4);
      start !== undefined;
      start = await nextStart(reader)
    ) {
      yield* readStream(reader, start);
    }
  } finally {
    await reader.close();
  }
}
