import type { Pattern, Selection } from '../manifest/index.js';
import { type Glob, parseGlob } from './glob.js';

/** What a selection says of a path: it is in; it is a directory that may hold something; or it is left out with all below it. */
export type Judgement = 'selected' | 'searched' | 'left';

/** Something in a tree that can be selected. */
export interface Selectable {
  /** Relative to where the selection starts, with `/` between names. */
  readonly path: string;
  readonly isDirectory: boolean;
}

/**
 * A selection at work. Patterns are anchored where the selection starts. A directory that `include` matches is in with
 * all below it; one that it does not match is in where something below is. What `exclude` matches is out with all below
 * it, whatever `include` says.
 */
export class Selector {
  readonly #include: readonly Glob[] | undefined;
  readonly #exclude: readonly Glob[];
  /** Patterns of `include` that matched nothing yet. */
  readonly #idle: Set<Glob>;

  /** @throws TbuildError `manifest-wrong-value` for a pattern that is none */
  constructor({ include, exclude }: Selection) {
    this.#include = include?.map(parseGlob);
    this.#exclude = exclude.map(parseGlob);
    this.#idle = new Set(this.#include);
  }

  /** Patterns of `include` that matched nothing so far, in the order of the file. */
  get unmatched(): readonly Pattern[] {
    return [...this.#idle].map((glob) => glob.pattern);
  }

  /** `isWithin`: the parent is selected. */
  judge({ path, isDirectory }: Selectable, isWithin: boolean): Judgement {
    if (this.#exclude.some((glob) => glob.matches(path, isDirectory))) return 'left';
    for (const glob of this.#idle) if (glob.matches(path, isDirectory)) this.#idle.delete(glob);
    if (isWithin || this.#include === undefined) return 'selected';
    if (this.#include.some((glob) => !this.#idle.has(glob) && glob.matches(path, isDirectory))) return 'selected';
    return isDirectory && this.#include.some((glob) => glob.mayMatchBelow(path)) ? 'searched' : 'left';
  }
}

/** How to walk a tree. */
export interface Walk<T> {
  /** What is directly in a directory, in any order; in the tree itself for undefined. */
  childrenOf(directory: T | undefined): Iterable<T>;
  /** Called for everything that is selected, a directory before or after what it holds. */
  onSelected(item: T): void;
}

/** Walks a tree as far as the selection needs. */
export function walkSelected<T extends Selectable>(selector: Selector, walk: Walk<T>): void {
  const visit = (directory: T | undefined, isWithin: boolean): boolean => {
    let isAnySelected = false;
    for (const item of walk.childrenOf(directory)) {
      const judgement = selector.judge(item, isWithin);
      if (judgement === 'left') continue;
      const isSelected = judgement === 'selected';
      if (isSelected) walk.onSelected(item);
      const holdsSelected = item.isDirectory && visit(item, isSelected);
      if (!isSelected && holdsSelected) walk.onSelected(item);
      isAnySelected ||= isSelected || holdsSelected;
    }
    return isAnySelected;
  };
  visit(undefined, false);
}
