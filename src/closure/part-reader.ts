import type { Chunks } from '../util/index.js';

/** Bytes of a file that somebody wants. */
export interface Part {
  readonly offset: number;
  readonly length: number;
}

interface Next {
  next(): PromiseLike<IteratorResult<Uint8Array>> | IteratorResult<Uint8Array>;
  return?(): unknown;
}

function iterate(chunks: Chunks): Next {
  return Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
}

const NOTHING = new Uint8Array();

/**
 * Picks parts out of a stream without holding the rest. What is asked for in one call costs one pass at most, and none
 * where it lies ahead or in the chunk at hand.
 */
export class PartReader {
  readonly #open: () => Chunks;
  #chunks: Next | undefined;
  /** The last chunk read, and where it starts. */
  #chunk: Uint8Array = NOTHING;
  #start = 0;

  constructor(open: () => Chunks) {
    this.#open = open;
  }

  /** The parts, in the order asked for; shorter where the file ends before. */
  async read(parts: readonly Part[]): Promise<readonly Uint8Array[]> {
    if (this.#chunks !== undefined && parts.some(({ offset }) => offset < this.#start)) await this.close();
    const end = Math.max(0, ...parts.map(({ offset, length }) => offset + length));
    const taken = parts.map(({ length }) => ({ bytes: new Uint8Array(length), count: 0 }));
    do {
      for (const [i, { offset, length }] of parts.entries()) {
        const from = Math.max(0, offset - this.#start);
        const piece = this.#chunk.subarray(from, Math.max(from, offset + length - this.#start));
        if (piece.length === 0) continue;
        taken[i]!.bytes.set(piece, this.#start + from - offset);
        taken[i]!.count += piece.length;
      }
    } while (this.#start + this.#chunk.length < end && (await this.#advance()));
    return taken.map(({ bytes, count }) => bytes.subarray(0, count));
  }

  /** Lets go of the stream. A later read begins anew. */
  async close(): Promise<void> {
    const chunks = this.#chunks;
    this.#chunks = undefined;
    this.#chunk = NOTHING;
    this.#start = 0;
    await chunks?.return?.();
  }

  async #advance(): Promise<boolean> {
    this.#chunks ??= iterate(this.#open());
    const next = await this.#chunks.next();
    this.#start += this.#chunk.length;
    this.#chunk = next.done ? NOTHING : next.value;
    return !next.done;
  }
}
