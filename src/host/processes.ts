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
  /** The descriptors 3, 4, … that the child has after all: it reads the bytes to their end, or what it writes is told. */
  readonly channels?: readonly Channel[];
  /** Called once, when it runs. */
  onStart?(processId: number): void;
  /** Called with everything the child writes to standard output and standard error, in order of arrival. */
  onOutput(chunk: Uint8Array, stream: 'stdout' | 'stderr'): void;
  /** Ends the child and its whole process group. */
  readonly interruption: AbortSignal;
}

/** A descriptor for one direction: what the child reads, or who hears what it writes. */
export type Channel = Uint8Array | ((chunk: Uint8Array) => void);

/** The processes that come from one, wherever they went. */
export interface ProcessFamily {
  /** Those that run now; empty where the system does not tell. */
  members(): readonly ProcessFacts[];
  /** Bytes of memory of them all, what they share counted once. Slow: it walks their address spaces. */
  exactMemory(): number;
  /** Kills those that run now; how many that were. */
  kill(): number;
}

/** A process at one moment. */
export interface ProcessFacts {
  readonly id: number;
  readonly threads: number;
  /** Resident bytes, with what it shares with others. */
  readonly memory: number;
}

export interface FamilyOptions {
  /** The process that the others come from. */
  readonly leader: number;
  /** A text that the environment of each of them began with: finds those whose parent ended before anybody looked. */
  readonly mark?: string;
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
  /** Follows a process that runs. Whoever starts from it and is seen once is known from then on. */
  follow(options: FamilyOptions): ProcessFamily;
  /** True where a process with this id exists and has not ended. */
  isAlive(processId: number): boolean;
}
