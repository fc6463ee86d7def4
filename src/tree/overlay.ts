import { compareUtf8 } from '../util/index.js';
import type { DirectoryEntry, Entry } from './entry.js';
import { type FileTree, treeOf } from './file-tree.js';

/** `a/b/c` → `a/b`; empty for a path directly below the root. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

/** Paths above `path`, nearest first, without the root. */
export function* ancestorsOf(path: string): Generator<string> {
  for (let parent = parentOf(path); parent !== ''; parent = parentOf(parent)) yield parent;
}

/** Which lower paths a layer hides: single ones with all below them, and what lies below opaque directories. */
function hiddenBy(lower: FileTree, layer: FileTree): (path: string) => boolean {
  const whole = new Set<string>();
  const below = new Set<string>();
  for (const entry of layer.entries) {
    if (entry.kind === 'whiteout') (entry.opaque ? below : whole).add(entry.removes);
    else if (entry.kind !== 'directory' && lower.get(entry.path)?.kind === 'directory') below.add(entry.path);
  }
  if (below.has('')) return () => true;
  if (whole.size + below.size === 0) return () => false;
  return (path) => {
    if (whole.has(path)) return true;
    for (const parent of ancestorsOf(path)) if (whole.has(parent) || below.has(parent)) return true;
    return false;
  };
}

/**
 * Directories that a layer does not list but makes, because something lies below them, where lower layers leave no
 * directory. A whiteout makes one only in place of something else: where nothing is, runtimes differ.
 */
function* madeParents(lower: FileTree, layer: FileTree, hidden: (path: string) => boolean): Generator<DirectoryEntry> {
  const made = new Set<string>();
  for (const entry of layer.entries) {
    for (const path of ancestorsOf(entry.path)) {
      if (made.has(path) || layer.get(path) !== undefined) break;
      const below = hidden(path) ? undefined : lower.get(path)?.kind;
      if (below === 'directory' || (below === undefined && entry.kind === 'whiteout')) continue;
      made.add(path);
      yield { kind: 'directory', path, mode: 0o755, uid: 0, gid: 0, claim: 'implied', origin: entry.origin };
    }
  }
}

/**
 * What a runtime sees after `layer` was put on top of `lower`: whiteouts applied and gone, directories merged with the
 * upper one's metadata, everything else replaced (OCI image-spec, "Applying Changesets").
 */
export function overlay(lower: FileTree, layer: FileTree): FileTree {
  const upper = layer.entries.filter((entry) => entry.kind !== 'whiteout');
  const hidden = hiddenBy(lower, layer);
  const parents = [...madeParents(lower, layer, hidden)];
  if (parents.length > 0) return overlay(lower, treeOf([...layer.entries, ...parents]));
  if (lower.entries.length === 0) return upper.length === layer.entries.length ? layer : treeOf(upper);
  const kept = lower.entries.filter((entry) => !hidden(entry.path));
  return treeOf(merge(kept, upper));
}

/** Both lists are sorted; of two entries with one path the upper one stays. */
function merge(lower: readonly Entry[], upper: readonly Entry[]): Entry[] {
  const merged: Entry[] = [];
  let i = 0;
  for (const entry of upper) {
    while (i < lower.length && compareUtf8(lower[i]!.path, entry.path) < 0) merged.push(lower[i++]!);
    if (i < lower.length && lower[i]!.path === entry.path) i++;
    merged.push(entry);
  }
  while (i < lower.length) merged.push(lower[i++]!);
  return merged;
}
