import type { Host } from '../host/index.js';
import type { Haste, NetworkResponse, Patience } from './network.js';
import { retryAfterMs } from './retry-after.js';

const ATTEMPTS = 5;
const FIRST_MS = 250;
/** A wait is up to so much longer or shorter, so that many clients do not come back at once. */
const JITTER = 0.25;
const LONGEST_MS = 60_000;

/** Patience that lets the answer go before it waits. */
export interface Delays extends Patience {
  /**
   * Milliseconds until the next attempt, which counts; undefined where there is none.
   * @param cost of the attempt that failed: one that took long leaves patience for fewer others
   */
  next(answer?: Pick<NetworkResponse, 'header'>, cost?: number): number | undefined;
}

/** Between -1 and 1. */
function random(host: Host): number {
  return (Number.parseInt(host.env.uniqueName().slice(0, 8), 36) % 2001) / 1000 - 1;
}

export function openPatience(host: Host, { attempts = ATTEMPTS }: Haste): Delays {
  let waits = 0;
  const next = (answer?: Pick<NetworkResponse, 'header'>, cost = 1): number | undefined => {
    if (waits >= attempts - 1) return undefined;
    const asked = retryAfterMs(answer?.header('retry-after') ?? '', host.clock.now()) ?? 0;
    if (asked > LONGEST_MS) return undefined;
    const usual = FIRST_MS * 2 ** waits * (1 + JITTER * random(host));
    waits += cost;
    return Math.max(asked, usual);
  };
  return {
    next,
    async wait(answer) {
      const delay = next(answer);
      if (delay === undefined) return false;
      await host.clock.sleep(delay, host.interruption);
      return true;
    },
    reset() {
      waits = 0;
    },
  };
}
