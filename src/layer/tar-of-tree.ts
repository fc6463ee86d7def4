import type { TarMember } from '../tar/index.js';
import type { Entry, FileEntry, FileTree } from '../tree/index.js';

function memberOf(entry: Entry, mtime: number): TarMember {
  const { path } = entry;
  if (entry.kind === 'whiteout') return { path, kind: 'file', mode: 0, uid: 0, gid: 0, mtime, size: 0 };
  const { mode, uid, gid, xattrs } = entry;
  const size = entry.kind === 'file' ? entry.size : 0;
  const member = { path, kind: entry.kind, mode, uid, gid, mtime, size };
  // Most entries are files and directories without attributes, and this is done for every one.
  if (xattrs === undefined && (entry.kind === 'file' || entry.kind === 'directory')) return member;
  const attributes = xattrs === undefined ? {} : { xattrs };
  if (entry.kind === 'symlink') return { ...member, ...attributes, linkTarget: entry.target };
  if (!('deviceMajor' in entry)) return { ...member, ...attributes };
  return { ...member, ...attributes, deviceMajor: entry.deviceMajor, deviceMinor: entry.deviceMinor };
}

/** A member of a layer's tar, and the file that its content is. */
export interface LayerTarMember {
  readonly member: TarMember;
  readonly entry: FileEntry | undefined;
}

/** The members of a layer's tar, in the order of the tree, all with one time (format 1, "Tar"). */
export function* tarOfTree(tree: FileTree, created: number): Generator<LayerTarMember> {
  for (const entry of tree.entries) {
    yield { member: memberOf(entry, created), entry: entry.kind === 'file' ? entry : undefined };
  }
}
