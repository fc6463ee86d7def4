// How much is tried, by level (1 to 9).

/** Whether matches are found in buckets, or else in chains. */
export let usesBuckets: bool = false;

/** Candidates of a chain that are looked at. */
export let depth: i32 = 0;
/** A match this long is taken without looking for a longer one. */
export let nice: i32 = 0;
/** With a match shorter than this in hand the next position is looked at, too; with 0 never. */
export let lazy: i32 = 0;
/** With a match this long in hand a quarter of the candidates must do. */
export let good: i32 = 0;

function useChains(candidates: i32, enough: i32, lazyBelow: i32, goodFrom: i32): void {
  usesBuckets = false;
  depth = candidates;
  nice = enough;
  lazy = lazyBelow;
  good = goodFrom;
}

function useBuckets(enough: i32, lazyBelow: i32): void {
  usesBuckets = true;
  nice = enough;
  lazy = lazyBelow;
}

export function useLevel(level: i32): void {
  if (level === 1) useChains(2, 16, 0, 4);
  else if (level === 2) useChains(4, 24, 0, 4);
  else if (level === 3) useChains(10, 32, 0, 4);
  else if (level === 4) useBuckets(32, 0);
  else if (level === 5) useBuckets(32, 8);
  else if (level === 6) useBuckets(48, 16);
  else if (level === 7) useChains(48, 130, 32, 8);
  else if (level === 8) useChains(128, 258, 64, 16);
  else useChains(512, 258, 258, 32);
}
