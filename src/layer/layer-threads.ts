import type { Implementation } from '../codec/index.js';
import type { Files, WorkerPool, Workers } from '../host/index.js';
import { type BlockResult, type BlockWork, blockTask } from './block-task.js';

/** The threads that write layers. */
export interface LayerThreads {
  readonly pool: WorkerPool<BlockWork, BlockResult>;
  readonly implementation: Implementation;
  /** Ends the threads; layers that are not finished fail. Safe to call twice. */
  close(): Promise<void>;
}

/** Threads start when there is work for them. What they write does not depend on how many there are. */
export function openLayerThreads(
  { workers, files }: { readonly workers: Workers; readonly files: Files },
  implementation: Implementation,
): LayerThreads {
  const pool = workers.open(blockTask(files));
  return { pool, implementation, close: () => pool.close() };
}
