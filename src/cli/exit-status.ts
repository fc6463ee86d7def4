import { constants } from 'node:os';
import { ExitStatus, TbuildError } from '../errors/index.js';
import { commandOf } from './command-of.js';

/** Exit statuses of `tbuild diff`: those of diff(1). */
export const DiffStatus = { same: 0, differs: 1, trouble: 2 } as const;

/**
 * Exit status for an error: that of its code; 128 and the signal's number where a signal ended the run. Of `diff`, where 1 says
 * that there are differences, every other failure is 2.
 */
export function exitStatusOf(error: unknown, argv: readonly string[]): number {
  if (error instanceof TbuildError && error.code === 'interrupted') {
    const signals: Readonly<Record<string, number>> = constants.signals;
    const number = signals[String(error.details.signal)];
    if (number !== undefined) return 128 + number;
  }
  if (commandOf(argv) === 'diff') return DiffStatus.trouble;
  return error instanceof TbuildError ? error.exit : ExitStatus.failed;
}
