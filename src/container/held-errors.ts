/** How podman begins what it says itself: an error, and what it or its runtime logs before. */
const OWN = ['Error: ', 'time="'].map((text) => Buffer.from(text));

const startsOwn = (chunk: Uint8Array): boolean =>
  OWN.some((own) => Buffer.from(chunk.subarray(0, own.length)).equals(own));

/**
 * Output in which podman itself may speak, where the program's errors go, when the container did not start. What comes first
 * and looks like that is held until something else comes, or until it is known whose it was.
 */
export class HeldErrors {
  readonly #pass: (chunk: Uint8Array, stream: 'stdout' | 'stderr') => void;
  readonly #held: Uint8Array[] = [];
  #isFirst = true;

  constructor(pass: (chunk: Uint8Array, stream: 'stdout' | 'stderr') => void) {
    this.#pass = pass;
  }

  push(chunk: Uint8Array, stream: 'stdout' | 'stderr'): void {
    if (this.#isFirst && stream === 'stderr' && startsOwn(chunk)) {
      this.#held.push(Buffer.from(chunk));
      this.#isFirst = this.#held.length < 16;
    } else {
      this.#isFirst = false;
      this.release();
      this.#pass(chunk, stream);
    }
  }

  /** What is held, which is podman's after all. */
  take(): string {
    return Buffer.concat(this.#held.splice(0)).toString('utf8');
  }

  /** What is held was the program's. */
  release(): void {
    for (const chunk of this.#held.splice(0)) this.#pass(chunk, 'stderr');
  }
}
