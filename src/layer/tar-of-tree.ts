import type { TarMember, TarSource } from '../tar/index.js';
import type { Entry, FileTree } from '../tree/index.js';

function memberOf(entry: Entry, mtime: number): TarMember {
  const { path } = entry;
  if (entry.kind === 'whiteout') return { path, kind: 'file', mode: 0, uid: 0, gid: 0, mtime, size: 0 };
  const { mode, uid, gid, xattrs } = entry;
  const facts = { path, mode, uid, gid, mtime, size: 0, ...(xattrs === undefined ? {} : { xattrs }) };
  switch (entry.kind) {
    case 'file':
      return { ...facts, kind: 'file', size: entry.size };
    case 'directory':
      return { ...facts, kind: 'directory' };
    case 'symlink':
      return { ...facts, kind: 'symlink', linkTarget: entry.target };
    default:
      return { ...facts, kind: entry.kind, deviceMajor: entry.deviceMajor, deviceMinor: entry.deviceMinor };
  }
}

/** The members of a layer's tar, in the order of the tree, all with one time (format 1, "Tar"). */
export function* tarOfTree(tree: FileTree, created: number): Generator<TarSource> {
  for (const entry of tree.entries) {
    const member = memberOf(entry, created);
    yield entry.kind === 'file' ? { member, open: () => entry.open() } : { member };
  }
}
