/** A program to run. Nothing is inherited: not the environment, not the standard input, no file descriptor above 2. */
export interface Command {
  /** Absolute path. */
  readonly program: string;
  readonly args: readonly string[];
  readonly workingDirectory: string;
  /** The whole environment of the child. */
  readonly env: Readonly<Record<string, string>>;
  /** File mode creation mask of the child; that of this process if absent. */
  readonly umask?: number;
  /** What the child reads on its standard input, which is empty by default. */
  readonly input?: Uint8Array;
  /** Called with everything the child writes to standard output and standard error, in order of arrival. */
  onOutput(chunk: Uint8Array, stream: 'stdout' | 'stderr'): void;
  /** Ends the child and its whole process group. */
  readonly interruption: AbortSignal;
}

/** How a program ended: by itself with a status, or by a signal. */
export type Ending =
  | { readonly kind: 'exited'; readonly status: number }
  | { readonly kind: 'signalled'; readonly signal: string };

export interface Processes {
  /**
   * Runs the program in a process group of its own and waits. Whatever of the group is left then is killed. Rejects
   * with an errno error where it cannot start, and with the reason of the interruption, once the program has ended.
   */
  run(command: Command): Promise<Ending>;
  /** Absolute path of an executable on `PATH`, links not resolved; undefined where there is none. */
  findProgram(name: string): string | undefined;
  /** True where a process with this id exists and has not ended. */
  isAlive(processId: number): boolean;
}
