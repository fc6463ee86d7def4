import { Worker } from 'node:worker_threads';
import { errorOfFacts, type WorkerRequest, type WorkerResponse } from './worker-messages.js';

interface Pending {
  resolve(output: unknown): void;
  reject(error: unknown): void;
}

/** One thread and what it still owes. */
export interface WorkerThread {
  readonly pendingCount: number;
  run(input: unknown, transfer: readonly ArrayBuffer[]): Promise<unknown>;
  /** Ends the thread; what it still owed is rejected with `reason`. */
  end(reason: Error): Promise<void>;
}

/** What a thread works on is outside of its heap; by default it would let three times 16 MB of small things pile up. */
const YOUNG_MB = 4;

/** Starts a thread on a worker file. `onEnd` is called when the thread can take no more work, for whatever reason. */
export function startThread(file: URL, onEnd: () => void): WorkerThread {
  const worker = new Worker(file, { execArgv: [], resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } });
  const pending = new Map<number, Pending>();
  let lastId = 0;
  let isEnding = false;
  worker.unref();

  const take = (id: number): Pending | undefined => {
    const taken = pending.get(id);
    pending.delete(id);
    // Whoever ends the thread waits for it: the process must not stop before.
    if (pending.size === 0 && !isEnding) worker.unref();
    return taken;
  };
  const abandon = (reason: unknown): void => {
    onEnd();
    for (const id of [...pending.keys()]) take(id)?.reject(reason);
  };
  worker.on('message', (response: WorkerResponse) => {
    const taken = take(response.id);
    if ('thrown' in response) taken?.reject(errorOfFacts(response.thrown));
    else taken?.resolve(response.output);
  });
  worker.on('error', abandon);
  worker.on('messageerror', (error) => {
    abandon(error);
    void worker.terminate();
  });
  worker.on('exit', (status) => abandon(new Error(`the worker ${file.href} ended by itself with status ${status}`)));

  return {
    get pendingCount() {
      return pending.size;
    },
    run(input, transfer) {
      return new Promise((resolve, reject) => {
        const id = ++lastId;
        worker.postMessage({ id, input } satisfies WorkerRequest, transfer);
        pending.set(id, { resolve, reject });
        worker.ref();
      });
    },
    async end(reason) {
      isEnding = true;
      worker.ref();
      abandon(reason);
      await worker.terminate();
    },
  };
}
