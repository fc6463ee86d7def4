import { compareUtf8 } from '../util/index.js';
import type { Entry } from './entry.js';
import { differencesOf } from './facts.js';
import type { FileTree } from './file-tree.js';

/** One path that is not the same in two trees. At least one side is there. */
export interface TreeDifference {
  readonly path: string;
  readonly before: Entry | undefined;
  readonly after: Entry | undefined;
  /** See `differencesOf`; empty where only one side is there. */
  readonly differs: readonly string[];
}

/** Every path at which the trees differ, in tree order. Plan, diff and verify share it. */
export function* diffTrees(before: FileTree, after: FileTree): Generator<TreeDifference> {
  const left = before.entries;
  const right = after.entries;
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    const a = left[i];
    const b = right[j];
    const order = a === undefined ? 1 : b === undefined ? -1 : compareUtf8(a.path, b.path);
    if (order < 0) {
      i++;
      yield { path: a!.path, before: a, after: undefined, differs: [] };
    } else if (order > 0) {
      j++;
      yield { path: b!.path, before: undefined, after: b, differs: [] };
    } else {
      i++;
      j++;
      const differs = differencesOf(a!, b!);
      if (differs.length > 0) yield { path: a!.path, before: a, after: b, differs };
    }
  }
}
