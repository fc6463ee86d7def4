import { compareUtf8, lazy } from '../util/index.js';
import { compareVersions } from './compare-versions.js';
import type { Package } from './package.js';
import type { Relation } from './relation.js';
import { namesOf, satisfies } from './satisfies.js';

export interface PoolContents {
  /** `amd64`. */
  readonly architecture: string;
  /** In the order of their sources. */
  readonly available: readonly Package[];
  readonly held: readonly Package[];
}

const PRIORITIES = ['required', 'important', 'standard', 'optional'];

function rankOf({ priority }: Package): number {
  const rank = PRIORITIES.indexOf(priority);
  return rank < 0 ? PRIORITIES.length : rank;
}

const lateness = ({ isAutomatic }: Package): number => (isAutomatic === false ? 1 : 0);

/** All packages that can be chosen, by name and by what they provide. */
export class PackagePool {
  /**
   * Of each name the version that is held, then the newest first, and of equal ones that of the first source. Those of
   * archives that are not automatic come after all others, as with apt.
   */
  readonly #byName = new Map<string, Package[]>();
  readonly #providers = lazy(() => this.#collectProviders());
  readonly #held: ReadonlyMap<string, Package>;

  constructor({ architecture, available, held }: PoolContents) {
    this.#held = new Map(held.map((item) => [item.name, item]));
    for (const item of [...held, ...available]) {
      if (item.architecture !== architecture && item.architecture !== 'all') continue;
      const others = this.#byName.get(item.name);
      if (others === undefined) this.#byName.set(item.name, [item]);
      else others.push(item);
    }
    for (const versions of this.#byName.values()) if (versions.length > 1) this.#order(versions);
  }

  #order(versions: Package[]): void {
    const held = this.#held.get(versions[0]!.name);
    versions.sort(
      (a, b) =>
        Number(b === held) - Number(a === held) || lateness(a) - lateness(b) || compareVersions(b.version, a.version),
    );
    const kept = versions.filter(
      (item, index) => versions.findIndex(({ version }) => version === item.version) === index,
    );
    versions.splice(0, versions.length, ...kept);
  }

  #collectProviders(): ReadonlyMap<string, readonly Package[]> {
    const providers = new Map<string, Package[]>();
    for (const item of this) {
      for (const name of namesOf(item).slice(1)) {
        const others = providers.get(name);
        if (others === undefined) providers.set(name, [item]);
        else others.push(item);
      }
    }
    return providers;
  }

  *[Symbol.iterator](): Generator<Package> {
    for (const versions of this.#byName.values()) yield* versions;
  }

  names(): Iterable<string> {
    return this.#byName.keys();
  }

  versions(name: string): readonly Package[] {
    return this.#byName.get(name) ?? [];
  }

  /** Those that provide a name and have another: automatic ones, by priority as apt prefers them, by name, as `versions`. */
  providers(name: string): readonly Package[] {
    const items = this.#providers().get(name) ?? [];
    return [...items].sort((a, b) => lateness(a) - lateness(b) || rankOf(a) - rankOf(b) || compareUtf8(a.name, b.name));
  }

  /** What satisfies a relation, the best first. */
  candidates(relation: Relation): readonly Package[] {
    return [...this.versions(relation.name), ...this.providers(relation.name)].filter((item) =>
      satisfies(item, relation),
    );
  }
}
