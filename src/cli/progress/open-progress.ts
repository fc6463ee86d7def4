import type { Io } from '../io.js';
import type { Text } from '../render/text.js';
import { LiveProgress } from './live-progress.js';
import { PlainProgress } from './plain-progress.js';
import { NoProgress, type Progress } from './progress.js';

export interface ProgressChoice {
  /** False for `--quiet` and `--json`. */
  readonly wanted: boolean;
  readonly paint: (line: Text) => string;
}

/** Terminals that people watch; a CI system may offer one that only ends up in a log. */
function isWatched(io: Io): boolean {
  const ci = io.variable('CI') ?? 'false';
  return io.stderr.isTerminal && io.variable('TERM') !== 'dumb' && (ci === 'false' || ci === '0');
}

/** Progress on standard error, as the stream can show it: in place on a terminal, as lines in pipes and in CI. */
export function openProgress(io: Io, { wanted, paint }: ProgressChoice): Progress {
  const { stderr } = io;
  const screen = {
    get columns() {
      return stderr.columns;
    },
    get rows() {
      return stderr.rows;
    },
    write: (text: string) => stderr.write(text),
    paint,
    monotonic: () => io.monotonic(),
    every: (intervalMs: number, tick: () => void) => io.every(intervalMs, tick),
  };
  if (!wanted) return new NoProgress(screen);
  return isWatched(io) ? new LiveProgress(screen) : new PlainProgress(screen);
}
