import { setImmediate as nextTurn } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { WorkerPool, Workers, WorkerTask } from '../workers.js';
import { startThread, type WorkerThread } from './worker-thread.js';

export interface NodeWorkersOptions {
  /** At least 1. */
  readonly count: number;
  /** Where the bundled worker files are. Without it tasks run in this thread. */
  readonly directory?: URL | string | undefined;
}

const closedError = (entry: string): Error => new Error(`the pool of "${entry}" is closed`);

function inlinePool<Input, Output>(task: WorkerTask<Input, Output>, size: number): WorkerPool<Input, Output> {
  let isClosed = false;
  return {
    size,
    async run(input, transfer) {
      if (isClosed) throw closedError(task.entry);
      // Cloned as on the way to a thread, so that a caller cannot tell the difference.
      const cloned = structuredClone(input, { transfer: [...transfer] });
      await nextTurn();
      return task.run(cloned);
    },
    async close() {
      isClosed = true;
    },
  };
}

function threadPool<Input, Output>(entry: string, file: URL, size: number): WorkerPool<Input, Output> {
  const threads = new Set<WorkerThread>();
  let isClosed = false;
  const add = (): WorkerThread => {
    const thread = startThread(file, () => threads.delete(thread));
    threads.add(thread);
    return thread;
  };
  const leastBusy = (): WorkerThread => {
    const [first] = [...threads].sort((a, b) => a.pendingCount - b.pendingCount);
    const isFree = first !== undefined && (first.pendingCount === 0 || threads.size >= size);
    return isFree ? first : add();
  };
  return {
    size,
    async run(input, transfer) {
      if (isClosed) throw closedError(entry);
      return (await leastBusy().run(input, transfer)) as Output;
    },
    async close() {
      isClosed = true;
      await Promise.all([...threads].map((thread) => thread.end(closedError(entry))));
    },
  };
}

/** Worker threads: started when there is work for them, and never a reason for the process to stay while idle. */
export function nodeWorkers({ count, directory }: NodeWorkersOptions): Workers {
  const size = Math.max(1, Math.floor(count));
  return {
    count: size,
    open(task) {
      if (directory === undefined) return inlinePool(task, size);
      const base = typeof directory === 'string' ? pathToFileURL(directory) : directory;
      const folder = base.href.endsWith('/') ? base : new URL(`${base.href}/`);
      return threadPool(task.entry, new URL(`${task.entry}.js`, folder), size);
    },
  };
}
