import { packageGroup } from '../inputs/index.js';
import type { LayerDeclaration } from '../manifest/index.js';
import { type FileTree, splitLayer } from '../tree/index.js';
import { compareUtf8 } from '../util/index.js';

/** The parts of a declared layer, each a layer of the image: those of packages by name, and last what is of no package. */
export function partsOf({ name, split }: LayerDeclaration, tree: FileTree): readonly (readonly [string, FileTree])[] {
  if (split === undefined) return [[name, tree]];
  const parts: (readonly [string, FileTree])[] = [];
  let rest: FileTree | undefined;
  for (const [group, part] of splitLayer(tree, packageGroup(split))) {
    if (group === undefined) rest = part;
    else parts.push([`${name}/${group}`, part]);
  }
  parts.sort(([a], [b]) => compareUtf8(a, b));
  return rest === undefined && parts.length > 0 ? parts : [...parts, [name, rest ?? tree]];
}
