import { type ArchiveMember, MemberNames } from './archive-member.js';
import { latin1 } from './strings-of.js';

const MAGIC_BYTES = 8;
const HEADER_BYTES = 60;
const LONG_NAMES = '//';

interface Header {
  /** As it stands, without blanks. */
  readonly name: string;
  readonly at: number;
  readonly size: number;
  readonly text: string;
}

function headerAt(bytes: Uint8Array, at: number): Header | undefined {
  if (at + HEADER_BYTES > bytes.length) return undefined;
  const text = latin1(bytes.subarray(at, at + HEADER_BYTES));
  const size = Number(text.slice(48, 58));
  if (!text.endsWith('`\n') || !Number.isSafeInteger(size) || size < 0) throw new RangeError('not a header of ar');
  return { name: text.slice(0, 16).trimEnd(), at, size, text };
}

/** The name of a member: short, in the table of long names (GNU), or in front of the content (BSD). */
function nameOf({ name, at }: Header, bytes: Uint8Array, longNames: string) {
  const start = at + HEADER_BYTES;
  const bsd = /^#1\/(\d{1,4})$/.exec(name)?.[1];
  if (bsd !== undefined) {
    const end = start + Number(bsd);
    return { name: latin1(bytes.subarray(start, end)).replace(/\0+$/, ''), start: end };
  }
  const gnu = /^\/(\d{1,10})$/.exec(name)?.[1];
  if (gnu === undefined) return { name: name.replace(/(?<=.)\/$/, ''), start };
  const rest = longNames.slice(Number(gnu));
  return { name: rest.slice(0, rest.search(/\/?\n|$/)), start };
}

/** Members of an ar archive: of static libraries also their index, `/`. Throws a RangeError where it is damaged. */
export function readArMembers(bytes: Uint8Array): readonly ArchiveMember[] {
  const members: ArchiveMember[] = [];
  const names = new MemberNames();
  let longNames = '';
  let at = MAGIC_BYTES;
  for (let header = headerAt(bytes, at); header !== undefined; header = headerAt(bytes, at)) {
    const { name, start } = nameOf(header, bytes, longNames);
    const end = header.at + HEADER_BYTES + header.size;
    const stored = bytes.subarray(start, end);
    if (header.name === LONG_NAMES) longNames = latin1(stored);
    const [uid, gid, mode] = [header.text.slice(28, 34), header.text.slice(34, 40), header.text.slice(40, 48)];
    members.push({
      name: names.next(name),
      facts: { mode: mode.trim(), owner: `${uid.trim()}:${gid.trim()}` },
      mtime: Number(header.text.slice(16, 28)),
      mtimeAt: header.at + 16,
      contentAt: start,
      stored,
      content: async () => stored,
    });
    at = end + (header.size % 2);
  }
  return members;
}
