import type { Package } from './package.js';
import type { Dependency, Relation } from './relation.js';
import { namesOf, satisfies } from './satisfies.js';

export interface PackageRequest<At> {
  readonly name: string;
  /** This one and no other. */
  readonly version?: string | undefined;
  readonly at?: At | undefined;
}

/** Something that has to be satisfied: a request, or a dependency of a package that was chosen. */
export interface Goal {
  readonly dependency: Dependency;
  /** Absent of a request. */
  readonly owner?: Chosen;
  /** The request itself, or the one that led here. */
  readonly request: PackageRequest<unknown>;
  /** A recommendation: without it if need be. */
  readonly isSoft: boolean;
}

export interface Chosen {
  readonly item: Package;
  readonly goal: Goal;
}

/** Why a package cannot be chosen: it and one that is chosen exclude each other. */
export interface Blocker {
  readonly chosen: Chosen;
  /** `version`: another version of the same package is chosen. */
  readonly kind: 'Conflicts' | 'Breaks' | 'version';
  /** Who declares it. */
  readonly by: 'candidate' | 'chosen';
  readonly relation?: Relation;
}

/** Something that cannot be satisfied. */
export interface DeadEnd {
  readonly goal: Goal;
  /** The package that would do but for `blocker`; both absent where there is none. */
  readonly candidate?: Package;
  readonly blocker?: Blocker;
}

interface Exclusion {
  readonly chosen: Chosen;
  readonly kind: 'Conflicts' | 'Breaks';
  readonly relation: Relation;
}

function* exclusionsOf(item: Package): Generator<Pick<Exclusion, 'kind' | 'relation'>> {
  for (const relation of item.conflicts) yield { kind: 'Conflicts', relation };
  for (const relation of item.breaks) yield { kind: 'Breaks', relation };
}

function push<T>(lists: Map<string, T[]>, name: string, value: T): void {
  const list = lists.get(name);
  if (list === undefined) lists.set(name, [value]);
  else list.push(value);
}

/** The packages that are chosen so far. The last one can be taken back. */
export class Selection {
  readonly #stack: Chosen[] = [];
  readonly #byName = new Map<string, Chosen>();
  readonly #byProvided = new Map<string, Chosen[]>();
  readonly #exclusions = new Map<string, Exclusion[]>();

  get chosen(): readonly Chosen[] {
    return this.#stack;
  }

  get(name: string): Chosen | undefined {
    return this.#byName.get(name);
  }

  add(chosen: Chosen): void {
    this.#stack.push(chosen);
    this.#byName.set(chosen.item.name, chosen);
    for (const name of namesOf(chosen.item)) push(this.#byProvided, name, chosen);
    for (const exclusion of exclusionsOf(chosen.item)) {
      push(this.#exclusions, exclusion.relation.name, { ...exclusion, chosen });
    }
  }

  removeLast(): void {
    const { item } = this.#stack.pop()!;
    this.#byName.delete(item.name);
    for (const name of namesOf(item)) this.#byProvided.get(name)!.pop();
    for (const { relation } of exclusionsOf(item)) this.#exclusions.get(relation.name)!.pop();
  }

  isSatisfied(relation: Relation): boolean {
    return this.#byProvided.get(relation.name)?.some(({ item }) => satisfies(item, relation)) === true;
  }

  /** The first reason why a package cannot be added. No package excludes itself, whatever it provides. */
  blockerOf(candidate: Package): Blocker | undefined {
    const other = this.#byName.get(candidate.name);
    if (other !== undefined) return { chosen: other, kind: 'version', by: 'chosen' };
    for (const { kind, relation } of exclusionsOf(candidate)) {
      const chosen = this.#byProvided.get(relation.name)?.find(({ item }) => satisfies(item, relation));
      if (chosen !== undefined) return { chosen, kind, by: 'candidate', relation };
    }
    for (const name of namesOf(candidate)) {
      const found = this.#exclusions.get(name)?.find(({ relation }) => satisfies(candidate, relation));
      if (found !== undefined) return { ...found, by: 'chosen' };
    }
    return undefined;
  }
}
