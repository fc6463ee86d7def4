import { fail, type TbuildError } from '../errors/index.js';
import type { MovedInput } from './saved-plan.js';

/** What is told one by one; the rest is counted, and all of it is in the details. */
const TOLD_MAX = 20;

const shown = (value: MovedInput['planned']): string => value ?? 'nothing';

function problemOf({ file, what, planned, found }: MovedInput): TbuildError {
  const details = { expected: shown(planned), found: shown(found) };
  return fail('plan-stale', { message: `${file}: ${what} is not as it was planned`, details });
}

/**
 * Refuses a plan under which something moved, with everything that did.
 *
 * @param plan the saved plan as the user named it
 * @throws TbuildError `plan-stale`
 */
export function refuseStale(plan: string, moved: readonly MovedInput[]): void {
  const [first] = moved;
  if (first === undefined) return;
  const others = moved.length === 1 ? '' : ` and ${moved.length - 1} more`;
  const all = moved.map(({ file, what, planned, found }) => `${file}: ${what}: ${shown(planned)} → ${shown(found)}`);
  throw fail('plan-stale', {
    message: `${JSON.stringify(plan)} does not hold any more, since ${first.what} of ${first.file} moved${others}`,
    hint: `Plan again: tbuild plan -o ${plan}.`,
    problems: moved.slice(0, TOLD_MAX).map(problemOf),
    details: { moved: all },
  });
}
