import { type Failure, Nogoods } from './nogoods.js';
import type { Package } from './package.js';
import type { PackagePool } from './package-pool.js';
import type { Relation } from './relation.js';
import { type Chosen, type DeadEnd, type Goal, Selection } from './selection.js';

export interface SearchRules {
  readonly pool: PackagePool;
  /** True of what counts as satisfied though nothing is chosen for it. */
  isExcluded(relation: Relation): boolean;
  readonly recommends: boolean;
}

export type SearchResult =
  | { readonly kind: 'found'; readonly packages: readonly Package[] }
  /** With the first dead end, which the most preferred packages lead to. */
  | { readonly kind: 'none' | 'limit'; readonly deadEnd: DeadEnd };

/** A list that shares its end with others. */
type Goals = { readonly goal: Goal; readonly next: Goals } | undefined;

/** What is still to do; `soft` comes after all else, and has the last one first. */
interface Todo {
  readonly hard: Goals;
  readonly soft: Goals;
}

interface Frame {
  readonly goal: Goal;
  /** What comes after the goal. */
  readonly rest: Todo;
  readonly candidates: Iterator<Package>;
  /** The chosen packages without which this goal could be reached or satisfied. */
  readonly blame: Set<Chosen>;
  deadEnd?: DeadEnd;
  chosen?: Chosen;
}

/** Packages that may be tried. Real requests try little more than they choose. */
const TRIES_MAX = 100_000;

function reversed(goals: Goals): Goals {
  let result: Goals;
  for (let rest = goals; rest !== undefined; rest = rest.next) result = { goal: rest.goal, next: result };
  return result;
}

/**
 * Depth first, in the order in which dependencies are written, the first alternative first. A goal that nothing satisfies is
 * taken back to the last choice that has to do with it (conflict-directed backjumping), so that choices which do
 * not matter are not tried in all their combinations. What such a dead end shows is kept.
 */
class Search {
  readonly #selection = new Selection();
  readonly #nogoods = new Nogoods();
  readonly #frames: Frame[] = [];
  readonly #rules: SearchRules;
  #tries = 0;
  #firstDeadEnd?: DeadEnd;

  constructor(rules: SearchRules) {
    this.#rules = rules;
  }

  run(goals: readonly Goal[]): SearchResult {
    let todo: Todo | Failure = { hard: this.#prepend(goals, undefined), soft: undefined };
    for (;;) {
      const open = this.#nextOpen(todo);
      if (open === undefined) return { kind: 'found', packages: this.#selection.chosen.map(({ item }) => item) };
      this.#frames.push(open);
      todo = this.#advance();
      if (this.#tries > TRIES_MAX) return { kind: 'limit', deadEnd: this.#firstDeadEnd ?? { goal: open.goal } };
      if ('blame' in todo) return { kind: 'none', deadEnd: todo.deadEnd };
    }
  }

  #prepend(goals: readonly Goal[], next: Goals): Goals {
    return goals.reduceRight<Goals>((rest, goal) => ({ goal, next: rest }), next);
  }

  #isSatisfied({ dependency, owner, request }: Goal): boolean {
    // What is asked for by name must be there itself.
    if (owner === undefined) return this.#isRequestMet(request.name, request.version);
    return dependency.some((relation) => this.#selection.isSatisfied(relation) || this.#rules.isExcluded(relation));
  }

  #isRequestMet(name: string, version: string | undefined): boolean {
    const chosen = this.#selection.get(name);
    return chosen !== undefined && (version === undefined || version === chosen.item.version);
  }

  #nextOpen(todo: Todo): Frame | undefined {
    let { hard, soft } = todo;
    for (;;) {
      while (hard !== undefined && this.#isSatisfied(hard.goal)) hard = hard.next;
      if (hard !== undefined) break;
      if (soft === undefined) return undefined;
      hard = reversed(soft);
      soft = undefined;
    }
    const { goal, next } = hard;
    const blame = new Set(goal.owner === undefined ? [] : [goal.owner]);
    return { goal, rest: { hard: next, soft }, candidates: this.#candidates(goal), blame };
  }

  *#candidates({ dependency, owner, request: { name, version } }: Goal): Generator<Package> {
    const { pool } = this.#rules;
    if (owner !== undefined) for (const relation of dependency) yield* pool.candidates(relation);
    else yield* pool.versions(name).filter((item) => version === undefined || item.version === version);
  }

  /** Chooses the next candidate of the last frame, or of one before it; then what is to do with it chosen. */
  #advance(): Todo | Failure {
    for (let frame = this.#frames.at(-1)!; ; ) {
      const todo = this.#tryNext(frame);
      if (todo !== undefined) return todo;
      this.#frames.pop();
      if (frame.goal.isSoft) return frame.rest;
      const failure = { blame: frame.blame, deadEnd: frame.deadEnd ?? { goal: frame.goal } };
      this.#firstDeadEnd ??= failure.deadEnd;
      this.#nogoods.add(failure);
      const before = this.#jumpBack(failure);
      if (before === undefined) return failure;
      frame = before;
    }
  }

  #tryNext(frame: Frame): Todo | undefined {
    for (let next = frame.candidates.next(); next.done !== true; next = frame.candidates.next()) {
      if (++this.#tries > TRIES_MAX) return frame.rest;
      const candidate = next.value;
      const failure = this.#failureOf(candidate, frame.goal);
      if (failure === undefined) return this.#choose(frame, candidate);
      for (const chosen of failure.blame) frame.blame.add(chosen);
      frame.deadEnd ??= failure.deadEnd;
    }
    return undefined;
  }

  #failureOf(candidate: Package, goal: Goal): Failure | undefined {
    const blocker = this.#selection.blockerOf(candidate);
    if (blocker === undefined) return this.#nogoods.find(candidate, this.#selection);
    return { blame: new Set([blocker.chosen]), deadEnd: { goal, candidate, blocker } };
  }

  #choose(frame: Frame, item: Package): Todo {
    const { rest, goal } = frame;
    const chosen: Chosen = { item, goal };
    frame.chosen = chosen;
    this.#selection.add(chosen);
    const { request } = goal;
    const goalsOf = (dependencies: Package['depends'], isSoft: boolean): readonly Goal[] =>
      dependencies.map((dependency) => ({ dependency, owner: chosen, request, isSoft }));
    const hard = [...goalsOf(item.preDepends, false), ...goalsOf(item.depends, false)];
    const soft = this.#rules.recommends ? goalsOf(item.recommends, true) : [];
    return { hard: this.#prepend(hard, rest.hard), soft: this.#prepend([...soft].reverse(), rest.soft) };
  }

  /** Takes choices back to the last one that is to blame. */
  #jumpBack({ blame, deadEnd }: Failure): Frame | undefined {
    for (let frame = this.#frames.at(-1); frame !== undefined; frame = this.#frames.at(-1)) {
      const chosen = frame.chosen!;
      this.#selection.removeLast();
      if (blame.has(chosen)) {
        for (const other of blame) if (other !== chosen) frame.blame.add(other);
        frame.deadEnd ??= deadEnd;
        return frame;
      }
      this.#frames.pop();
    }
    return undefined;
  }
}

/** Packages that satisfy all goals, in the order in which they were chosen; deterministic, and bounded by a number of tries. */
export function searchPackages(goals: readonly Goal[], rules: SearchRules): SearchResult {
  return new Search(rules).run(goals);
}
