import { decodeName, normalisePath } from './member-name.js';
import type { EntryHeader } from './read-entry-header.js';
import { type Refuse, refuserFor } from './refusal.js';
import { MAX_ID, type TarKind, type TarMember } from './tar-member.js';
import { MAX_LONG_OCTAL, TYPEFLAGS } from './ustar.js';

const SLASH = 0x2f;

/** Permissions, and above them the kind as `stat` has it, which old tools write as well. */
const MAX_MODE = 0o177777;

/** By typeflag. NUL is a file of the time before POSIX, 7 a contiguous file, which everyone reads as a file. */
const KINDS: Readonly<Record<string, TarKind>> = {
  ...Object.fromEntries(Object.entries(TYPEFLAGS).map(([kind, flag]) => [flag, kind as TarKind])),
  '\0': 'file',
  '7': 'file',
};

/** What V7 knew, and directories, which GNU tar writes there as well. */
const V7_TYPEFLAGS = ['\0', '0', '1', '2', '5'];

function kindOf({ header }: EntryHeader, endsInSlash: boolean, refuse: Refuse): TarKind {
  const { typeflag, format } = header;
  const kind = KINDS[typeflag];
  if (typeflag === 'S') throw refuse('is a sparse file');
  if (kind === undefined || (format === 'v7' && !V7_TYPEFLAGS.includes(typeflag))) {
    throw refuse(`has the unknown type ${JSON.stringify(typeflag)}`);
  }
  if (!endsInSlash || kind === 'directory') return kind;
  if (format === 'v7' && typeflag === '\0') return 'directory';
  throw refuse(`is a ${kind}, but its name ends in a slash`);
}

function sizeOf({ header, pax }: EntryHeader, kind: TarKind, refuse: Refuse): number {
  const { size: inHeader } = header;
  const size = pax.size ?? inHeader;
  const overflowed = size > MAX_LONG_OCTAL && (inHeader === 0 || inHeader === MAX_LONG_OCTAL);
  if (size !== inHeader && !overflowed) {
    throw refuse(`has two sizes: ${inHeader} in its header, ${size} in its PAX header`);
  }
  if (kind !== 'file' && size !== 0) throw refuse(`is a ${kind}, but has a content of ${size} bytes`);
  return size;
}

function idOf(id: number, what: string, refuse: Refuse): number {
  if (id > MAX_ID) throw refuse(`has the ${what} ${id}, beyond ${MAX_ID}`);
  return id;
}

/** Makes paths of names; with `isLayer` also of those that start at the root. */
type ToPath = (text: string, what: string, refuse: Refuse) => string;

const rootedPath: ToPath = (text, what, refuse) => normalisePath(text.replace(/^\/+/, ''), what, refuse);

/** The target of a link; undefined for what is none. */
function targetOf(entry: EntryHeader, kind: TarKind, { toPath, refuse }: { toPath: ToPath; refuse: Refuse }) {
  const bytes = entry.pax.linkpath ?? entry.longLink ?? entry.header.link;
  if (kind !== 'symlink' && kind !== 'hardlink') {
    // Busybox makes a link of any member with a target.
    if (bytes.length > 0) throw refuse(`is a ${kind}, but has a link target`);
    return undefined;
  }
  // libarchive then sees no target.
  if (entry.longLink !== undefined && entry.header.link.length === 0) throw refuse('has a link target only before it');
  const text = decodeName(bytes, 'link target', refuse);
  return kind === 'symlink' ? text : toPath(text, 'link target', refuse);
}

function deviceOf({ header }: EntryHeader, kind: TarKind): Partial<TarMember> {
  const { deviceMajor, deviceMinor } = header;
  return kind === 'character-device' || kind === 'block-device' ? { deviceMajor, deviceMinor } : {};
}

/**
 * The member that a header, and the PAX header or GNU long names before it, stand for. Its path is `''` where it is the
 * directory that the archive is about (`./`). Throws `archive-ambiguous` or `archive-limit`.
 */
export function buildMember(
  entry: EntryHeader,
  isLayer: boolean,
): { readonly member: TarMember; readonly refuse: Refuse } {
  const toPath = isLayer ? rootedPath : normalisePath;
  const { header, pax } = entry;
  const name = pax.path ?? entry.longName ?? header.name;
  const refuse = refuserFor(name, header.offset);
  const endsInSlash = name.at(-1) === SLASH && name.length > 1;
  const text = decodeName(endsInSlash ? name.subarray(0, -1) : name, 'name', refuse);
  const path = toPath(text, 'name', refuse);
  const kind = kindOf(entry, endsInSlash, refuse);
  if (path === '' && kind !== 'directory') throw refuse(`is a ${kind} in place of the root directory`);
  const size = sizeOf(entry, kind, refuse);
  const linkTarget = targetOf(entry, kind, { toPath, refuse });
  if (header.mode > MAX_MODE) throw refuse(`has the mode ${header.mode.toString(8)}`);
  const member = {
    path,
    kind,
    mode: header.mode & 0o7777,
    uid: idOf(pax.uid ?? header.uid, 'user number', refuse),
    gid: idOf(pax.gid ?? header.gid, 'group number', refuse),
    mtime: pax.mtime ?? header.mtime,
    size,
    ...(linkTarget === undefined ? {} : { linkTarget }),
    ...(pax.xattrs.size === 0 ? {} : { xattrs: pax.xattrs }),
    ...deviceOf(entry, kind),
  };
  return { member, refuse };
}
