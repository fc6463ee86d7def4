import type { FileTree } from '../tree/index.js';
import { type Chunks, compareUtf8 } from '../util/index.js';

/** What stands at a path of a root file system. `other` is a device, fifo or socket. */
export type RootEntry =
  | {
      readonly kind: 'file';
      /** Bytes. */
      readonly size: number;
      /** Permission bits. */
      readonly mode: number;
      open(): Chunks;
    }
  | { readonly kind: 'directory' }
  | { readonly kind: 'symlink'; readonly target: string }
  | { readonly kind: 'other' };

/**
 * A root file system to look around in, whether it is a tree or a directory of this machine that nobody wants to list as
 * a whole. Paths are as those of tree entries: relative to the root, without `.` and `..`; empty for the root itself.
 */
export interface RootFiles {
  /** No symlink is followed, neither at the end nor on the way. Undefined where nothing is. */
  at(path: string): RootEntry | undefined;
  /** Names in a directory, sorted by their bytes; empty for what is no directory. */
  namesIn(directory: string): readonly string[];
}

/** The names in every directory, also in those that the tree only implies. */
function namesByDirectory(tree: FileTree): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, Set<string>>([['', new Set()]]);
  for (const { kind, path } of tree.entries) {
    if (kind === 'whiteout') continue;
    for (let child = path; child !== ''; ) {
      const slash = child.lastIndexOf('/');
      const parent = child.slice(0, Math.max(0, slash));
      const siblings = names.get(parent);
      if (siblings === undefined) names.set(parent, new Set([child.slice(slash + 1)]));
      else siblings.add(child.slice(slash + 1));
      if (siblings !== undefined) break;
      child = parent;
    }
  }
  return new Map([...names].map(([directory, found]) => [directory, [...found].sort(compareUtf8)]));
}

/** A tree as a root file system. */
export function rootFilesOf(tree: FileTree): RootFiles {
  const names = namesByDirectory(tree);
  return {
    at(path) {
      const entry = tree.get(path);
      if (entry === undefined || entry.kind === 'whiteout') return names.has(path) ? { kind: 'directory' } : undefined;
      return entry.kind === 'file' || entry.kind === 'directory' || entry.kind === 'symlink'
        ? entry
        : { kind: 'other' };
    },
    namesIn: (directory) => names.get(directory) ?? [],
  };
}
