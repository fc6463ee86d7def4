import type { PositionedBlob } from '../../store/index.js';
import { refuseZip } from './zip-refusal.js';

// APPNOTE 6.3.10; sections in brackets.

/** Where the central directory is. */
export interface ZipDirectory {
  readonly entries: number;
  /** Bytes from the start of the file. */
  readonly position: number;
  readonly size: number;
}

const END_BYTES = 22;
const COMMENT_BYTES_MAX = 0xffff;
const LOCATOR_BYTES = 20;
const ZIP64_END_BYTES = 56;

const END_MAGIC = 0x06054b50;
const LOCATOR_MAGIC = 0x07064b50;
const ZIP64_END_MAGIC = 0x06064b50;

/** All bits of a field of two or four bytes: the value is in the zip64 record. */
const ALL_16 = 0xffff;
const ALL_32 = 0xffffffff;

const bytesAt = (blob: PositionedBlob, position: number, length: number): Buffer =>
  Buffer.from(blob.read(position, length).buffer);

/** Position of the end record [4.3.16]: the last one whose comment reaches to the end of the file. */
function findEnd(blob: PositionedBlob): number {
  const length = Math.min(blob.size, END_BYTES + COMMENT_BYTES_MAX);
  const tail = bytesAt(blob, blob.size - length, length);
  for (let at = length - END_BYTES; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== END_MAGIC) continue;
    if (tail.readUInt16LE(at + 20) === length - at - END_BYTES) return blob.size - length + at;
    throw refuseZip('has an end record whose comment does not reach to the end of the file');
  }
  throw refuseZip('has no end record: it is cut off, or no zip');
}

function safe(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER))
    throw refuseZip('has a number in its zip64 record that is beyond all bounds');
  return Number(value);
}

/** The zip64 record [4.3.14] that stands before its locator [4.3.15]; undefined where there is no locator. */
function readZip64End(blob: PositionedBlob, end: number): ZipDirectory | undefined {
  if (end < LOCATOR_BYTES) return undefined;
  const locator = bytesAt(blob, end - LOCATOR_BYTES, LOCATOR_BYTES);
  if (locator.readUInt32LE() !== LOCATOR_MAGIC) return undefined;
  const position = end - LOCATOR_BYTES - ZIP64_END_BYTES;
  const isThere = position >= 0 && locator.readBigUInt64LE(8) === BigInt(position);
  if (!isThere || locator.readUInt32LE(4) !== 0 || locator.readUInt32LE(16) !== 1) {
    throw refuseZip('has a zip64 locator that does not lead to the record before it');
  }
  const record = bytesAt(blob, position, ZIP64_END_BYTES);
  const size = record.readBigUInt64LE(4);
  if (record.readUInt32LE() !== ZIP64_END_MAGIC || size !== BigInt(ZIP64_END_BYTES - 12)) {
    throw refuseZip('has a zip64 end record that is none');
  }
  const entries = record.readBigUInt64LE(32);
  if (record.readBigUInt64LE(16) !== 0n || record.readBigUInt64LE(24) !== entries) {
    throw refuseZip('is one of several parts');
  }
  return {
    entries: safe(entries),
    size: safe(record.readBigUInt64LE(40)),
    position: safe(record.readBigUInt64LE(48)),
  };
}

/**
 * Where the central directory is. It must end where the end record begins: whatever stands between, or is said twice and
 * differently, readers understand differently.
 *
 * @throws TbuildError `archive-ambiguous`
 */
export function readZipEnd(blob: PositionedBlob): ZipDirectory {
  if (blob.size < END_BYTES) throw refuseZip('is too short to be one');
  const position = findEnd(blob);
  const end = bytesAt(blob, position, END_BYTES);
  const zip64 = readZip64End(blob, position);
  const written = { entries: end.readUInt16LE(10), size: end.readUInt32LE(12), position: end.readUInt32LE(16) };
  const limits = { entries: ALL_16, size: ALL_32, position: ALL_32 };
  const directory = zip64 ?? written;
  for (const key of ['entries', 'size', 'position'] as const) {
    if (written[key] !== directory[key] && written[key] !== limits[key]) {
      throw refuseZip(`says of its ${key} something else in its end record than in that of zip64`);
    }
  }
  const isOneOfMany = end.readUInt32LE(4) !== 0 || end.readUInt16LE(8) !== written.entries;
  if (isOneOfMany) throw refuseZip('is one of several parts');
  const directoryEnd = zip64 === undefined ? position : position - LOCATOR_BYTES - ZIP64_END_BYTES;
  if (directory.position + directory.size !== directoryEnd) {
    throw refuseZip('has a central directory that does not end where the end record begins');
  }
  return directory;
}
