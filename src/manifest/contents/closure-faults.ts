import { isMap, type Plain, valueAt } from '../source-node.js';
import type { Fault } from './fault.js';

function extrasFault(closure: Plain | undefined): Fault | undefined {
  const fault = { key: ['extras'], isKey: true };
  if (closure === true) return undefined;
  if (isMap(closure)) {
    const hint = 'Write it there: closure: { extras: […] }.';
    return { ...fault, reason: 'has "extras" beside a "closure" with settings', hint };
  }
  return {
    ...fault,
    code: 'manifest-missing-key',
    reason: 'has "extras" without "closure"',
    hint: 'Write closure: true.',
  };
}

/** Rules for `closure` and what stands beside it: in a content, or in what `debian` holds. */
export function closureFaults(map: Plain): readonly Fault[] {
  const has = (key: string): boolean => valueAt(map, [key]) !== undefined;
  const closure = valueAt(map, ['closure']);
  const isAsked = closure === true || isMap(closure);
  const faults: (Fault | undefined)[] = [has('extras') ? extrasFault(closure) : undefined];
  if (isAsked && has('packages') && !has('paths')) {
    const hint = 'Name what shall be in the image: paths: [/usr/bin/curl].';
    faults.push({
      key: ['closure'],
      isKey: true,
      code: 'manifest-missing-key',
      reason: 'has "closure" without "paths"',
      hint,
    });
  }
  if (isAsked && has('image') && has('to')) {
    const hint = 'Leave "to" out: what programs need is found at the paths that it has.';
    faults.push({ key: ['to'], isKey: true, reason: 'has "to" beside "closure"', hint });
  }
  return faults.filter((fault) => fault !== undefined);
}
