import type { Ending } from '../host/index.js';

/** Numbers of the signals that end programs, which are the same on every Linux that runtimes are for (signal(7)). */
const NUMBERS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGABRT: 6,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
};

/** As a shell tells it: the exit status, or 128 and the number of the signal. */
export function exitStatusOf(ending: Ending): number {
  return ending.kind === 'exited' ? ending.status : 128 + (NUMBERS[ending.signal] ?? 0);
}
