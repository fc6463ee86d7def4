import type { PositionedBlob } from '../../store/index.js';
import { DESCRIPTOR_FOLLOWS, type ZipEntry } from './zip-entry.js';
import { checkUnicodePath, checkZip64, readExtraFields, ZIP64 } from './zip-fields.js';

const HEADER_BYTES = 30;
const HEADER_MAGIC = 0x04034b50;
const DESCRIPTOR_MAGIC = 0x08074b50;
const ALL_32 = 0xffffffff;

/** A number of the local header: what the central directory says; all bits where zip64 says it; 0 where a descriptor will. */
function checkNumbers(header: Buffer, entry: ZipEntry): void {
  const comesLater = (entry.flags & DESCRIPTOR_FOLLOWS) !== 0;
  const { crc, packedSize, size, refuse } = entry;
  const pairs = [
    ['checksum', header.readUInt32LE(14), crc, false],
    ['compressed size', header.readUInt32LE(18), packedSize, true],
    ['size', header.readUInt32LE(22), size, true],
  ] as const;
  for (const [what, local, central, mayBeWide] of pairs) {
    if (local === central || (comesLater && local === 0) || (mayBeWide && local === ALL_32)) continue;
    throw refuse(`has the ${what} ${local} in its own header, and ${central} in the central directory`);
  }
}

/** The fields of the local header [APPNOTE 4.3.7] that the central directory has too. */
function checkHeader(header: Buffer, entry: ZipEntry): void {
  const { flags, isDeflated, refuse } = entry;
  if (header.readUInt32LE() !== HEADER_MAGIC) throw refuse('has no header where the central directory says');
  if (header.readUInt16LE(6) !== flags) throw refuse('has other flags in its own header than in the central directory');
  if (header.readUInt16LE(8) !== (isDeflated ? 8 : 0)) {
    throw refuse('has another method in its own header than in the central directory');
  }
  checkNumbers(header, entry);
}

function checkExtra(extra: Buffer, header: Buffer, entry: ZipEntry): void {
  const { nameBytes, size, packedSize, refuse } = entry;
  const fields = readExtraFields(extra, refuse);
  checkUnicodePath(fields, nameBytes, refuse);
  const comesLater = (entry.flags & DESCRIPTOR_FOLLOWS) !== 0;
  const zip64 = fields.get(ZIP64);
  const isBlank = comesLater && zip64?.every((byte) => byte === 0) === true;
  if (!isBlank) checkZip64(fields, [size, packedSize], refuse);
  const isWide = header.readUInt32LE(18) === ALL_32 || header.readUInt32LE(22) === ALL_32;
  if (isWide && (zip64 === undefined || zip64.length < 16)) throw refuse('lacks the sizes of zip64 in its own header');
}

/** The data descriptor [APPNOTE 4.3.9]: with or without its magic number, with sizes of four or eight bytes. */
function isDescriptor(bytes: Buffer, { crc, packedSize, size }: ZipEntry): boolean {
  const hasMagic = bytes.length === 16 || bytes.length === 24;
  if (hasMagic && bytes.readUInt32LE() !== DESCRIPTOR_MAGIC) return false;
  const rest = hasMagic ? bytes.subarray(4) : bytes;
  if (rest.length !== 12 && rest.length !== 20) return false;
  const numberAt = (index: number): bigint =>
    rest.length === 12 ? BigInt(rest.readUInt32LE(4 + 4 * index)) : rest.readBigUInt64LE(4 + 8 * index);
  return rest.readUInt32LE() === crc && numberAt(0) === BigInt(packedSize) && numberAt(1) === BigInt(size);
}

/**
 * Checks that the member's own header says what the central directory says, and that the member ends exactly where the
 * next one begins: nothing hides between them, and they do not overlap.
 *
 * @param end where the next member, or the central directory, begins
 * @returns where its data begins
 * @throws TbuildError `archive-ambiguous`
 */
export function checkLocalHeader(blob: PositionedBlob, entry: ZipEntry, end: number): number {
  const { position, nameBytes, packedSize, refuse } = entry;
  const overlaps = () => refuse('overlaps with what follows it');
  if (position + HEADER_BYTES > end) throw overlaps();
  const header = Buffer.from(blob.read(position, HEADER_BYTES).buffer);
  checkHeader(header, entry);
  const nameLength = header.readUInt16LE(26);
  const start = position + HEADER_BYTES + nameLength + header.readUInt16LE(28);
  const dataEnd = start + packedSize;
  if (dataEnd > end) throw overlaps();
  const more = Buffer.from(blob.read(position + HEADER_BYTES, start - position - HEADER_BYTES).buffer);
  if (!more.subarray(0, nameLength).equals(nameBytes)) {
    throw refuse('has another name in its own header than in the central directory');
  }
  checkExtra(more.subarray(nameLength), header, entry);
  const gap = end - dataEnd;
  const hasDescriptor = (entry.flags & DESCRIPTOR_FOLLOWS) !== 0;
  const isAsItShould = hasDescriptor
    ? [12, 16, 20, 24].includes(gap) && isDescriptor(Buffer.from(blob.read(dataEnd, gap).buffer), entry)
    : gap === 0;
  if (isAsItShould) return start;
  throw refuse(
    hasDescriptor ? 'has no data descriptor that fits' : `is followed by ${gap} bytes that belong to nothing`,
  );
}
