import type { ManifestPath } from './build-manifest.js';
import type { ManifestText } from './manifest-text.js';
import type { Problems } from './problems.js';
import {
  membersOf,
  nearestNode,
  type Plain,
  placeOf,
  quote,
  renderPath,
  type SourceNode,
  valueAt,
} from './source-node.js';

/** A text or number that may stand once, and where it stands. */
export interface Named {
  readonly path: ManifestPath;
  readonly name: string | number;
}

/** Of two that are the same, the second and the first. */
export type Repetition = readonly [second: Named, first: Named];

/** The paths that fit a pattern, in which `*` stands for any key or position. */
export function pathsOf(value: Plain | undefined, pattern: ManifestPath, path: ManifestPath = []): ManifestPath[] {
  const [step, ...rest] = pattern;
  if (step === undefined) return [path];
  if (step === '*') return membersOf(value).flatMap(([key, member]) => pathsOf(member, rest, [...path, key]));
  const member = valueAt(value, [step]);
  return member === undefined ? [] : pathsOf(member, rest, [...path, step]);
}

/** The texts of a list. */
export function namesIn(value: Plain, list: ManifestPath): readonly Named[] {
  const items = valueAt(value, list);
  if (!Array.isArray(items)) return [];
  return membersOf(items)
    .filter((member): member is [number, string] => typeof member[1] === 'string')
    .map(([index, name]) => ({ path: [...list, index], name }));
}

/** For each name that is there already, itself and the first; names are the same where `sameAs` gives the same. */
export function repeated(names: readonly Named[], sameAs: (name: string) => string = (name) => name): Repetition[] {
  const first = new Map<string, Named>();
  const pairs: Repetition[] = [];
  for (const named of names) {
    const key = sameAs(String(named.name));
    const before = first.get(key);
    if (before === undefined) first.set(key, named);
    else pairs.push([named, before]);
  }
  return pairs;
}

export interface Duplicates {
  readonly source: ManifestText;
  readonly top: SourceNode;
  readonly problems: Problems;
}

const shown = (name: string | number): string => (typeof name === 'number' ? String(name) : quote(name));

/** Reports what is written twice; of two, the second. */
export function reportDuplicates(pairs: readonly Repetition[], { source, top, problems }: Duplicates): void {
  for (const [named, first] of pairs) {
    const { path, name } = named;
    const same = name === first.name ? 'is there already' : `is the same as ${shown(first.name)}`;
    const message = `${renderPath(path)} is ${shown(name)}, which ${same}`;
    const at = source.spanOf(placeOf(nearestNode(top, first.path).node));
    problems.report(top, path, {
      code: 'manifest-duplicate',
      message,
      related: [{ message: 'first written here', at }],
    });
  }
}
