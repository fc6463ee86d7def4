import type { Host, Variation } from '../host/index.js';
import type { Operations } from './operations.js';

/** Standard output or standard error. */
export interface OutputStream {
  readonly isTerminal: boolean;
  /** Size of the terminal at this moment; of a usual one where there is none. */
  readonly columns: number;
  readonly rows: number;
  /** True once something could not be written: the reader went away, or a disk is full. */
  readonly isBroken: boolean;
  /** Hands text or bytes over. A reader that went away (`EPIPE`) is no failure; any other failure shows in `settle`. */
  write(content: string | Uint8Array): void;
  /** Resolves once everything is written; rejects with the first failure. */
  settle(): Promise<void>;
}

export interface HostChoice {
  readonly jobs?: number | undefined;
  readonly variation?: Variation;
}

/** Everything the command line needs of the process it runs in. Tests bring their own. */
export interface Io {
  /** Arguments after the program's name. */
  readonly argv: readonly string[];
  /** An environment variable; an empty one counts as unset. */
  variable(name: string): string | undefined;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Standard input to its end. Throws a RangeError beyond `limitBytes`, and errno errors. */
  readInput(limitBytes: number): Promise<Uint8Array>;
  /** Makes relative paths start elsewhere. Throws an errno error. */
  changeDirectory(directory: string): void;
  readonly workingDirectory: string;
  /** Milliseconds since an arbitrary moment. */
  monotonic(): number;
  /** Calls `tick` again and again, without keeping the process alive; returns what stops it. */
  every(intervalMs: number, tick: () => void): () => void;
  /** The machine for one operation. Takes over SIGINT, SIGTERM and SIGHUP. */
  openHost(choice: HostChoice): Host;
  /** A way to see this machine that differs from the present one in everything that must not reach an output. */
  variation(): Variation;
  loadOperations(): Promise<Operations>;
}
