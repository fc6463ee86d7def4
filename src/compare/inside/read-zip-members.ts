import { type ArchiveMember, MemberNames } from './archive-member.js';
import type { Explaining } from './explaining.js';
import { inflated } from './inflate.js';
import { latin1 } from './strings-of.js';

const END_BYTES = 22;
const COMMENT_BYTES_MAX = 65_535;
const END_MAGIC = 0x06054b50;
const ENTRY_MAGIC = 0x02014b50;
const LOCAL_MAGIC = 0x04034b50;
const STORED = 0;
const DEFLATE = 8;
const ENCRYPTED = 1;
/** "UT" of Info-ZIP: times in seconds since the epoch. */
const EXTRA_TIMES = 0x5455;

/** The end record, which is searched from the end (APPNOTE 4.3.16). */
function findEnd(view: DataView): number {
  const least = Math.max(0, view.byteLength - END_BYTES - COMMENT_BYTES_MAX);
  for (let at = view.byteLength - END_BYTES; at >= least; at--) if (view.getUint32(at, true) === END_MAGIC) return at;
  throw new RangeError('no end of a zip archive');
}

/** MS-DOS knows no zone: the time is taken as UTC, which gives the same difference. */
function dosTime(date: number, time: number): number {
  const [year, month, day] = [1980 + (date >> 9), (date >> 5) & 15, date & 31];
  return Date.UTC(year, month - 1, day, time >> 11, (time >> 5) & 63, (time & 31) * 2) / 1000;
}

/** Extra fields by their number, in hexadecimal (APPNOTE 4.5). */
function extraFields(extra: Uint8Array): ReadonlyMap<number, Uint8Array> {
  const fields = new Map<number, Uint8Array>();
  const view = new DataView(extra.buffer, extra.byteOffset, extra.byteLength);
  for (let at = 0; at + 4 <= extra.length; ) {
    const length = view.getUint16(at + 2, true);
    fields.set(view.getUint16(at, true), extra.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return fields;
}

function mtimeOf(dos: number, times: Uint8Array | undefined): number {
  const hasMtime = times !== undefined && times.length >= 5 && (times[0]! & 1) === 1;
  return hasMtime ? new DataView(times.buffer, times.byteOffset + 1, 4).getUint32(0, true) : dos;
}

interface ZipEntry {
  readonly at: number;
  readonly nameBytes: number;
  readonly extraBytes: number;
  readonly commentBytes: number;
}

function entryAt(view: DataView, at: number): ZipEntry {
  if (view.getUint32(at, true) !== ENTRY_MAGIC) throw new RangeError('no entry of a zip archive');
  const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) => view.getUint16(at + field, true)) as [
    number,
    number,
    number,
  ];
  return { at, nameBytes, extraBytes, commentBytes };
}

/** Where a content starts: behind its own header, which has names and fields of its own. */
function contentStart(view: DataView, local: number): number {
  if (view.getUint32(local, true) !== LOCAL_MAGIC) throw new RangeError('no local header of a zip archive');
  return local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
}

function memberOf(
  bytes: Uint8Array,
  view: DataView,
  { entry, explaining }: { entry: ZipEntry; explaining: Explaining },
) {
  const { at, nameBytes, extraBytes, commentBytes } = entry;
  const name = Buffer.from(bytes.subarray(at + 46, at + 46 + nameBytes)).toString('utf8');
  const extraAt = at + 46 + nameBytes;
  const extra = extraFields(bytes.subarray(extraAt, extraAt + extraBytes));
  const comment = latin1(bytes.subarray(extraAt + extraBytes, extraAt + extraBytes + commentBytes));
  const [method, flags] = [view.getUint16(at + 10, true), view.getUint16(at + 8, true)];
  const start = contentStart(view, view.getUint32(at + 42, true));
  const stored = bytes.subarray(start, start + view.getUint32(at + 20, true));
  const isPlain = method === STORED && (flags & ENCRYPTED) === 0;
  const others = [...extra].filter(([id]) => id !== EXTRA_TIMES);
  const shown = others.map(([id, value]) => `0x${id.toString(16)}=${Buffer.from(value).toString('hex')}`);
  const member: Omit<ArchiveMember, 'name'> = {
    facts: {
      mode: (view.getUint32(at + 38, true) >>> 16).toString(8),
      method: String(method),
      'made by': String(view.getUint16(at + 4, true)),
      comment,
      'extra fields': shown.join(' '),
    },
    mtime: mtimeOf(dosTime(view.getUint16(at + 14, true), view.getUint16(at + 12, true)), extra.get(EXTRA_TIMES)),
    mtimeAt: at + 12,
    contentAt: isPlain ? start : undefined,
    stored,
    async content() {
      if (isPlain) return stored;
      if (method !== DEFLATE || (flags & ENCRYPTED) !== 0) return undefined;
      return inflated(stored, 'deflate', explaining).catch(() => undefined);
    },
  };
  return { name, member };
}

/** Members of a zip archive, in the order of its directory. Throws a RangeError where it is damaged, or of the kind zip64. */
export function readZipMembers(bytes: Uint8Array, explaining: Explaining): readonly ArchiveMember[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = findEnd(view);
  const count = view.getUint16(end + 10, true);
  const names = new MemberNames();
  const members: ArchiveMember[] = [];
  let at = view.getUint32(end + 16, true);
  for (let i = 0; i < count; i++) {
    const entry = entryAt(view, at);
    const { name, member } = memberOf(bytes, view, { entry, explaining });
    members.push({ name: names.next(name), ...member });
    at += 46 + entry.nameBytes + entry.extraBytes + entry.commentBytes;
  }
  return members;
}
