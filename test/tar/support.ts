import { readTar, type TarMember, type TarRules, writeTar } from '../../src/tar/index.js';
import { type Chunks, collect } from '../../src/util/index.js';

const BLOCK = 512;
export const LIMITS: TarRules = { maxEntries: 1000, maxBytes: 64 * 2 ** 20 };

/** A member as it is written most often; `more` says what is special. */
export function member(path: string, more: Partial<TarMember> = {}): TarMember {
  return { path, kind: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 0, size: 0, ...more };
}

/** The fields of a hand-made header block, as the bytes that stand there. */
export interface Fields {
  readonly name?: string | Uint8Array;
  readonly mode?: string;
  readonly uid?: string;
  readonly gid?: string;
  readonly size?: string | number;
  readonly mtime?: string;
  readonly checksum?: string;
  readonly type?: string;
  readonly link?: string | Uint8Array;
  readonly magic?: string;
  readonly devices?: string;
  readonly prefix?: string;
  readonly trailer?: string;
}

const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;

/** A header block written by hand, with no check at all; strings are Latin-1. */
export function block(fields: Fields = {}): Buffer {
  const bytes = Buffer.alloc(BLOCK);
  const put = (at: number, value: string | Uint8Array) => bytes.set(Buffer.from(value as string, 'latin1'), at);
  const { size = 0 } = fields;
  put(0, fields.name ?? 'a');
  put(100, fields.mode ?? octal(0o644, 7));
  put(108, fields.uid ?? octal(0, 7));
  put(116, fields.gid ?? octal(0, 7));
  put(124, typeof size === 'number' ? octal(size, 11) : size);
  put(136, fields.mtime ?? octal(0, 11));
  put(156, fields.type ?? '0');
  put(157, fields.link ?? '');
  put(257, fields.magic ?? 'ustar\x0000');
  put(329, fields.devices ?? '');
  put(345, fields.prefix ?? '');
  put(508, fields.trailer ?? '');
  put(148, fields.checksum ?? `${octal(sumOf(bytes), 6)} `);
  return bytes;
}

/** Sum of a block's bytes, the checksum field counted as spaces. */
export function sumOf(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 0x20 : byte), 0);
}

/** Content, filled with zeros to whole blocks. */
export function content(bytes: string | Uint8Array): Buffer {
  const data = Buffer.from(bytes as string, 'latin1');
  return Buffer.concat([data, Buffer.alloc((BLOCK - (data.length % BLOCK)) % BLOCK)]);
}

/** The end of an archive. */
export const END = Buffer.alloc(2 * BLOCK);

/** One PAX record; strings are UTF-8. */
export function record(key: string, value: string | Uint8Array): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value as string), Buffer.from('\n')]);
  let length = rest.length + 1;
  while (`${length}`.length + rest.length !== length) length++;
  return Buffer.concat([Buffer.from(`${length}`), rest]);
}

/** A header that is no member (`x`, `g`, `L`, `K`), with its content. */
export function meta(type: string, body: string | Uint8Array, fields: Fields = {}): Buffer {
  const data = Buffer.from(body as string);
  const magic = type === 'L' || type === 'K' ? 'ustar  \0' : 'ustar\x0000';
  return Buffer.concat([block({ name: `meta-${type}`, type, size: data.length, magic, ...fields }), content(data)]);
}

/** A PAX header of these records. */
export function pax(...records: readonly (readonly [string, string | Uint8Array])[]): Buffer {
  return meta('x', Buffer.concat(records.map(([key, value]) => record(key, value))));
}

/** The archive of these blocks, properly ended. */
export function archive(...blocks: readonly Uint8Array[]): Buffer {
  return Buffer.concat([...blocks, END]);
}

export interface Read {
  readonly member: TarMember;
  readonly position: number;
  readonly body: string;
}

/** Every member with its content as Latin-1. */
export async function readAll(input: Chunks, rules: TarRules = LIMITS): Promise<Read[]> {
  const found: Read[] = [];
  for await (const { body, position, ...facts } of readTar(input, rules)) {
    let text = '';
    for await (const chunk of body) text += Buffer.from(chunk).toString('latin1');
    found.push({ member: facts, position, body: text });
  }
  return found;
}

export interface Content {
  readonly member: TarMember;
  /** Latin-1. */
  readonly body: string;
}

/** The archive that tbuild writes of these. */
export function write(members: readonly Content[]): Promise<Uint8Array> {
  const sources = members.map((item) => ({ member: item.member, open: () => [Buffer.from(item.body, 'latin1')] }));
  return collect(writeTar(sources), LIMITS.maxBytes);
}

/** The bytes in pieces of `size`, each piece a buffer of its own that is destroyed when the next is asked for. */
export async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    const piece = Buffer.from(bytes.subarray(at, at + size));
    yield piece;
    piece.fill(0xaa);
  }
}

export { failureOf } from '../support/failure-of.js';
