import type { LockResult } from '../../operations/index.js';
import { counted } from './numbers.js';
import { type PinChange, type PinView, renderPins } from './pins.js';
import { bold, green, type Text, text } from './text.js';

const WORDS = { added: 'added', changed: 'moved', removed: 'dropped' } as const;

/** `2 pins added, 1 moved`. */
function summaryOf(changes: readonly PinChange[]): string {
  const counts = (['added', 'changed', 'removed'] as const)
    .map((kind) => ({ kind, count: changes.filter(({ change }) => change === kind).length }))
    .filter(({ count }) => count > 0);
  return counts.map(({ kind, count }, i) => `${i === 0 ? counted(count, 'pin') : count} ${WORDS[kind]}`).join(', ');
}

/** What moved in the lock, old → new, for people. */
export function renderLock({ file, changes, isWritten }: LockResult, view: PinView): Text[] {
  const rows = renderPins(changes, view);
  if (changes.length > 0)
    return [...rows, text`${bold(file)}  ${summaryOf(changes)}${isWritten ? '' : '; not written'}`];
  if (isWritten) return [text`${bold(file)}  no pin moved; what is known of the base was added`];
  return [text`${green('Nothing moved:')} every pin that is needed is there.`];
}
