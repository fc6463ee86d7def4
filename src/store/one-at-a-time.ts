/** Runs work by key: work of the same key waits for its turn, also where what came before it failed. */
export function oneAtATime<K>(): <T>(key: K, work: () => Promise<T>) => Promise<T> {
  const last = new Map<K, Promise<unknown>>();
  return async (key, work) => {
    const turn = Promise.resolve(last.get(key))
      .catch(() => undefined)
      .then(work);
    last.set(key, turn);
    try {
      return await turn;
    } finally {
      if (last.get(key) === turn) last.delete(key);
    }
  };
}
