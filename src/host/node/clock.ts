import type { Clock } from '../host.js';
import { onAbort } from './on-abort.js';

function sleep(milliseconds: number, interruption: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    interruption.throwIfAborted();
    const timer = setTimeout(() => {
      leave();
      resolve();
    }, milliseconds);
    const leave = onAbort(interruption, () => {
      leave();
      clearTimeout(timer);
      reject(interruption.reason);
    });
  });
}

/** The real clock. */
export const nodeClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  pause: (milliseconds) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds),
  sleep,
};
