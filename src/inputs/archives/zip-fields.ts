import { crc32 } from '../../codec/index.js';
import type { RefuseMember } from './zip-refusal.js';

/** Number of the field with what does not fit into 32 bits [APPNOTE 4.5.3]. */
export const ZIP64 = 0x0001;
const UNICODE_PATH = 0x7075;

/** Extra fields by number [APPNOTE 4.5]. One that stands there twice is refused where it is one of those that count here. */
export function readExtraFields(bytes: Buffer, refuse: RefuseMember): ReadonlyMap<number, Buffer> {
  const fields = new Map<number, Buffer>();
  let at = 0;
  while (at + 4 <= bytes.length) {
    const id = bytes.readUInt16LE(at);
    const end = at + 4 + bytes.readUInt16LE(at + 2);
    if (end > bytes.length) throw refuse('has extra fields that go on after their end');
    if (fields.has(id) && (id === ZIP64 || id === UNICODE_PATH)) throw refuse('has an extra field twice');
    fields.set(id, bytes.subarray(at + 4, end));
    at = end;
  }
  if (bytes.subarray(at).some((byte) => byte !== 0)) throw refuse('has extra fields that are cut off');
  return fields;
}

/** Refuses a second name that is not the first one [APPNOTE 4.6.9]. */
export function checkUnicodePath(fields: ReadonlyMap<number, Buffer>, name: Buffer, refuse: RefuseMember): boolean {
  const field = fields.get(UNICODE_PATH);
  if (field === undefined) return false;
  const isFitting = field.length >= 5 && field[0] === 1 && field.readUInt32LE(1) === crc32(name);
  if (isFitting && field.subarray(5).equals(name)) return true;
  throw refuse('has two names');
}

/**
 * The numbers of the zip64 field [APPNOTE 4.5.3] must be among the given ones, in this order: it holds what did not fit
 * elsewhere, and nothing that differs.
 */
export function checkZip64(
  fields: ReadonlyMap<number, Buffer>,
  numbers: readonly number[],
  refuse: RefuseMember,
): void {
  const field = fields.get(ZIP64);
  if (field === undefined) return;
  const left = [...numbers];
  let at = 0;
  for (; at + 8 <= field.length; at += 8) {
    const value = field.readBigUInt64LE(at);
    const found = left.findIndex((number) => BigInt(number) === value);
    if (found < 0) throw refuse('says one thing in its zip64 field and another elsewhere');
    left.splice(0, found + 1);
  }
  const rest = field.subarray(at);
  const isDisk = rest.length === 4 && rest.readUInt32LE() === 0;
  if (rest.length > 0 && !isDisk) throw refuse('has a zip64 field that is none');
}
