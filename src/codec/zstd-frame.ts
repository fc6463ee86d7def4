import type { ByteReader } from './byte-reader.js';
import { damage } from './damage.js';

/** windowLog 27, the limit of zstd's own programs. */
const MAX_WINDOW_BYTES = 128 * 1024 * 1024;
const MAX_BLOCK_BYTES = 128 * 1024;

const FRAME_MAGIC = 0xfd2fb528;
/** The lowest of the 16 magic numbers of skippable frames. */
const SKIPPABLE_MAGIC = 0x184d2a50;

/** What stands in the header of a frame (RFC 8878, section 3.1.1.1). */
export interface FrameHeader {
  /** The header itself, magic number included. */
  readonly bytes: Uint8Array;
  /** Bytes of content, where it is declared. */
  readonly contentSize: number | undefined;
  /** No block may be longer, compressed or not. */
  readonly maxBlockBytes: number;
  readonly hasChecksum: boolean;
}

/** A block as it stands in the frame, header included. */
export interface FrameBlock {
  readonly bytes: Uint8Array;
  readonly isLast: boolean;
}

export async function takeBytes(reader: ByteReader, count: number): Promise<Buffer> {
  const bytes = await reader.take(count);
  if (bytes === undefined) throw damage('zstd', 'it ends too early');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Bytes of the fields of a frame header, as its descriptor byte gives them. */
function fieldsOf(descriptor: number): { window: number; dictionary: number; content: number } {
  const isSingleSegment = (descriptor & 0x20) !== 0;
  return {
    window: isSingleSegment ? 0 : 1,
    dictionary: [0, 1, 2, 4][descriptor & 3]!,
    content: [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6]!,
  };
}

function contentSizeOf(field: Buffer): number | undefined {
  if (field.length === 0) return undefined;
  if (field.length === 8) return Number(field.readBigUInt64LE());
  return field.readUIntLE(0, field.length) + (field.length === 2 ? 256 : 0);
}

function windowSizeOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function parseHeader(bytes: Buffer): FrameHeader {
  const descriptor = bytes[4]!;
  const fields = fieldsOf(descriptor);
  const dictionaryAt = 5 + fields.window;
  const contentAt = dictionaryAt + fields.dictionary;
  const contentSize = contentSizeOf(bytes.subarray(contentAt));
  const windowSize = fields.window === 1 ? windowSizeOf(bytes[5]!) : contentSize!;
  if (windowSize > MAX_WINDOW_BYTES) {
    throw damage('zstd', `it needs a window of ${windowSize} bytes, and ${MAX_WINDOW_BYTES} are the most`);
  }
  if (bytes.subarray(dictionaryAt, contentAt).some((byte) => byte !== 0)) {
    throw damage('zstd', `it needs the dictionary ${bytes.readUIntLE(dictionaryAt, fields.dictionary)}`);
  }
  return {
    bytes,
    contentSize,
    maxBlockBytes: Math.min(windowSize, MAX_BLOCK_BYTES),
    hasChecksum: (descriptor & 4) !== 0,
  };
}

/** The header of the next frame that has content, or undefined where what was next was a skippable frame, now skipped. */
export async function readFrameHeader(reader: ByteReader): Promise<FrameHeader | undefined> {
  const start = await takeBytes(reader, 4);
  const magic = start.readUInt32LE();
  if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
    const length = (await takeBytes(reader, 4)).readUInt32LE();
    if (!(await reader.skip(length))) throw damage('zstd', 'it ends too early');
    return undefined;
  }
  if (magic !== FRAME_MAGIC) throw damage('zstd', `no frame starts with the bytes ${start.toString('hex')}`);
  const descriptor = await takeBytes(reader, 1);
  if ((descriptor[0]! & 8) !== 0) throw damage('zstd', 'a reserved bit is set');
  const { window, dictionary, content } = fieldsOf(descriptor[0]!);
  return parseHeader(Buffer.concat([start, descriptor, await takeBytes(reader, window + dictionary + content)]));
}

/** The next block of a frame (RFC 8878, section 3.1.1.2). */
export async function readFrameBlock(reader: ByteReader, { maxBlockBytes }: FrameHeader): Promise<FrameBlock> {
  const start = await takeBytes(reader, 3);
  const word = start.readUIntLE(0, 3);
  const kind = (['raw', 'repeated', 'compressed', 'reserved'] as const)[(word >> 1) & 3]!;
  const size = word >> 3;
  if (kind === 'reserved') throw damage('zstd', 'a block is of the reserved kind');
  if (size > maxBlockBytes) throw damage('zstd', `a block has ${size} bytes, and ${maxBlockBytes} are the most`);
  const body = await takeBytes(reader, kind === 'repeated' ? 1 : size);
  return { bytes: Buffer.concat([start, body]), isLast: (word & 1) === 1 };
}
