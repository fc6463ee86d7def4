/** What may be held in memory of an answer that nobody reads. */
const HELD_BYTES = 256 * 1024;

export interface DownloadWatch {
  /** The reader waits for a byte, or does not any more. */
  onWaiting(isWaiting: boolean): void;
  pause(): void;
  resume(): void;
  /** The reader wants no more. */
  onLeft(): void;
}

/** The body of an answer on its way from the connection to the reader. What arrived before a failure is read before it. */
export class Download implements AsyncIterableIterator<Uint8Array> {
  readonly #watch: DownloadWatch;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #end: { readonly error: unknown } | 'whole' | undefined;
  #wake: (() => void) | undefined;

  constructor(watch: DownloadWatch) {
    this.#watch = watch;
  }

  /** True while the reader waits. */
  get isAwaited(): boolean {
    return this.#wake !== undefined;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0 || this.#end !== undefined) return;
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes > HELD_BYTES) this.#watch.pause();
    this.#wake?.();
  }

  end(end: { readonly error: unknown } | 'whole'): void {
    this.#end ??= end;
    this.#wake?.();
  }

  /** Forgets what is held; from here on the answer is at its end. */
  drop(): void {
    this.#held = [];
    this.#heldBytes = 0;
    this.#end = 'whole';
    this.#wake?.();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    while (this.#held.length === 0 && this.#end === undefined) await this.#more();
    const chunk = this.#held.shift();
    if (chunk !== undefined) {
      this.#heldBytes -= chunk.length;
      if (this.#heldBytes <= HELD_BYTES) this.#watch.resume();
      return { done: false, value: chunk };
    }
    if (this.#end !== 'whole' && this.#end !== undefined) throw this.#end.error;
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#watch.onLeft();
    return { done: true, value: undefined };
  }

  async #more(): Promise<void> {
    this.#watch.onWaiting(true);
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
    this.#watch.onWaiting(false);
  }
}
