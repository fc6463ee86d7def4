import { fail, type SourceSpan } from '../errors/index.js';
import { digestOf } from '../oci/index.js';
import { type FileEntry, type FileTree, type Origin, resolvePath } from '../tree/index.js';
import { collect } from '../util/index.js';

/** A file of the image that a content changes, or makes where there is none. */
export interface HeldFile {
  /** Where it really is: symlinks are followed, also one at the end. */
  readonly path: string;
  /** As it is below. */
  readonly before: FileEntry | undefined;
}

/** Databases of accounts and bundles of certificates are far smaller. */
const LIMIT_BYTES = 16 * 1024 * 1024;
const MODE = 0o644;

/** @throws TbuildError `path-conflict` where something stands at the path that is no file */
export function findHeldFile(path: string, below: FileTree, at: SourceSpan): HeldFile {
  const found = resolvePath(path, (place) => below.get(place));
  const shown = JSON.stringify(`/${path}`);
  if (found.kind === 'loop') {
    const message = `Cannot change ${shown}: it leads through symlinks in a circle`;
    throw fail('path-conflict', { message, at, details: { path: `/${path}` } });
  }
  const entry = found.kind === 'blocked' ? found.blocker : found.entry;
  if (found.kind === 'place' && entry === undefined && found.path !== '')
    return { path: found.path, before: undefined };
  if (found.kind === 'place' && entry?.kind === 'file') return { path: found.path, before: entry };
  const what = entry === undefined ? 'the root' : `a ${entry.kind.replace('-', ' ')} from ${entry.origin.label}`;
  const message = `Cannot change ${shown}: ${JSON.stringify(`/${entry?.path ?? ''}`)} is ${what}`;
  throw fail('path-conflict', { message, at, details: { path: `/${path}` } });
}

/** The bytes of a file below. @throws TbuildError `input-limit` */
export async function readHeldFile(file: FileEntry, at: SourceSpan): Promise<Uint8Array> {
  const { path, size } = file;
  if (size > LIMIT_BYTES) {
    const message = `${JSON.stringify(`/${path}`)} has ${size} bytes, more than the ${LIMIT_BYTES} that can be merged with`;
    throw fail('input-limit', { message, at, details: { path: `/${path}` } });
  }
  return collect(file.open(), LIMIT_BYTES);
}

/** The file with other bytes: owner, mode and attributes stay; a new one is root's, readable by all. */
export function rewritten({ path, before }: HeldFile, bytes: Uint8Array, origin: Origin): FileEntry {
  const { mode, uid, gid, xattrs } = before ?? { mode: MODE, uid: 0, gid: 0 };
  const facts = { mode, uid, gid, ...(xattrs !== undefined && { xattrs }) };
  const open = (): readonly Uint8Array[] => (bytes.length === 0 ? [] : [bytes]);
  return { ...facts, kind: 'file', path, size: bytes.length, digest: digestOf(bytes), open, origin };
}
