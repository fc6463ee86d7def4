import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { milliseconds, settle } from './command.mjs';

/** Who is when in a round: the first of one round is the last of the next. */
export function orderOfRound(items, round) {
  return items.map((_, index) => items[(index + round) % items.length]);
}

/**
 * Times contenders by turns, so that what else the machine does meets all alike. Each gets a directory of its own in each
 * round, empty at first and removed after; neither that, nor `before`, nor writing back is timed.
 * @param contenders `name`, `commands(place)`, perhaps `before(place, round)`, which may not be where the time goes
 * @returns by name, the milliseconds of each round; or `failed`, with why, for those that could not be run
 */
export async function alternate(contenders, { rounds, scratch, tell }) {
  const results = new Map(contenders.map(({ name }) => [name, { values: [] }]));
  for (let round = 0; round < rounds; round++) {
    for (const contender of orderOfRound(contenders, round)) {
      // Programs are waited for without a look at anything else: here the benchmark learns that it is to stop.
      await setImmediate();
      const result = results.get(contender.name);
      if (result.failed !== undefined) continue;
      const place = join(scratch, `${contender.name}-${round}`);
      try {
        result.values.push(once(contender, place, round));
      } catch (error) {
        result.failed = error.message;
        tell(`${contender.name} failed: ${error.message}`);
      }
      rmSync(place, { recursive: true, force: true });
    }
    const figures = contenders.map(({ name }) => `${name} ${results.get(name).values.at(-1)?.toFixed(0) ?? '–'}`);
    tell(`  round ${round + 1}, ms: ${figures.join(', ')}`);
  }
  return results;
}

function once({ commands, before, options }, place, round) {
  mkdirSync(place, { recursive: true });
  before?.(place, round);
  settle();
  return milliseconds(commands(place, round), options);
}
