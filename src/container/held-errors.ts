/**
 * Output in which the runtime itself may speak, where the program's errors go, when the container did not start. What comes
 * first and looks like that is held until something else comes, or until it is known whose it was.
 */
export class HeldErrors {
  readonly #pass: (chunk: Uint8Array, stream: 'stdout' | 'stderr') => void;
  readonly #held: Uint8Array[] = [];
  readonly #mayBeOwn: (chunk: Uint8Array) => boolean;
  #isFirst = true;

  /** @param mayBeOwn whether the runtime may have said this, by what it looks like */
  constructor(
    pass: (chunk: Uint8Array, stream: 'stdout' | 'stderr') => void,
    mayBeOwn: (chunk: Uint8Array) => boolean,
  ) {
    this.#pass = pass;
    this.#mayBeOwn = mayBeOwn;
  }

  get isHolding(): boolean {
    return this.#held.length > 0;
  }

  push(chunk: Uint8Array, stream: 'stdout' | 'stderr'): void {
    if (this.#isFirst && stream === 'stderr' && this.#mayBeOwn(chunk)) {
      this.#held.push(Buffer.from(chunk));
      this.#isFirst = this.#held.length < 16;
    } else {
      this.release();
      this.#pass(chunk, stream);
    }
  }

  /** What is held, which is the runtime's after all. */
  take(): string {
    return Buffer.concat(this.#held.splice(0)).toString('utf8');
  }

  /** What is held was the program's, and so is all that comes after it. */
  release(): void {
    this.#isFirst = false;
    for (const chunk of this.#held.splice(0)) this.#pass(chunk, 'stderr');
  }
}
