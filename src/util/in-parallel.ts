/**
 * Does the work for every item, for a few at a time. After the first failure nothing more begins, `stop` is aborted with
 * it, and it is thrown once all that was begun has ended.
 *
 * @param limit how many at a time
 */
export async function inParallel<T>(
  items: Iterable<T>,
  limit: number,
  work: (item: T, stop: AbortSignal) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const controller = new AbortController();
  const { signal } = controller;
  const failures: unknown[] = [];
  const lane = async (): Promise<void> => {
    for (let next = iterator.next(); !next.done && !signal.aborted; next = iterator.next()) {
      try {
        await work(next.value, signal);
      } catch (error) {
        failures.push(error);
        controller.abort(error);
      }
    }
  };
  await Promise.all(Array.from({ length: limit }, lane));
  if (failures.length > 0) throw failures[0];
}
