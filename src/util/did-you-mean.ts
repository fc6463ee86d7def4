/** Names longer than this are no typing error of each other, and comparing them costs the product of their lengths. */
const LONGEST = 64;

/** Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, beforeLast[j - 2]! + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}

/** The known name that was most likely meant: a third of the letters may be wrong; the first of equally close ones. */
export function closestOf(text: string, known: Iterable<string>): string | undefined {
  if (text.length > LONGEST) return undefined;
  let best: string | undefined;
  let least = Math.floor(Math.max(text.length, 3) / 3) + 1;
  for (const name of known) {
    if (name.length > LONGEST) continue;
    const steps = distance(text.toLowerCase(), name.toLowerCase());
    if (steps < least) [best, least] = [name, steps];
  }
  return best;
}

/** A sentence for a hint, or undefined where nothing known is close. */
export function didYouMean(text: string, known: Iterable<string>): string | undefined {
  const closest = closestOf(text, known);
  return closest === undefined ? undefined : `Did you mean ${JSON.stringify(closest)}?`;
}
