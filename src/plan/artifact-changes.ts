import { compareUtf8 } from '../util/index.js';
import type { InputChange } from './plan.js';
import type { ArtifactFacts } from './record.js';
import { showMove, showValue } from './shown-values.js';

/** What an artifact sees differently than before, sorted by name. */
export function artifactChanges(before: ArtifactFacts | undefined, after: ArtifactFacts): readonly InputChange[] {
  if (before === undefined) return [];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort(compareUtf8);
  return names
    .filter((what) => before[what] !== after[what])
    .map((what): InputChange => {
      const sides = { before: before[what] ?? null, after: after[what] ?? null };
      if (!Object.hasOwn(before, what)) return { change: 'added', what, ...sides };
      return { change: Object.hasOwn(after, what) ? 'changed' : 'removed', what, ...sides };
    });
}

function renderChange({ change, what, before, after }: InputChange): string {
  const name = what.replace(/^input /, '');
  if (change === 'changed') return `${name} changed (${showMove(before, after)})`;
  return change === 'added' ? `${name} was added (${showValue(after)})` : `${name} was removed (${showValue(before)})`;
}

/** Changes that are named one by one. */
const NAMED_MAX = 3;

/** What nearly every build changes says less than anything else. */
const isOften = ({ what }: InputChange): boolean => what === 'epoch';

/** `command changed (sha256:12ab… → sha256:34cd…), main.go changed (…)`; of more than 3 the others' number; undefined for none. */
export function renderInputChanges(changes: readonly InputChange[]): string | undefined {
  if (changes.length === 0) return undefined;
  const ordered = [...changes.filter((change) => !isOften(change)), ...changes.filter(isOften)];
  const named = ordered.slice(0, NAMED_MAX).map(renderChange).join(', ');
  return ordered.length <= NAMED_MAX ? named : `${named} and ${ordered.length - NAMED_MAX} more`;
}

/** Why an output is another one where nothing changed that the command sees. */
export const NOT_REPRODUCIBLE =
  'its command, inputs and tools are the same, but its output is not: the command is not reproducible';
