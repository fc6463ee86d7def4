import { expect, it } from 'vitest';
import { createNodeHost } from '../../src/host/index.js';

const { clock } = createNodeHost();

it('sleeps for as long as it was asked', async () => {
  const before = clock.monotonic();
  await clock.sleep(50, new AbortController().signal);
  expect(clock.monotonic() - before).toBeGreaterThan(45);
});

it('wakes many sleepers with the reason of an interruption, without a word on standard error', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on('warning', onWarning);
  const controller = new AbortController();
  const reason = new Error('enough');
  const sleepers = Promise.allSettled(Array.from({ length: 30 }, () => clock.sleep(60_000, controller.signal)));
  controller.abort(reason);
  expect(new Set((await sleepers).map((sleeper) => sleeper.status === 'rejected' && sleeper.reason))).toEqual(
    new Set([reason]),
  );
  await expect(clock.sleep(1, controller.signal)).rejects.toBe(reason);
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
});
