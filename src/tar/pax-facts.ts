import { XATTR_PREFIX } from './pax-records.js';
import { type Refuse, showName } from './refusal.js';

/** What a PAX header says about the member after it. */
export interface PaxFacts {
  readonly path?: Uint8Array;
  readonly linkpath?: Uint8Array;
  readonly size?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtime?: number;
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
}

type NumberKey = 'size' | 'uid' | 'gid' | 'mtime';

/** POSIX: a fraction is allowed in a time, and nowhere else. Times are whole seconds in an image, so it is dropped. */
const NUMBER_FORMS: Readonly<Record<NumberKey, RegExp>> = {
  size: /^(\d{1,16})$/,
  uid: /^(\d{1,16})$/,
  gid: /^(\d{1,16})$/,
  mtime: /^(\d{1,16})(?:\.\d*)?$/,
};

/**
 * Records that change nothing of what an image holds: owners count by number, times of access and creation are no part of
 * it, and the rest are notes of a tool to itself. libarchive repeats extended attributes in a form of its own.
 */
const HARMLESS = new Set([
  'comment',
  'uname',
  'gname',
  'RHT.security.selinux',
  'SCHILY.dev',
  'SCHILY.fflags',
  'SCHILY.filetype',
  'SCHILY.ino',
  'SCHILY.nlink',
]);
const HARMLESS_PREFIX = 'LIBARCHIVE.';

/** Of no use to an image, but a reader that minds them stops at what is no time. */
const IGNORED_TIMES = ['atime', 'ctime'];
const ANY_TIME = /^-?\d{1,16}(\.\d*)?$/;

const UTF8_CHARSET = 'ISO-IR 10646 2000 UTF-8';

function parseNumberRecord(key: NumberKey, value: Uint8Array, refuse: Refuse): number {
  const text = Buffer.from(value).toString('latin1');
  const whole = NUMBER_FORMS[key].exec(text)?.[1];
  if (whole !== undefined && Number.isSafeInteger(Number(whole))) return Number(whole);
  throw refuse(`has the PAX record "${key}" with the value ${showName(value)}, which is no proper number`);
}

function checkOther(key: string, value: Uint8Array, refuse: Refuse): void {
  const text = Buffer.from(value).toString('latin1');
  if (HARMLESS.has(key) || key.startsWith(HARMLESS_PREFIX)) return;
  if (key === 'hdrcharset' && text === UTF8_CHARSET) return;
  if (IGNORED_TIMES.includes(key)) {
    if (ANY_TIME.test(text)) return;
    throw refuse(`has the PAX record "${key}" with the value ${showName(value)}, which is no proper number`);
  }
  if (key.startsWith('GNU.sparse.')) throw refuse('is a sparse file');
  throw refuse(`has the PAX record ${JSON.stringify(key)}, which may change its meaning`);
}

/**
 * The meaning of the records of an `x` header. Refuses values that readers take differently, and records that could
 * change what the member is without us knowing how. An empty value, by which POSIX deletes an earlier record,
 * is one of these.
 */
export function paxFactsOf(records: ReadonlyMap<string, Uint8Array>, refuse: Refuse): PaxFacts {
  const xattrs = new Map<string, Uint8Array>();
  const facts: { -readonly [Key in keyof PaxFacts]: PaxFacts[Key] } = { xattrs };
  for (const [key, value] of records) {
    switch (key) {
      case 'path':
      case 'linkpath':
        if (value.length === 0) throw refuse(`has the PAX record "${key}" with no value`);
        facts[key] = value;
        break;
      case 'size':
      case 'uid':
      case 'gid':
      case 'mtime':
        facts[key] = parseNumberRecord(key, value, refuse);
        break;
      default:
        if (key.startsWith(XATTR_PREFIX) && key.length > XATTR_PREFIX.length) {
          xattrs.set(key.slice(XATTR_PREFIX.length), value);
        } else checkOther(key, value, refuse);
    }
  }
  return facts;
}

/** Refuses the records of a `g` header that not every reader applies, which is all but a comment (git writes one). */
export function checkGlobalRecords(records: ReadonlyMap<string, Uint8Array>, refuse: Refuse): void {
  for (const key of records.keys()) {
    if (key !== 'comment') throw refuse(`sets the PAX record ${JSON.stringify(key)} for all members`);
  }
}
