/** Work that can run in another thread. Input and output must survive a structured clone. */
export interface WorkerTask<Input, Output> {
  /** Base name of the bundled worker file without `.js`, for example `layer-worker`. */
  readonly entry: string;
  /** The same work in this thread, for hosts without threads. */
  run(input: Input): Output | Promise<Output>;
}

/** Some threads that do one task. The order in which results arrive says nothing; each `run` has its own promise. */
export interface WorkerPool<Input, Output> {
  /** How many inputs are worth having in flight. */
  readonly size: number;
  /** Buffers in `transfer` move to the worker and cannot be used here any more. */
  run(input: Input, transfer: readonly ArrayBuffer[]): Promise<Output>;
  /** Ends the threads. Safe to call twice. */
  close(): Promise<void>;
}

export interface Workers {
  /** Threads a pool gets; at least 1. The result of any work must not depend on it. */
  readonly count: number;
  open<Input, Output>(task: WorkerTask<Input, Output>): WorkerPool<Input, Output>;
}
