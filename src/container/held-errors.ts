/** How podman begins what it says itself. */
const OWN = Buffer.from('Error: ');

const startsOwn = (chunk: Uint8Array): boolean => Buffer.from(chunk.subarray(0, OWN.length)).equals(OWN);

/**
 * Output in which podman itself may speak, where the program's errors go, when the container did not start. What comes first
 * and looks like that is held until more comes, or until it is known whose it was.
 */
export class HeldErrors {
  readonly #pass: (chunk: Uint8Array, stream: 'stdout' | 'stderr') => void;
  #held: Uint8Array | undefined;
  #isFirst = true;

  constructor(pass: (chunk: Uint8Array, stream: 'stdout' | 'stderr') => void) {
    this.#pass = pass;
  }

  push(chunk: Uint8Array, stream: 'stdout' | 'stderr'): void {
    if (this.#isFirst && stream === 'stderr' && startsOwn(chunk)) this.#held = Buffer.from(chunk);
    else {
      this.release();
      this.#pass(chunk, stream);
    }
    this.#isFirst = false;
  }

  /** What is held, which is podman's after all. */
  take(): string {
    const text = Buffer.from(this.#held ?? []).toString('utf8');
    this.#held = undefined;
    return text;
  }

  /** What is held was the program's. */
  release(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#pass(held, 'stderr');
  }
}
