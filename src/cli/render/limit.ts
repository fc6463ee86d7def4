import { dim, type Text } from './text.js';

/** Changes of one kind in one place that are shown unless everything is asked for. */
const LIMIT = 10;

/** What is shown of changes, and how many are left out. */
export function limited<T>(
  changes: readonly T[],
  verbose: boolean,
): { readonly shown: readonly T[]; readonly hidden: number } {
  if (verbose || changes.length <= LIMIT + 1) return { shown: changes, hidden: 0 };
  return { shown: changes.slice(0, LIMIT), hidden: changes.length - LIMIT };
}

export function renderHidden(hidden: number): Text {
  return dim(`… and ${hidden} more (--verbose or --json shows all)`);
}
