import type { FileTree, Origin } from '../tree/index.js';
import { compareUtf8 } from '../util/index.js';
import type { Reason } from './plan.js';

/** What a reason is about: a file that another file needs, or the whole package that brought the entry. */
function subjectOf({ package: owner, why }: Origin, path: string): string {
  const isOfFile = owner === undefined || why?.startsWith('/') === true;
  return isOfFile ? `/${path}` : `package ${owner.name} ${owner.version}`;
}

/** Why things are in a layer that nobody asked for by name; each package once. */
export function reasonsOf(tree: FileTree | undefined): readonly Reason[] {
  const reasons = new Map<string, string>();
  for (const { kind, path, origin } of tree?.entries ?? []) {
    // A directory may be there for the sake of what is below it, as a lower layer has it.
    if (kind !== 'directory' && origin.why !== undefined) reasons.set(subjectOf(origin, path), origin.why);
  }
  return [...reasons].map(([what, why]) => ({ what, why })).sort((a, b) => compareUtf8(a.what, b.what));
}
