import type { Clock } from '../host.js';

/** The real clock. */
export const nodeClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};
