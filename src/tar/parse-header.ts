import { escapeBytes } from '../util/index.js';
import { parseNumber } from './number-field.js';
import { type Refuse, refuserFor } from './refusal.js';
import { checksumOf, type Field, GNU_MAGIC, POSIX_MAGIC, USTAR } from './ustar.js';

/** `v7`: no magic, the format before POSIX. */
export type HeaderFormat = 'posix' | 'gnu' | 'v7';

/** A header block as it stands, each field by itself valid. The names are views into the block. */
export interface RawHeader {
  /** Where the block starts in the archive. */
  readonly offset: number;
  readonly format: HeaderFormat;
  readonly typeflag: string;
  /** With the prefix of ustar in front. */
  readonly name: Uint8Array;
  readonly link: Uint8Array;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
  /** Makes an error about this member, by the name in the block. */
  readonly refuse: Refuse;
}

/** The bytes of a text field up to the first NUL. */
function textOf(block: Uint8Array, [start, length]: Field): Uint8Array {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return end < 0 ? field : field.subarray(0, end);
}

function formatOf(block: Uint8Array, refuse: Refuse): HeaderFormat {
  const [start, length] = USTAR.magic;
  const magic = Buffer.from(block).toString('latin1', start, start + length);
  if (magic === POSIX_MAGIC) {
    const [from, size] = USTAR.trailer;
    // star puts times behind a shorter prefix: readers that know it and readers that do not see different names.
    if (Buffer.from(block).toString('latin1', from, from + size) !== 'tar\0') return 'posix';
    throw refuse('has a header in the format of star');
  }
  if (magic === GNU_MAGIC) return 'gnu';
  if (magic === '\0'.repeat(length)) return 'v7';
  throw refuse(`has the unknown magic "${escapeBytes(block.subarray(start, start + length))}"`);
}

function nameOf(block: Uint8Array, format: HeaderFormat, refuse: Refuse): Uint8Array {
  const name = textOf(block, USTAR.name);
  if (format !== 'posix') {
    // Python takes a prefix from any format, and libarchive a map of holes from any header of GNU tar.
    if (block.subarray(USTAR.prefix[0]).some((byte) => byte !== 0)) throw refuse('has fields beyond its format');
    return name;
  }
  const prefix = textOf(block, USTAR.prefix);
  return prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name]);
}

/**
 * Reads a header block that is not a zero block. Throws `archive-ambiguous` where any field of it is not proper, also one
 * that its type has no use for: Python's tarfile takes the archive to end at such a header.
 */
export function parseHeader(block: Uint8Array, offset: number): RawHeader {
  const bare = refuserFor(textOf(block, USTAR.name), offset);
  if (parseNumber(block, 'checksum', bare) !== checksumOf(block)) throw bare('has a wrong checksum');
  const format = formatOf(block, bare);
  const name = nameOf(block, format, bare);
  const refuse = refuserFor(name, offset);
  return {
    offset,
    format,
    typeflag: String.fromCharCode(block[USTAR.typeflag[0]]!),
    name,
    link: textOf(block, USTAR.link),
    mode: parseNumber(block, 'mode', refuse),
    uid: parseNumber(block, 'uid', refuse),
    gid: parseNumber(block, 'gid', refuse),
    size: parseNumber(block, 'size', refuse),
    mtime: parseNumber(block, 'mtime', refuse),
    deviceMajor: parseNumber(block, 'deviceMajor', refuse),
    deviceMinor: parseNumber(block, 'deviceMinor', refuse),
    refuse,
  };
}
