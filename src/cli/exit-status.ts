import { constants } from 'node:os';
import { ExitStatus, TbuildError } from '../errors/index.js';

/** Exit status for an error: that of its code; 128 and the signal's number where a signal ended the run. */
export function exitStatusOf(error: unknown): number {
  if (!(error instanceof TbuildError)) return ExitStatus.failed;
  if (error.code !== 'interrupted') return error.exit;
  const signals: Readonly<Record<string, number>> = constants.signals;
  const number = signals[String(error.details.signal)];
  return number === undefined ? error.exit : 128 + number;
}
