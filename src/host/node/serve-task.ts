import { parentPort } from 'node:worker_threads';
import type { WorkerTask } from '../workers.js';
import { factsOfThrown, type WorkerRequest, type WorkerResponse } from './worker-messages.js';

/** The buffers that can move instead of being copied: those that a byte array in the output has for itself. */
function transferable(output: unknown): ArrayBuffer[] {
  if (typeof output !== 'object' || output === null) return [];
  const values: readonly unknown[] = output instanceof Uint8Array ? [output] : Object.values(output);
  const buffers = new Set<ArrayBuffer>();
  for (const value of values) {
    if (!(value instanceof Uint8Array) || !(value.buffer instanceof ArrayBuffer)) continue;
    if (value.byteLength === value.buffer.byteLength) buffers.add(value.buffer);
  }
  return [...buffers];
}

/**
 * The worker's side of a pool: answers every request with what the task makes of it. The whole text of a worker file
 * is a call of this. A byte array that a task returns, alone or as a property of the result, must not be kept by it.
 */
export function serveTask<Input, Output>(task: WorkerTask<Input, Output>): void {
  const port = parentPort;
  if (port === null) throw new Error(`"${task.entry}" can only run as a worker`);
  port.on('message', async ({ id, input }: WorkerRequest) => {
    try {
      const output = await task.run(input as Input);
      port.postMessage({ id, output } satisfies WorkerResponse, transferable(output));
    } catch (error) {
      port.postMessage({ id, thrown: factsOfThrown(error) } satisfies WorkerResponse);
    }
  });
}
