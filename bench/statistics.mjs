/** Figures of single runs → what is said of them. No clock and no machine here, so that it can be tested. */

/** The middle value, of an even number of values the mean of the two in the middle. @throws where there is none */
export function median(values) {
  if (values.length === 0) throw new Error('the median of no value');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function summary(values) {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values), runs: values.length };
}

/**
 * What a row of the table comes to.
 * @param row `ours` and `peer` have a name and `values` in one unit; `limit` is the ratio that is allowed, if any is
 * @returns the ratio of the medians, and whether it is within the limit: undefined where there is no limit
 */
export function judge({ ours, peer, limit }) {
  const mine = summary(ours.values);
  const theirs = summary(peer.values);
  const ratio = mine.median / theirs.median;
  return { mine, theirs, ratio, met: limit === undefined ? undefined : ratio <= limit };
}
