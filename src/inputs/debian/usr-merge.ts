import { type Entry, type FileTree, type Origin, resolveDirectory, treeOf } from '../../tree/index.js';

/** Directories of the root that are symlinks into /usr since Debian 12 (Policy 10.1); `usr/lib` is what /lib leads to. */
const ALWAYS = ['bin', 'lib', 'sbin'];
/** These only where some package has something there. */
const WHERE_USED = ['lib32', 'lib64', 'libx32'];

/** How the directories of the root lead into /usr. */
export interface UsrMerge {
  /** The symlinks that the image lacks. */
  readonly missing: FileTree;
  /** The symlinks that it has. */
  readonly present: FileTree;
  /** Where a path of a package is in the end: `bin/sh` is `usr/bin/sh`. */
  placeOf(path: string): string;
}

/**
 * A real directory that the image has in such a place stays as it is, with all that packages put there, and so does a
 * symlink that leads elsewhere.
 *
 * @param origin of the symlinks that are made
 */
export function planUsrMerge(below: FileTree, trees: readonly FileTree[], origin: Origin): UsrMerge {
  const missing: Entry[] = [];
  const present: Entry[] = [];
  const isUsed = (name: string): boolean => {
    const starts = [`${name}/`, `usr/${name}/`];
    return trees.some(({ entries }) => entries.some(({ path }) => starts.some((start) => path.startsWith(start))));
  };
  for (const name of [...ALWAYS, ...WHERE_USED.filter(isUsed)]) {
    const there = below.get(name);
    if (there === undefined) {
      missing.push({ kind: 'symlink', path: name, mode: 0o777, uid: 0, gid: 0, target: `usr/${name}`, origin });
    } else if (there.kind === 'symlink') {
      const end = resolveDirectory(name, (path) => below.get(path));
      if (end.kind === 'directory' && end.path === `usr/${name}`) present.push(there);
    }
  }
  const merged = new Set([...missing, ...present].map(({ path }) => path));
  return {
    missing: treeOf(missing),
    present: treeOf(present),
    placeOf: (path) => (merged.has(path.slice(0, path.indexOf('/'))) ? `usr/${path}` : path),
  };
}
