import type { Fault } from '../contents/fault.js';
import { type Plain, valueAt } from '../source-node.js';

/** What can be asserted only of what is there. */
const OF_WHAT_IS = ['permissions', 'uid', 'gid', 'executable-by'];

/** Rules for an item of `assertions.files`. */
export function fileFaults(file: Plain): readonly Fault[] {
  if (valueAt(file, ['exists']) !== false) return [];
  return OF_WHAT_IS.filter((key) => valueAt(file, [key]) !== undefined).map((key) => ({
    key: [key],
    isKey: true,
    reason: `has ${JSON.stringify(key)} of what is not there`,
    hint: 'Leave it out, or exists: false.',
  }));
}

/** Rules for an item of `assertions.contents`. */
export function contentFaults(content: Plain): readonly Fault[] {
  if (['expected', 'excluded'].some((key) => valueAt(content, [key]) !== undefined)) return [];
  const reason = 'has neither "expected" nor "excluded"';
  return [{ key: [], code: 'manifest-missing-key', reason, hint: 'Say what stands in the file: expected: [hello].' }];
}
