import { fail } from '../../errors/index.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * A signal that aborts when the process is asked to end, with a TbuildError `interrupted` whose details name the
 * signal. Only the first request is taken: the second one ends the process as if nobody listened.
 */
export function interruptOnSignals(): AbortSignal {
  const controller = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    for (const name of SIGNALS) process.removeListener(name, onSignal);
    controller.abort(fail('interrupted', { message: `Interrupted by ${signal}`, details: { signal } }));
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return controller.signal;
}
