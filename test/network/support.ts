import { createNodeHost, type Host } from '../../src/host/index.js';
import { type Network, type NetworkRequest, type NetworkSettings, openNetwork } from '../../src/network/index.js';

export interface Setup extends Partial<NetworkSettings> {
  /** The whole environment. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly home?: string;
  /** Milliseconds since the epoch. */
  readonly now?: number;
  readonly interruption?: AbortSignal;
  readonly monotonic?: () => number;
}

export interface TestNetwork extends Network {
  /** Waits that were asked for, in milliseconds; none is waited. */
  readonly sleeps: readonly number[];
  readonly host: Host;
}

/** A network on the real machine with another environment and a clock that nobody waits for. */
export function testNetwork({
  variables = {},
  home = '/nonexistent',
  now,
  interruption,
  monotonic,
  ...settings
}: Setup = {}): TestNetwork {
  const sleeps: number[] = [];
  const real = createNodeHost(interruption === undefined ? {} : { interruption });
  const host: Host = {
    ...real,
    env: { ...real.env, variable: (name) => variables[name] || undefined, homeDirectory: home },
    clock: {
      ...real.clock,
      now: () => now ?? real.clock.now(),
      monotonic: monotonic ?? real.clock.monotonic,
      sleep: async (milliseconds, signal) => {
        signal.throwIfAborted();
        sleeps.push(milliseconds);
      },
    },
  };
  return Object.assign(openNetwork(host, { insecure: [], ...settings }), { sleeps, host });
}

/** A request with what tests do not care about. */
export function asking(url: string, more: Partial<NetworkRequest> = {}): NetworkRequest {
  return { method: 'GET', url: new URL(url), repeat: 'safely', task: 'Cannot read "it"', ...more };
}
