/**
 * Lets timers, signals and messages of workers have their turn: a stream that is never short of data would keep all
 * of them waiting, since awaiting what is there already does not go through the event loop.
 */
export function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
