import type { Files } from './files.js';
import type { Http } from './http.js';
import type { Processes } from './processes.js';
import type { Workers } from './workers.js';

/** The only clock. Its values may reach progress lines, logs and leases, never an output. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds since an arbitrary moment; never goes back. */
  monotonic(): number;
  /** Blocks this thread. Only for waiting, briefly, for another process that holds files. */
  pause(milliseconds: number): void;
  /** Resolves after the time; rejects with the reason of the interruption. */
  sleep(milliseconds: number, interruption: AbortSignal): Promise<void>;
}

/** Facts about the process and the machine. None of them may reach an output. */
export interface Env {
  /** An environment variable; an empty one counts as unset. */
  variable(name: string): string | undefined;
  /** The whole environment, for a program of the user that needs it. */
  variables(): Readonly<Record<string, string>>;
  /** Of the user this process acts for; 0 is root. */
  readonly userId: number;
  /** Absolute. Throws a TbuildError `usage` where it has been removed. */
  readonly workingDirectory: string;
  readonly homeDirectory: string;
  readonly temporaryDirectory: string;
  /** As in a platform: `amd64`, `arm64`, … */
  readonly architecture: string;
  readonly cpuCount: number;
  /** Bytes of memory that the processes of this machine, or of the container, may have together. */
  readonly memoryBytes: number;
  readonly processId: number;
  /** A name nobody else uses: letters and digits, 16 or more. */
  uniqueName(): string;
}

/** The machine behind small ports. `node/` is the real one, `memory/` is for tests. */
export interface Host {
  readonly files: Files;
  readonly processes: Processes;
  readonly clock: Clock;
  readonly env: Env;
  readonly workers: Workers;
  readonly http: Http;
  /** Aborts on SIGINT, SIGTERM and SIGHUP. Long work checks it between pieces: `host.interruption.throwIfAborted()`. */
  readonly interruption: AbortSignal;
}

/** How `verify` makes the machine look different, to catch what must not reach an output. */
export interface Variation {
  /** Value of `TZ` for this process and its children. */
  readonly timeZone: string;
  readonly umask: number;
  /** Directory names come in this order. */
  readonly directoryOrder: 'reversed';
}
