import { compareUtf8, lazy } from '../util/index.js';
import { ancestorsOf } from './ancestors.js';
import type { DirectoryEntry, Entry } from './entry.js';
import { type FileTree, treeOf } from './file-tree.js';
import { HiddenPaths } from './hidden-paths.js';

/** Which lower paths a layer hides: what whiteouts remove, and what lies below directories that are none any more. */
function hiddenBy(lower: FileTree, layer: FileTree): HiddenPaths {
  const hidden = new HiddenPaths();
  for (const entry of layer.entries) {
    if (entry.kind === 'whiteout') {
      if (entry.opaque) hidden.addBelow(entry.removes);
      else hidden.addWhole(entry.removes);
    } else if (entry.kind !== 'directory' && lower.get(entry.path)?.kind === 'directory') {
      hidden.addBelow(entry.path);
    }
  }
  return hidden;
}

/**
 * Directories that a layer does not list but makes, because something lies below them, where lower layers leave no
 * directory. A whiteout makes one only in place of something else: where nothing is, runtimes differ.
 */
function* madeParents(lower: FileTree, layer: FileTree, hidden: HiddenPaths): Generator<DirectoryEntry> {
  const made = new Set<string>();
  for (const entry of layer.entries) {
    for (const path of ancestorsOf(entry.path)) {
      if (made.has(path) || layer.get(path) !== undefined) break;
      const below = hidden.has(path) ? undefined : lower.get(path)?.kind;
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
  const kept = lower.entries.filter((entry) => !hidden.has(entry.path));
  return treeOf(merge(kept, upper));
}

/** What `overlay` gives of a layer that lists its parents, without listing what lies below before somebody asks for all of it. */
export function overlayView(lower: FileTree, layer: FileTree): FileTree {
  const hidden = lazy(() => hiddenBy(lower, layer));
  const whole = lazy(() => overlay(lower, layer));
  return {
    get entries() {
      return whole().entries;
    },
    get(path) {
      const upper = layer.get(path);
      if (upper !== undefined && upper.kind !== 'whiteout') return upper;
      return hidden().has(path) ? undefined : lower.get(path);
    },
  };
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
