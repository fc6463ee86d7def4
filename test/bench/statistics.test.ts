import { describe, expect, it } from 'vitest';
import { orderOfRound } from '../../bench/alternate.mjs';
import { judge, median, summary } from '../../bench/statistics.mjs';

const row = (ours: readonly number[], peer: readonly number[], limit?: number) => ({
  ours: { name: 'tbuild', values: ours },
  peer: { name: 'umoci', values: peer },
  ...(limit === undefined ? {} : { limit }),
});

describe('what is said of the runs of a benchmark', () => {
  it.each([
    [[7], 7],
    [[9, 1, 100], 9],
    [[10, 9, 2, 100, 30], 10],
    [[4, 1], 2.5],
    [[100, 2, 8, 4], 6],
  ])('has %j in the middle at %d', (values, middle) => {
    expect(median(values)).toBe(middle);
  });

  it('has no middle of nothing', () => {
    expect(() => median([])).toThrow('the median of no value');
  });

  it('leaves the values in their order', () => {
    const values = [3, 1, 2];
    expect(summary(values)).toEqual({ median: 2, least: 1, most: 3, runs: 3 });
    expect(values).toEqual([3, 1, 2]);
  });

  it('compares medians, whatever the slowest and the fastest run was', () => {
    expect(judge(row([10, 30, 20], [40, 1, 400], 0.5))).toEqual({
      mine: { median: 20, least: 10, most: 30, runs: 3 },
      theirs: { median: 40, least: 1, most: 400, runs: 3 },
      ratio: 0.5,
      met: true,
    });
  });

  it('misses a limit by any excess', () => {
    expect(judge(row([50.001], [100], 0.5)).met).toBe(false);
  });

  it('says neither where nothing is to be reached', () => {
    const { ratio, met } = judge(row([30], [10]));
    expect([ratio, met]).toEqual([3, undefined]);
  });

  it('lets each contender begin as often as the others, and nobody be left out', () => {
    const orders: string[][] = [0, 1, 2, 3].map((round) => orderOfRound(['a', 'b', 'c'], round));
    expect(orders.map((order) => order.join(''))).toEqual(['abc', 'bca', 'cab', 'abc']);
  });
});
