import type { Entry } from 'yauzl';
import { decodeUtf8 } from '../../util/index.js';
import { checkUnicodePath, checkZip64, readExtraFields } from './zip-fields.js';
import { memberRefuser, type RefuseMember } from './zip-refusal.js';

/** One member as the central directory tells of it. */
export interface ZipEntry {
  /** As in `TarMember`. */
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'symlink';
  readonly mode: number;
  readonly nameBytes: Buffer;
  readonly flags: number;
  readonly isDeflated: boolean;
  readonly crc: number;
  readonly packedSize: number;
  readonly size: number;
  /** Where its local header begins. */
  readonly position: number;
  /** Bytes that the central directory has for it. */
  readonly recordBytes: number;
  readonly refuse: RefuseMember;
}

/** Bits of the general purpose flags [APPNOTE 4.4.4]. */
export const DESCRIPTOR_FOLLOWS = 0x0008;
const IS_UTF8 = 0x0800;
/** Encryption, strong encryption, and a central directory that is encrypted; a patch. */
const REFUSED_FLAGS: readonly (readonly [bit: number, problem: string])[] = [
  [0x0001, 'is encrypted'],
  [0x0040, 'is encrypted'],
  [0x2000, 'is encrypted'],
  [0x0020, 'is a patch and no file'],
];

const METHODS: Readonly<Record<number, string>> = { 9: 'Deflate64', 12: 'bzip2', 14: 'LZMA', 93: 'zstd', 95: 'xz' };
const PATH_BYTES_MAX = 4096;

/** Systems whose external attributes hold a Unix mode: Unix and OS X [APPNOTE 4.4.2]. */
const UNIX_SYSTEMS: readonly number[] = [3, 19];
const FILE_TYPE = 0o170000;
const TYPES: ReadonlyMap<number, ZipEntry['kind']> = new Map([
  [0o100000, 'file'],
  [0o040000, 'directory'],
  [0o120000, 'symlink'],
]);

function nameOf(entry: Entry, refuse: RefuseMember): string {
  const bytes = entry.fileNameRaw;
  const hasUnicodePath = checkUnicodePath(readExtraFields(entry.extraFieldRaw, refuse), bytes, refuse);
  const name = decodeUtf8(bytes);
  if (name === undefined) throw refuse('has a name that is not UTF-8');
  const isSaid = (entry.generalPurposeBitFlag & IS_UTF8) !== 0 || hasUnicodePath;
  if (!isSaid && bytes.some((byte) => byte >= 0x80)) {
    throw refuse('has a name in UTF-8 without saying so, which others read as code page 437');
  }
  return name;
}

function pathOf(name: string, refuse: RefuseMember): string {
  if (name === '') throw refuse('has an empty name');
  if (name.includes('\0')) throw refuse('has a name with a NUL byte');
  if (name.includes('\\')) throw refuse('has a name with a backslash, which some take for a slash');
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name)) throw refuse('has an absolute name');
  if (Buffer.byteLength(name) > PATH_BYTES_MAX) {
    throw refuse(`has a name of more than ${PATH_BYTES_MAX} bytes`, 'archive-limit');
  }
  const path = name.replace(/\/$/, '');
  for (const part of path.split('/')) {
    if (part === '..') throw refuse('has a name with ".." in it');
    if (part === '' || part === '.') throw refuse('has a name with an empty part or "." in it');
  }
  return path;
}

function kindOf(name: string, mode: number, refuse: RefuseMember): ZipEntry['kind'] {
  const byName = name.endsWith('/') ? 'directory' : 'file';
  const type = mode & FILE_TYPE;
  if (type === 0) return byName;
  const kind = TYPES.get(type);
  if (kind === undefined) throw refuse('is a device, fifo or socket, which an image cannot hold', 'input-kind');
  if ((kind === 'directory') !== (byName === 'directory')) {
    throw refuse(`is a ${byName} by its name, and a ${kind} by its mode`);
  }
  return kind;
}

/** What yauzl read of the central directory, checked. @throws TbuildError `archive-ambiguous`, `archive-limit`, `input-kind` */
export function zipEntryOf(entry: Entry): ZipEntry {
  const { fileNameRaw: nameBytes, generalPurposeBitFlag: flags, compressionMethod: method } = entry;
  const position = entry.relativeOffsetOfLocalHeader;
  const refuse = memberRefuser(nameBytes, position);
  for (const [bit, problem] of REFUSED_FLAGS) if ((flags & bit) !== 0) throw refuse(problem);
  if (method !== 0 && method !== 8) {
    const named = METHODS[method] === undefined ? '' : ` (${METHODS[method]})`;
    throw refuse(`is compressed by method ${method}${named}; only stored and deflated ones can be read`, 'input-kind');
  }
  const name = nameOf(entry, refuse);
  const path = pathOf(name, refuse);
  const mode = UNIX_SYSTEMS.includes(entry.versionMadeBy >> 8) ? entry.externalFileAttributes >>> 16 : 0;
  const kind = kindOf(name, mode, refuse);
  const { uncompressedSize: size, compressedSize: packedSize } = entry;
  checkZip64(readExtraFields(entry.extraFieldRaw, refuse), [size, packedSize, position], refuse);
  if (kind === 'directory' && size !== 0) throw refuse('is a directory with content');
  if (method === 0 && size !== packedSize) throw refuse('is stored, and has two sizes');
  const usualMode = kind === 'directory' ? 0o755 : 0o644;
  const recordBytes = 46 + entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength;
  return {
    path,
    kind,
    mode: mode === 0 ? usualMode : mode & 0o7777,
    nameBytes,
    flags,
    isDeflated: method === 8,
    crc: entry.crc32,
    packedSize,
    size,
    position,
    recordBytes,
    refuse,
  };
}
