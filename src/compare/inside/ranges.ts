/** Bytes that differ, from `start` to before `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export interface Ranges {
  /** The first ones. */
  readonly ranges: readonly Range[];
  /** How many there are. */
  readonly count: number;
}

const RANGES_KEPT = 1000;
/** Ranges that are less than this apart are one. */
const GAP_BYTES = 4;

/** Where two pieces of one size differ. */
export function rangesOf(before: Uint8Array, after: Uint8Array): Ranges {
  const ranges: { start: number; end: number }[] = [];
  let count = 0;
  let last: { start: number; end: number } | undefined;
  for (let i = 0; i < before.length; i++) {
    if (before[i] === after[i]) continue;
    if (last !== undefined && i - last.end < GAP_BYTES) {
      last.end = i + 1;
      continue;
    }
    last = { start: i, end: i + 1 };
    count++;
    if (ranges.length < RANGES_KEPT) ranges.push(last);
  }
  return { ranges, count };
}

/** What two pieces of any size do not have in common at their starts and ends. */
export function middleOf(before: Uint8Array, after: Uint8Array): { readonly before: Range; readonly after: Range } {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let tail = 0;
  while (tail < shorter - start && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  return { before: { start, end: before.length - tail }, after: { start, end: after.length - tail } };
}
