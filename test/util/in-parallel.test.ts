import { describe, expect, it } from 'vitest';
import { inParallel } from '../../src/util/index.js';

const turn = () => new Promise((resolve) => setTimeout(resolve, 1));

describe('work in parallel', () => {
  it.each([1, 3, 100])('is done for every item, for at most %d at a time', async (limit) => {
    const items = Array.from({ length: 20 }, (_, number) => number);
    const done: number[] = [];
    let running = 0;
    let most = 0;
    await inParallel(items, limit, async (item) => {
      most = Math.max(most, ++running);
      await turn();
      running -= 1;
      done.push(item);
    });
    expect(done.sort((a, b) => a - b)).toEqual(items);
    expect(most).toBe(Math.min(limit, items.length));
  });

  it('ends with the first failure, of which what still runs is told, and begins nothing more', async () => {
    const begun: number[] = [];
    const told: unknown[] = [];
    const work = inParallel([1, 2, 3, 4, 5], 2, async (item, stop) => {
      begun.push(item);
      await turn();
      if (item === 2) throw new Error('two');
      await turn();
      await turn();
      told.push(stop.reason);
      stop.throwIfAborted();
    });
    await expect(work).rejects.toThrow('two');
    expect(begun).toEqual([1, 2]);
    expect(told).toEqual([new Error('two')]);
  });

  it('of nothing is done', async () => {
    await inParallel([], 4, async () => expect.unreachable());
  });
});
