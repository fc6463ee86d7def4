import { compareUtf8 } from '../util/index.js';
import type { InputChange } from './plan.js';
import type { ArtifactFacts } from './record.js';

/** What an artifact sees differently than before, sorted by name. */
export function artifactChanges(before: ArtifactFacts | undefined, after: ArtifactFacts): readonly InputChange[] {
  if (before === undefined) return [];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort(compareUtf8);
  return names
    .filter((what) => before[what] !== after[what])
    .map((what): InputChange => {
      if (!Object.hasOwn(before, what)) return { change: 'added', what };
      return { change: Object.hasOwn(after, what) ? 'changed' : 'removed', what };
    });
}

const VERB = { added: 'was added', changed: 'changed', removed: 'was removed' } as const;

/** `input cmd/main.go changed and 2 more`; undefined for no changes. */
export function renderInputChanges(changes: readonly InputChange[]): string | undefined {
  const [first, ...rest] = changes;
  if (first === undefined) return undefined;
  const text = `${first.what.replace(/^input /, '')} ${VERB[first.change]}`;
  return rest.length === 0 ? text : `${text} and ${rest.length} more`;
}
