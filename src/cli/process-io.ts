import type { WriteStream } from 'node:tty';
import { createNodeHost, currentDirectory, errnoOf, interruptOnSignals, type Variation } from '../host/index.js';
import { collect } from '../util/index.js';
import type { Io, OutputStream } from './io.js';

const USUAL_COLUMNS = 80;
const USUAL_ROWS = 24;

function streamOf(stream: WriteStream): OutputStream {
  let failure: unknown;
  let pending = 0;
  let isBroken = false;
  let settled: (() => void) | undefined;
  stream.on('error', () => undefined); // every write reports to its own callback
  return {
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.columns || USUAL_COLUMNS;
    },
    get rows() {
      return stream.rows || USUAL_ROWS;
    },
    get isBroken() {
      return isBroken;
    },
    write(content) {
      pending++;
      stream.write(content, (error) => {
        isBroken ||= Boolean(error);
        if (error && errnoOf(error) !== 'EPIPE') failure ??= error;
        if (--pending === 0) settled?.();
      });
    },
    async settle() {
      if (pending > 0) await new Promise<void>((resolve) => (settled = resolve));
      if (failure !== undefined) throw failure;
    },
  };
}

function otherView(): Variation {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return {
    timeZone: here === 'Pacific/Kiritimati' ? 'America/St_Johns' : 'Pacific/Kiritimati',
    umask: process.umask() === 0o077 ? 0o027 : 0o077,
    directoryOrder: 'reversed',
  };
}

/** The process this program runs in. */
export function processIo(argv: readonly string[]): Io {
  return {
    argv,
    variable: (name) => process.env[name] || undefined,
    stdout: streamOf(process.stdout),
    stderr: streamOf(process.stderr),
    readInput: (limitBytes) => collect(process.stdin, limitBytes),
    changeDirectory: (directory) => process.chdir(directory),
    get workingDirectory() {
      return currentDirectory();
    },
    monotonic: () => performance.now(),
    every(intervalMs, tick) {
      const timer = setInterval(tick, intervalMs).unref();
      return () => clearInterval(timer);
    },
    openHost: (choice) => createNodeHost({ ...choice, interruption: interruptOnSignals() }),
    variation: otherView,
    loadOperations: () => import('../operations/index.js'),
  };
}
