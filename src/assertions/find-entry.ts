import { type Entry, type FileTree, resolveDirectory, resolvePath } from '../tree/index.js';

export type PresentEntry = Exclude<Entry, { kind: 'whiteout' }>;

/** What is at a path of an image; `why` it is nothing, where that is not just so. */
export type Found = { readonly entry: PresentEntry } | { readonly entry: undefined; readonly why?: string };

/** No layer needs to say anything about the root, and runtimes make it so. */
const ROOT: PresentEntry = {
  kind: 'directory',
  path: '',
  mode: 0o755,
  uid: 0,
  gid: 0,
  claim: 'implied',
  origin: { kind: 'parent', label: 'the root' },
};

const KINDS: Readonly<Record<PresentEntry['kind'], string>> = {
  file: 'a file',
  directory: 'a directory',
  symlink: 'a symlink',
  'character-device': 'a character device',
  'block-device': 'a block device',
  fifo: 'a fifo',
};

/** An entry in words: `a symlink to "busybox"`. */
export function describeEntry(entry: PresentEntry): string {
  return entry.kind === 'symlink' ? `a symlink to ${JSON.stringify(entry.target)}` : KINDS[entry.kind];
}

const inLoop = { entry: undefined, why: 'the symlinks on the way lead in a circle' } as const;

const blockedBy = (blocker: Entry): Found => ({
  entry: undefined,
  why: `${JSON.stringify(`/${blocker.path}`)} on the way is no directory`,
});

function at(tree: FileTree, path: string): Found {
  if (path === '') return { entry: ROOT };
  const entry = tree.get(path);
  return { entry: entry?.kind === 'whiteout' ? undefined : entry };
}

/** What the last name of an absolute path is itself; symlinks before it are followed. */
export function findEntry(tree: FileTree, path: string): Found {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  const last = names.pop();
  if (last === undefined) return { entry: ROOT };
  if (last === '..') return findTarget(tree, path);
  const parent = resolveDirectory(names.join('/'), (name) => tree.get(name));
  if (parent.kind === 'loop') return inLoop;
  if (parent.kind === 'blocked') return blockedBy(parent.blocker);
  return at(tree, parent.path === '' ? last : `${parent.path}/${last}`);
}

/** What an absolute path leads to, symlinks followed to the end. */
export function findTarget(tree: FileTree, path: string): Found {
  const place = resolvePath(path, (name) => tree.get(name));
  if (place.kind === 'loop') return inLoop;
  return place.kind === 'blocked' ? blockedBy(place.blocker) : at(tree, place.path);
}
