import { setMaxListeners } from 'node:events';

/**
 * Calls back when the signal aborts. One signal stops many things at the same time, which Node takes for a leak
 * unless it is told otherwise.
 * @returns what stops listening
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  setMaxListeners(0, signal);
  signal.addEventListener('abort', callback);
  return () => signal.removeEventListener('abort', callback);
}
