import { type AssembledLayer, Assembly } from './assembly.js';
import type { Entry } from './entry.js';
import type { FileTree } from './file-tree.js';

/** One declared content of a layer: a tree with paths as the user wrote them, symlinks of the base not yet followed. */
export interface Contribution {
  /**
   * May hold whiteouts: the directories of what they remove are followed through symlinks as those of every entry, the
   * last name is not.
   */
  readonly tree: FileTree;
  /** It may override what earlier contents of the layer, or directories of lower layers, have at its paths, or at some of them. */
  readonly replace: boolean | ((entry: Entry) => boolean);
}

/**
 * Puts the contents of one layer together on top of what lies below (`architecture.md`, "What the design must not
 * lose", 2 and 4): destinations are followed through symlinks of lower layers and of the layer itself, directories keep
 * the metadata they have below, equal entries merge, and two contents that claim one path differently are an error.
 *
 * What a content removes is not there any more for those after it: they may put something new at its place.
 *
 * @throws TbuildError `path-clash`, `path-conflict`
 */
export function assembleLayer(lower: FileTree, contributions: readonly Contribution[]): AssembledLayer {
  const assembly = new Assembly(lower);
  for (const { tree, replace } of contributions) {
    for (const entry of tree.entries) assembly.add(entry, typeof replace === 'function' ? replace(entry) : replace);
  }
  return assembly.finish();
}
