import type { Package } from './package.js';
import type { Dependency } from './relation.js';
import { namesOf, satisfies } from './satisfies.js';

/** Something that a package needs and no package satisfies. */
export interface UnmetDependency {
  readonly item: Package;
  readonly dependency: Dependency;
}

/** The first dependency of the packages that none of them satisfies; undefined where they are complete. */
export function unmetDependency(packages: readonly Package[]): UnmetDependency | undefined {
  const byName = new Map<string, Package[]>();
  for (const item of packages) for (const name of namesOf(item)) byName.set(name, [...(byName.get(name) ?? []), item]);
  const isMet = (dependency: Dependency): boolean =>
    dependency.some((relation) => byName.get(relation.name)?.some((item) => satisfies(item, relation)));
  for (const item of packages) {
    const dependency = [...item.preDepends, ...item.depends].find((each) => !isMet(each));
    if (dependency !== undefined) return { item, dependency };
  }
  return undefined;
}
