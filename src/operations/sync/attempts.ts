import { TbuildError } from '../../errors/index.js';
import { inParallel } from '../../util/index.js';
import type { SyncFailure } from '../transfer-requests.js';

/** What came of one piece of work. */
export type Attempt<T> = { readonly done: T } | { readonly failure: SyncFailure };

export interface EachWork<T, R> {
  /** How many at a time. */
  readonly parallel: number;
  readonly run: (item: T) => Promise<R>;
  /** What is said of an item that fails. */
  readonly about: (item: T) => Pick<SyncFailure, 'from' | 'to' | 'at'>;
}

/** Undefined for what ends the whole run: a bug, or the user. */
function failureOf(error: unknown, about: Pick<SyncFailure, 'from' | 'to' | 'at'>): SyncFailure | undefined {
  if (!(error instanceof TbuildError) || error.code === 'interrupted') return undefined;
  const { code, message, hint } = error;
  return { ...about, code, message, ...(hint === undefined ? {} : { hint }) };
}

/** Does the work for each item that did not fail before, and goes on where one fails. Order is kept. */
export async function tryEach<T, R>(
  attempts: readonly Attempt<T>[],
  { parallel, run, about }: EachWork<T, R>,
): Promise<readonly Attempt<R>[]> {
  const results = new Array<Attempt<R>>(attempts.length);
  await inParallel(attempts.entries(), parallel, async ([index, attempt]) => {
    if ('failure' in attempt) {
      results[index] = attempt;
      return;
    }
    try {
      results[index] = { done: await run(attempt.done) };
    } catch (error) {
      const failure = failureOf(error, about(attempt.done));
      if (failure === undefined) throw error;
      results[index] = { failure };
    }
  });
  return results;
}

export function doneOf<T>(attempts: readonly Attempt<T>[]): readonly T[] {
  return attempts.flatMap((attempt) => ('done' in attempt ? [attempt.done] : []));
}

export function failuresOf(attempts: readonly Attempt<unknown>[]): readonly SyncFailure[] {
  return attempts.flatMap((attempt) => ('failure' in attempt ? [attempt.failure] : []));
}
