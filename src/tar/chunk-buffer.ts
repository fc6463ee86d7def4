/** Joins pieces of any size into chunks of one size, all in one buffer that is used again and again. */
export class ChunkBuffer {
  readonly #buffer: Uint8Array;
  #filled = 0;

  constructor(chunkBytes: number) {
    this.#buffer = new Uint8Array(chunkBytes);
  }

  /** Takes the piece and gives every chunk that it fills; each is good until the next is asked for. */
  *fill(piece: Uint8Array): Generator<Uint8Array> {
    let rest = piece;
    while (rest.length > 0) {
      const taken = rest.subarray(0, this.#buffer.length - this.#filled);
      this.#buffer.set(taken, this.#filled);
      this.#filled += taken.length;
      rest = rest.subarray(taken.length);
      if (this.#filled < this.#buffer.length) return;
      yield this.#buffer;
      this.#filled = 0;
    }
  }

  /** What has not filled a chunk so far. */
  get rest(): Uint8Array {
    return this.#buffer.subarray(0, this.#filled);
  }
}
