import { existsSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { WorkerPool, Workers, WorkerTask } from '../workers.js';
import { startThread, type WorkerThread } from './worker-thread.js';

export interface NodeWorkersOptions {
  /** At least 1. */
  readonly count: number;
  /** Where the bundled worker files are; by default beside this module, and where none is there tasks run in this thread. */
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

/** In the bundle the worker files lie beside this module; in the sources, and in a bundle of somebody else, they do not. */
function fileOf(entry: string, directory: NodeWorkersOptions['directory']): URL | undefined {
  const name = `${entry}.js`;
  if (directory === undefined) {
    const beside = new URL(name, import.meta.url);
    return beside.protocol === 'file:' && existsSync(beside) ? beside : undefined;
  }
  const base = typeof directory === 'string' ? pathToFileURL(directory) : directory;
  return new URL(name, base.href.endsWith('/') ? base : `${base.href}/`);
}

/** Worker threads: started when there is work for them, and never a reason for the process to stay while idle. */
export function nodeWorkers({ count, directory }: NodeWorkersOptions): Workers {
  const size = Math.max(1, Math.floor(count));
  return {
    count: size,
    open(task) {
      const file = fileOf(task.entry, directory);
      return file === undefined ? inlinePool(task, size) : threadPool(task.entry, file, size);
    },
  };
}
