import { latin1 } from './strings-of.js';

export interface GzipHeader {
  /** Seconds since the epoch; 0 for none. */
  readonly mtime: number;
  /** Other fields by name, for people, with where they are. */
  readonly fields: ReadonlyMap<string, { readonly at: number; readonly value: string }>;
  /** Where the compressed data starts. */
  readonly end: number;
}

const FEXTRA = 4;
const FNAME = 8;
const FCOMMENT = 16;
const FHCRC = 2;

const LEVELS: Readonly<Record<number, string>> = { 2: 'best', 4: 'fastest' };

/** The header of a gzip member (RFC 1952, section 2.3). Throws a RangeError where it is cut off. */
export function readGzipHeader(bytes: Uint8Array): GzipHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.getUint8(3);
  const fields = new Map([
    ['level', { at: 8, value: LEVELS[view.getUint8(8)] ?? `flag ${view.getUint8(8)}` }],
    ['operating system', { at: 9, value: String(view.getUint8(9)) }],
  ]);
  let at = 10;
  if ((flags & FEXTRA) !== 0) {
    const length = view.getUint16(at, true);
    fields.set('extra field', { at, value: Buffer.from(bytes.subarray(at + 2, at + 2 + length)).toString('hex') });
    at += 2 + length;
  }
  for (const [flag, name] of [
    [FNAME, 'name'],
    [FCOMMENT, 'comment'],
  ] as const) {
    if ((flags & flag) === 0) continue;
    const end = bytes.indexOf(0, at);
    if (end < 0) throw new RangeError('a text without its end');
    fields.set(name, { at, value: latin1(bytes.subarray(at, end)) });
    at = end + 1;
  }
  return { mtime: view.getUint32(4, true), fields, end: at + ((flags & FHCRC) === 0 ? 0 : 2) };
}
