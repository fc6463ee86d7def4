import { compareUtf8, lazy } from '../util/index.js';
import type { Entry } from './entry.js';

/**
 * The one language for contents: an immutable set of entries, one per path, sorted by the UTF-8 bytes of the path
 * (so parents come first). Inputs, built layers, base layers and both sides of a diff are FileTrees.
 */
export interface FileTree {
  readonly entries: readonly Entry[];
  get(path: string): Entry | undefined;
}

class SortedTree implements FileTree {
  readonly entries: readonly Entry[];
  #byPath: Map<string, Entry> | undefined;

  constructor(entries: readonly Entry[]) {
    this.entries = entries;
  }

  get(path: string): Entry | undefined {
    this.#byPath ??= new Map(this.entries.map((entry) => [entry.path, entry]));
    return this.#byPath.get(path);
  }
}

/** A tree of these entries. Two entries with one path are a bug in the caller: RangeError. */
export function treeOf(entries: Iterable<Entry>): FileTree {
  const sorted = [...entries].sort((a, b) => compareUtf8(a.path, b.path));
  for (let i = 1; i < sorted.length; i++) {
    if (sorted[i]!.path === sorted[i - 1]!.path)
      throw new RangeError(`two entries for ${JSON.stringify(sorted[i]!.path)}`);
  }
  return new SortedTree(sorted);
}

/** A tree that is made when somebody looks into it. */
export function lazyTree(make: () => FileTree): FileTree {
  const tree = lazy(make);
  return {
    get entries() {
      return tree().entries;
    },
    get: (path) => tree().get(path),
  };
}

export const emptyTree: FileTree = new SortedTree([]);
