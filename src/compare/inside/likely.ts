import type { LikelyCause } from '../../plan/index.js';
import { compareUtf8 } from '../../util/index.js';
import type { ExplainFacts } from './file-content.js';
import { commonStart } from './show.js';
import { TRACES, type Trace } from './traces.js';

/** What is looked at of a long text, around its first difference. */
const WINDOW = 2000;

/** The same texts, each as often, perhaps in another sequence. */
export function sameSet(before: readonly string[], after: readonly string[]): boolean {
  if (before.length !== after.length) return false;
  const counts = new Map<string, number>();
  for (const text of before) counts.set(text, (counts.get(text) ?? 0) + 1);
  return after.every((text) => {
    const count = counts.get(text) ?? 0;
    counts.set(text, count - 1);
    return count > 0;
  });
}

function windowOf(text: string, around: number): string {
  return text.slice(Math.max(0, around - WINDOW), around + WINDOW);
}

/** The first matches that differ, where both texts have as many. */
function differingMatch(trace: Trace, before: string, after: string): readonly [string, string] | undefined {
  const [old, now] = [before.match(trace.pattern) ?? [], after.match(trace.pattern) ?? []];
  if (old.length !== now.length) return undefined;
  const at = old.findIndex((match, i) => match !== now[i]);
  return at < 0 ? undefined : [old[at]!, now[at]!];
}

/** The trace that the two texts differ in; with others, it is the first of them. */
function traceOf(before: string, after: string, facts: ExplainFacts): LikelyCause | undefined {
  let [left, right] = [before, after];
  let found: LikelyCause | undefined;
  for (const trace of TRACES) {
    const match = differingMatch(trace, left, right);
    const text = match === undefined ? undefined : trace.describe(...match, facts);
    if (match !== undefined && text === undefined) continue;
    if (text !== undefined) found ??= { kind: trace.kind, text };
    left = left.replace(trace.pattern, trace.mask);
    right = right.replace(trace.pattern, trace.mask);
    if (left === right) return found;
  }
  return undefined;
}

const WORDS = /[\s,;:|()[\]{}"'<>]+/;

/** Why two texts at one place of a file differ, where one of the usual reasons shows in them. */
export function likelyOf(before: string, after: string, facts: ExplainFacts): LikelyCause | null {
  const around = commonStart(before, after);
  const [left, right] = [windowOf(before, around), windowOf(after, around)];
  const trace = traceOf(left, right, facts);
  if (trace !== undefined) return trace;
  const [old, now] = [left.split(WORDS), right.split(WORDS)];
  if (old.length > 1 && before.length === after.length && sameSet(old, now))
    return { kind: 'order', text: 'the same words stand in another order' };
  return null;
}

/** As programs of other locales sort: letters first, capital or not. */
function folded(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

const isSorted = (texts: readonly string[], order: (a: string, b: string) => number): boolean =>
  texts.filter((text) => text !== '').every((text, i, all) => i === 0 || order(all[i - 1]!, text) <= 0);

/** Why the same things are in another sequence. @param what `lines`, `members` */
export function orderCause(before: readonly string[], after: readonly string[], what: string): LikelyCause {
  const asLocale = (a: string, b: string): number => compareUtf8(folded(a), folded(b));
  const isLocale =
    (isSorted(before, compareUtf8) && isSorted(after, asLocale)) ||
    (isSorted(after, compareUtf8) && isSorted(before, asLocale));
  if (isLocale) return { kind: 'locale', text: `the same ${what} are sorted as another locale does` };
  return {
    kind: 'order',
    text: `the same ${what} stand in another order: that of a directory, of a hash table or of jobs that run at the same time`,
  };
}
