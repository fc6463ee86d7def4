import { compareUtf8 } from '../util/index.js';
import { ancestorsOf, parentOf } from './ancestors.js';
import type { Entry } from './entry.js';
import { type FileTree, treeOf } from './file-tree.js';

/** True for what lies in a directory whose old contents the layer removes: on top of that removal it would be lost. */
function isRemade(path: string, emptied: ReadonlySet<string>): boolean {
  if (emptied.size === 0) return false;
  if (emptied.has('') || emptied.has(path)) return true;
  for (const parent of ancestorsOf(path)) if (emptied.has(parent)) return true;
  return false;
}

function groupsOf(tree: FileTree, groupOf: (entry: Entry) => string | undefined): Map<string | undefined, Entry[]> {
  const emptied = new Set(
    tree.entries.flatMap((entry) => (entry.kind === 'whiteout' && entry.opaque ? entry.removes : [])),
  );
  const parents = new Set(tree.entries.map((entry) => parentOf(entry.path)));
  const groups = new Map<string | undefined, Entry[]>();
  for (const entry of tree.entries) {
    if (entry.kind === 'directory' && parents.has(entry.path)) continue;
    const staysInRest = entry.kind === 'whiteout' || isRemade(entry.path, emptied);
    const group = staysInRest ? undefined : groupOf(entry);
    const members = groups.get(group) ?? [];
    members.push(entry);
    groups.set(group, members);
  }
  return groups;
}

/** The entries, with every directory above them as the tree has it. */
function withParents(members: readonly Entry[], tree: FileTree): FileTree {
  const entries = new Map<string, Entry>();
  for (const member of members) {
    entries.set(member.path, member);
    for (const path of ancestorsOf(member.path)) {
      if (entries.has(path)) break;
      const parent = tree.get(path);
      if (parent !== undefined) entries.set(path, parent);
    }
  }
  return treeOf(entries.values());
}

/**
 * Spreads an assembled layer over several, one for each group and one, under undefined, for what `groupOf` gives no
 * group. On any lower layers, in any order, the parts give what the whole gives: each has the directories above its
 * entries, and removals stay in the rest together with all that is put into directories which they empty. A directory
 * goes where something in it goes; only an empty one is asked for its group.
 *
 * @returns sorted by the UTF-8 bytes of the group, the rest last; no part is empty
 */
export function splitLayer(
  tree: FileTree,
  groupOf: (entry: Entry) => string | undefined,
): ReadonlyMap<string | undefined, FileTree> {
  const groups = [...groupsOf(tree, groupOf)].sort(([a], [b]) => {
    if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1;
    return compareUtf8(a, b);
  });
  return new Map(groups.map(([group, members]) => [group, withParents(members, tree)]));
}
