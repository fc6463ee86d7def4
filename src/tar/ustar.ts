import type { TarKind } from './tar-member.js';

/** Headers and contents fill whole blocks of this many bytes. */
export const BLOCK_BYTES = 512;

/** An archive ends with so many zeros (format 1, "Tar"). */
export const END_BYTES = 2 * BLOCK_BYTES;

/** Where a field of a header block starts, and its length in bytes. */
export type Field = readonly [start: number, length: number];

/** The header block of POSIX.1-2017, pax, "ustar Interchange Format". */
export const USTAR = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  typeflag: [156, 1],
  link: [157, 100],
  magic: [257, 8],
  deviceMajor: [329, 8],
  deviceMinor: [337, 8],
  prefix: [345, 155],
  /** No field of ustar; star signs its own variant here. */
  trailer: [508, 4],
} as const satisfies Readonly<Record<string, Field>>;

/** Magic and version of ustar. */
export const POSIX_MAGIC = 'ustar\x0000';

/** Magic of GNU tar before PAX: there is no prefix field, other fields stand in its place. */
export const GNU_MAGIC = 'ustar  \0';

/** What the typeflag of each kind is. */
export const TYPEFLAGS = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  'character-device': '3',
  'block-device': '4',
  directory: '5',
  fifo: '6',
} as const satisfies Readonly<Record<TarKind, string>>;

/** Largest number of an octal field of 8 bytes, whose last byte is NUL. */
export const MAX_SHORT_OCTAL = 8 ** 7 - 1;

/** Largest number of an octal field of 12 bytes, whose last byte is NUL. */
export const MAX_LONG_OCTAL = 8 ** 11 - 1;

/** Bytes from the end of a content to the end of its last block. */
export function paddingOf(size: number): number {
  return (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES;
}

/** The checksum of a header block: the sum of its bytes, those of the checksum itself counted as spaces. */
export function checksumOf(block: Uint8Array): number {
  const [start, length] = USTAR.checksum;
  let sum = length * 0x20;
  for (let i = 0; i < start; i++) sum += block[i]!;
  for (let i = start + length; i < BLOCK_BYTES; i++) sum += block[i]!;
  return sum;
}
