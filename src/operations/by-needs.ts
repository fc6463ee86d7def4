/** Things that need each other, without circles. */
export interface Needing<T> {
  /** In the order in which failures count. */
  readonly items: readonly T[];
  nameOf(item: T): string;
  /** Names of other items. */
  needsOf(item: T): readonly string[];
}

/** Whether it is too late to begin something. */
export interface Halt {
  readonly isStopped: boolean;
  /** From now on it is. A failure stops by itself, but only once the work has ended. */
  stop(): void;
}

/**
 * Does the work for every item, as soon as it is done for all that the item needs. After a failure nothing more begins; once all
 * that was begun has ended, the failure of the first item that has one is thrown.
 */
export async function byNeeds<T>(
  { items, nameOf, needsOf }: Needing<T>,
  work: (item: T, halt: Halt) => Promise<void>,
): Promise<void> {
  const byName = new Map(items.map((item) => [nameOf(item), item]));
  const begun = new Map<T, Promise<void>>();
  const failures = new Map<T, unknown>();
  const halt = {
    isStopped: false,
    stop() {
      this.isStopped = true;
    },
  };
  const start = (item: T): Promise<void> => {
    const running = begun.get(item) ?? doWork(item);
    begun.set(item, running);
    return running;
  };
  const doWork = async (item: T): Promise<void> => {
    await Promise.all(needsOf(item).map((name) => start(byName.get(name)!)));
    if (halt.isStopped) return;
    try {
      await work(item, halt);
    } catch (error) {
      halt.stop();
      failures.set(item, error);
    }
  };
  await Promise.all(items.map(start));
  const first = items.find((item) => failures.has(item));
  if (first !== undefined) throw failures.get(first);
}
