import type { Refuse } from './refusal.js';
import { type Field, USTAR } from './ustar.js';

const NUL = 0;
const SPACE = 0x20;
const ZERO = 0x30;
const MINUS = 0x2d;

type NumberField = 'mode' | 'uid' | 'gid' | 'size' | 'mtime' | 'checksum' | 'deviceMajor' | 'deviceMinor';

const LABELS: Readonly<Record<NumberField, string>> = {
  mode: 'mode',
  uid: 'user number',
  gid: 'group number',
  size: 'size',
  mtime: 'time',
  checksum: 'checksum',
  deviceMajor: 'device number',
  deviceMinor: 'device number',
};

/** Fields that GNU tar writes in base 256 where octal is too short. */
const MAY_BE_BINARY: readonly NumberField[] = ['uid', 'gid', 'size', 'mtime'];

/** Fields that readers take differently when they hold nothing. */
const MAY_NOT_BE_BLANK: readonly NumberField[] = ['size', 'checksum'];

type Unusable = 'blank' | 'negative' | 'too large' | 'not octal';

/** GNU's base 256: the first byte is 0x80 for positive numbers, 0xff for negative ones; the rest is big-endian. */
function parseBinary(block: Uint8Array, [start, length]: Field): number | Unusable {
  if ((block[start]! & 0x40) !== 0) return 'negative';
  if (block[start] !== 0x80) return 'too large';
  let value = 0;
  for (let i = start + 1; i < start + length; i++) value = value * 256 + block[i]!;
  return Number.isSafeInteger(value) ? value : 'too large';
}

/** Spaces, digits, then only NULs and spaces to the end of the field. */
function parseOctal(block: Uint8Array, [start, length]: Field): number | Unusable {
  const end = start + length;
  let at = start;
  while (at < end && block[at] === SPACE) at++;
  if (block[at] === MINUS) return 'negative';
  const digits = at;
  let value = 0;
  for (; at < end; at++) {
    const digit = block[at]! - ZERO;
    if (digit < 0 || digit > 7) break;
    value = value * 8 + digit;
  }
  const isBlank = at === digits;
  for (; at < end; at++) if (block[at] !== NUL && block[at] !== SPACE) return 'not octal';
  return isBlank ? 'blank' : value;
}

/** The number in a field of a header block; 0 where the field is blank and every reader takes that as 0. */
export function parseNumber(block: Uint8Array, name: NumberField, refuse: Refuse): number {
  const field: Field = USTAR[name];
  const isBinary = block[field[0]]! >= 0x80;
  const value = isBinary && MAY_BE_BINARY.includes(name) ? parseBinary(block, field) : parseOctal(block, field);
  if (typeof value === 'number') return value;
  if (value !== 'blank') throw refuse(`has a ${LABELS[name]} that is ${value}`);
  if (MAY_NOT_BE_BLANK.includes(name)) throw refuse(`has no ${LABELS[name]}`);
  return 0;
}
