import type { ByteReader } from './byte-reader.js';
import { crc32 } from './crc32.js';
import { damage } from './damage.js';
import { XZ_CHECKS, type XzCheck } from './xz-check.js';

// The .xz File Format 1.2.1; sections in brackets.

/** The limit of the decoder, and what the largest preset of xz uses (-9). */
const MAX_DICTIONARY_BYTES = 64 * 1024 * 1024;
const MAGIC = Buffer.from('fd377a585a00', 'hex');
const FOOTER_MAGIC = Buffer.from('YZ');
const LZMA2 = 0x21;

/** The next bytes, which must be there. */
export async function takeXz(reader: ByteReader, count: number): Promise<Buffer> {
  const bytes = await reader.take(count);
  if (bytes === undefined) throw damage('xz', 'it ends too early');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

export function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

export const paddingTo4 = (size: number): number => (4 - (size % 4)) % 4;

function checkCrc(bytes: Buffer, expected: number, what: string): void {
  if (crc32(bytes) !== expected) throw damage('xz', `the CRC-32 of ${what} does not match`);
}

/** The check that the flags of a stream name [2.1.1.2]. */
function checkOf(flags: Buffer): XzCheck {
  const check = XZ_CHECKS[flags[1]!];
  if (flags[0] !== 0 || check === undefined) {
    throw damage('xz', `the flags of a stream are not known: ${flags.toString('hex')}`);
  }
  return check;
}

export interface StreamHeader {
  readonly flags: Buffer;
  readonly check: XzCheck;
}

/** [2.1.1] @param start its first four bytes */
export async function readStreamHeader(reader: ByteReader, start: Buffer): Promise<StreamHeader> {
  const bytes = Buffer.concat([start, await takeXz(reader, 8)]);
  if (!bytes.subarray(0, 6).equals(MAGIC)) {
    throw damage('xz', `no stream starts with the bytes ${bytes.toString('hex', 0, 6)}`);
  }
  const flags = bytes.subarray(6, 8);
  checkCrc(flags, bytes.readUInt32LE(8), 'a header');
  return { flags, check: checkOf(flags) };
}

/** [2.1.2] Checks that it says of the index and the flags what was read. */
export async function readStreamFooter(reader: ByteReader, flags: Buffer, indexBytes: number): Promise<void> {
  const bytes = await takeXz(reader, 12);
  if (!bytes.subarray(10).equals(FOOTER_MAGIC)) throw damage('xz', 'a stream does not end as it should');
  checkCrc(bytes.subarray(4, 10), bytes.readUInt32LE(0), 'a footer');
  if ((bytes.readUInt32LE(4) + 1) * 4 !== indexBytes) throw damage('xz', 'a footer has another size of the index');
  if (!bytes.subarray(8, 10).equals(flags)) throw damage('xz', 'header and footer of a stream differ');
}

/** A number of one to nine bytes, seven bits in each [1.2]. `next` gives the next byte. */
export function* readNumber(): Generator<undefined, number, number> {
  let value = 0;
  for (let i = 0; i < 9; i++) {
    const byte = yield;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if ((byte & 0x80) !== 0) continue;
    if (byte === 0 && i > 0) break;
    if (value <= Number.MAX_SAFE_INTEGER) return value;
    break;
  }
  throw damage('xz', 'a number is not valid');
}

/** The number that starts at a position, and where it ends. */
function numberAt(bytes: Buffer, at: number): readonly [value: number, end: number] {
  const parser = readNumber();
  parser.next();
  for (let i = at; ; i++) {
    const byte = bytes[i];
    if (byte === undefined) throw damage('xz', 'a header of a block is too short');
    const result = parser.next(byte);
    if (result.done === true) return [result.value, i + 1];
  }
}

export function encodeNumber(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return [...bytes, rest];
}

export interface BlockHeader {
  /** All of it, with its own CRC-32. */
  readonly bytes: Buffer;
  readonly uncompressedSize: number | undefined;
  readonly compressedSize: number | undefined;
  /** How far back the data may refer. */
  readonly dictionaryBytes: number;
}

/** [5.3.1] */
function dictionaryBytesOf(property: number): number {
  if (property > 40) throw damage('xz', 'the size of a dictionary is not valid');
  const size = property === 40 ? 2 ** 32 - 1 : (2 + (property % 2)) * 2 ** (Math.floor(property / 2) + 11);
  if (size <= MAX_DICTIONARY_BYTES) return size;
  throw damage('xz', `it needs a dictionary of ${size} bytes, and ${MAX_DICTIONARY_BYTES} are the most`);
}

/** [3.1] @param sizeByte its first byte, not zero */
export async function readBlockHeader(reader: ByteReader, sizeByte: Buffer): Promise<BlockHeader> {
  const size = (sizeByte[0]! + 1) * 4;
  const bytes = Buffer.concat([sizeByte, await takeXz(reader, size - 1)]);
  const fields = bytes.subarray(0, size - 4);
  checkCrc(fields, bytes.readUInt32LE(size - 4), 'a header of a block');
  const flags = bytes[1]!;
  if ((flags & 0x3c) !== 0) throw damage('xz', 'a reserved bit is set');
  let at = 2;
  const next = (): number => {
    const [value, end] = numberAt(fields, at);
    at = end;
    return value;
  };
  const compressedSize = (flags & 0x40) === 0 ? undefined : next();
  const uncompressedSize = (flags & 0x80) === 0 ? undefined : next();
  const filter = next();
  if ((flags & 3) !== 0 || filter !== LZMA2) {
    throw damage('xz', `it needs the filter 0x${filter.toString(16)}, and only LZMA2 (0x21) alone is known`);
  }
  const properties = next();
  const dictionary = fields[at];
  if (properties !== 1 || dictionary === undefined) throw damage('xz', 'the properties of LZMA2 are not valid');
  const dictionaryBytes = dictionaryBytesOf(dictionary);
  if (!isZero(fields.subarray(at + 1))) throw damage('xz', 'a header of a block goes on after its end');
  return { bytes, compressedSize, uncompressedSize, dictionaryBytes };
}
