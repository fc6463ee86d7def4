import { escapeBytes } from '../../util/index.js';

/** What an archive can be taken apart as. */
export type ArchiveKind = 'tar' | 'gzip' | 'zstd' | 'xz' | 'zip';

/** So many bytes say what a file is: the header of a tar. */
export const KIND_BYTES = 512;

const ZSTD_SKIPPABLE = /^[\x50-\x5f]\x2a\x4d\x18/;

/** What files begin with. The second group names what cannot be taken apart. */
const BEGINNINGS: readonly (readonly [string | RegExp, ArchiveKind])[] = [
  ['\x1f\x8b', 'gzip'],
  ['\x28\xb5\x2f\xfd', 'zstd'],
  [ZSTD_SKIPPABLE, 'zstd'],
  ['\xfd7zXZ\0', 'xz'],
  ['PK\x03\x04', 'zip'],
  ['PK\x05\x06', 'zip'],
];
const OTHERS: readonly (readonly [string | RegExp, string])[] = [
  ['BZh', 'bzip2 data'],
  ['LZIP', 'lzip data'],
  ['\x5d\x00\x00', 'LZMA data'],
  ['\x04\x22\x4d\x18', 'LZ4 data'],
  ["7z\xbc\xaf'\x1c", 'a 7-Zip archive'],
  ['Rar!\x1a\x07', 'a RAR archive'],
  ['!<arch>\n', 'an ar archive, as Debian packages are'],
  ['\xed\xab\xee\xdb', 'an RPM package'],
  [/^07070[127]/, 'a cpio archive'],
  ['hsqs', 'a squashfs file system'],
  ['PK\x07\x08', 'a part of a zip archive'],
  ['MZ', 'a program for Windows'],
  ['\x7fELF', 'a program (ELF)'],
  ['#!', 'a script'],
  ['%PDF-', 'a PDF document'],
  [/^\s*<(!doctype html|html)/i, 'an HTML page'],
  [/^\s*<\?xml/, 'an XML document'],
  [/^\s*[[{]/, 'JSON or the like'],
];

const isOf = (text: string, beginning: string | RegExp): boolean =>
  typeof beginning === 'string' ? text.startsWith(beginning) : beginning.test(text);

/** A tar has a magic word, or, of the time before, a sum of its header that is right; an empty one begins with zeros. */
function isTar(start: Uint8Array): boolean {
  if (start.length < KIND_BYTES) return false;
  const header = Buffer.from(start.subarray(0, KIND_BYTES));
  if (header.toString('latin1', 257, 262) === 'ustar' || header.every((byte) => byte === 0)) return true;
  const written = Number.parseInt(header.toString('latin1', 148, 156), 8);
  const sum = header.fill(' ', 148, 156).reduce((total, byte) => total + byte, 0);
  return written === sum;
}

/** What a file is, by its first `KIND_BYTES` bytes; undefined for what cannot be taken apart. */
export function archiveKindOf(start: Uint8Array): ArchiveKind | undefined {
  const text = Buffer.from(start).toString('latin1');
  return BEGINNINGS.find(([beginning]) => isOf(text, beginning))?.[1] ?? (isTar(start) ? 'tar' : undefined);
}

/** What a file seems to be that is no archive, in words. */
export function describeFile(start: Uint8Array): string {
  if (start.length === 0) return 'an empty file';
  const text = Buffer.from(start).toString('latin1');
  const known = OTHERS.find(([beginning]) => isOf(text, beginning))?.[1];
  return known ?? `a file of an unknown kind, which begins with "${escapeBytes(start.subarray(0, 16))}"`;
}
