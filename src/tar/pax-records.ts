import { compareUtf8, decodeUtf8 } from '../util/index.js';
import type { Refuse } from './refusal.js';

const SPACE = 0x20;
const NEWLINE = 0x0a;
const EQUALS = 0x3d;

/** Key of the records that hold extended attributes, before the name. star's invention, which all tools share. */
export const XATTR_PREFIX = 'SCHILY.xattr.';

/** A record is `LENGTH KEY=VALUE\n`, and its length counts its own digits. */
function encodeRecord(key: string, value: Uint8Array): Buffer {
  const rest = Buffer.byteLength(key) + value.length + 3;
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length++;
  return Buffer.concat([Buffer.from(`${length} ${key}=`), value, Buffer.from('\n')], length);
}

/** The content of a PAX header: its records, keys in the order of their UTF-8 bytes (POSIX.1-2017, "pax Header Block"). */
export function encodePaxRecords(records: ReadonlyMap<string, Uint8Array>): Buffer {
  const sorted = [...records].sort(([a], [b]) => compareUtf8(a, b));
  return Buffer.concat(sorted.map(([key, value]) => encodeRecord(key, value)));
}

/** End of the record that starts at `start`, from its own length. */
function endOfRecord(body: Uint8Array, start: number, refuse: Refuse): number {
  const space = body.indexOf(SPACE, start);
  // A body has at most 7 digits of bytes; a longer number of digits need not be looked at.
  const digits = Buffer.from(body.subarray(start, Math.min(space < 0 ? body.length : space, start + 9))).toString(
    'latin1',
  );
  const end = /^[1-9]\d{0,7}$/.test(digits) ? start + Number(digits) : Number.NaN;
  if (!(end <= body.length && end > space + 1 && body[end - 1] === NEWLINE)) {
    throw refuse(`has a PAX record of a wrong length at byte ${start} of its content`);
  }
  return end;
}

/** The records of a PAX header, values as raw bytes. Refuses damaged ones, and a key that stands twice. */
export function parsePaxRecords(body: Uint8Array, refuse: Refuse): ReadonlyMap<string, Uint8Array> {
  const records = new Map<string, Uint8Array>();
  for (let start = 0, end = 0; start < body.length; start = end) {
    end = endOfRecord(body, start, refuse);
    const keyStart = body.indexOf(SPACE, start) + 1;
    const equals = body.subarray(0, end).indexOf(EQUALS, keyStart);
    const key = equals < 0 ? undefined : decodeUtf8(body.subarray(keyStart, equals));
    if (key === undefined || key === '' || key.includes('\0')) throw refuse('has a PAX record without a proper key');
    if (records.has(key)) throw refuse(`has the PAX record ${JSON.stringify(key)} twice`);
    records.set(key, body.subarray(equals + 1, end - 1));
  }
  return records;
}
