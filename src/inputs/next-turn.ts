/** Lets everybody else have a turn, so that progress is shown and an interruption is heard. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
