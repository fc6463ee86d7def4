import { compareUtf8 } from '../util/index.js';
import type { Package } from './package.js';
import { namesOf, satisfies } from './satisfies.js';

/**
 * Why each package is there: by name, the names from one that is asked for to the package, as short as they can be; of equally
 * short ones the first as requests and dependencies are written. An essential package that nothing leads to stands for
 * itself. A package that is there for no reason that can be seen is left out.
 */
export function explainPackages(
  packages: readonly Package[],
  requests: readonly { readonly name: string }[],
  recommends: boolean,
): ReadonlyMap<string, readonly string[]> {
  const sorted = [...packages].sort((a, b) => compareUtf8(a.name, b.name));
  const byName = new Map(sorted.map((item) => [item.name, item]));
  const byProvided = new Map<string, Package[]>();
  for (const item of sorted) {
    for (const name of namesOf(item)) byProvided.set(name, [...(byProvided.get(name) ?? []), item]);
  }
  const why = new Map<string, readonly string[]>();
  const queue: Package[] = [];
  const reach = (item: Package | undefined, before: readonly string[]): void => {
    if (item === undefined || why.has(item.name)) return;
    why.set(item.name, [...before, item.name]);
    queue.push(item);
  };
  const walk = (): void => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      const chain = why.get(item.name)!;
      const dependencies = [...item.preDepends, ...item.depends, ...(recommends ? item.recommends : [])];
      for (const relation of dependencies.flat()) {
        for (const other of byProvided.get(relation.name) ?? []) if (satisfies(other, relation)) reach(other, chain);
      }
    }
  };
  for (const { name } of requests) reach(byName.get(name), []);
  walk();
  for (const item of sorted) if (item.isEssential) reach(item, []);
  walk();
  return why;
}
