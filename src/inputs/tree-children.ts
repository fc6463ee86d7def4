import type { Entry, FileTree } from '../tree/index.js';
import type { Selectable } from './selector.js';

/** An entry of a tree with the path that patterns see. */
export interface TreeItem extends Selectable {
  readonly entry: Entry;
}

/** What is directly in each directory, by the directory's path; the top is empty. */
export type TreeChildren = ReadonlyMap<string, readonly TreeItem[]>;

/** The items by the directory that holds them. */
export function childrenOf(items: Iterable<TreeItem>): TreeChildren {
  const children = new Map<string, TreeItem[]>();
  for (const item of items) {
    const parent = item.path.slice(0, Math.max(0, item.path.lastIndexOf('/')));
    const siblings = children.get(parent) ?? [];
    siblings.push(item);
    children.set(parent, siblings);
  }
  return children;
}

/** What is directly in each directory below `top`, with paths relative to it. */
export function childrenBelow(top: string, tree: FileTree): TreeChildren {
  const prefix = top === '' ? '' : `${top}/`;
  const below = tree.entries.filter(({ path }) => path.startsWith(prefix));
  return childrenOf(
    below.map((entry) => ({ path: entry.path.slice(prefix.length), isDirectory: entry.kind === 'directory', entry })),
  );
}
