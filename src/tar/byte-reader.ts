import { type Chunks, isSyncChunks } from '../util/index.js';
import { eventLoopTurn } from './event-loop.js';

const TURN_BYTES = 4 * 1024 * 1024;
const NOTHING = new Uint8Array(0);

/** Reads a stream of chunks of any size in pieces of the reader's choice. What it returns is good until the next call. */
export class ByteReader {
  readonly #iterator: Iterator<Uint8Array> | AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = NOTHING;
  #position = 0;
  #sinceTurn = 0;
  #ended = false;

  constructor(input: Chunks) {
    this.#iterator = isSyncChunks(input) ? input[Symbol.iterator]() : input[Symbol.asyncIterator]();
  }

  /** How many bytes have been read. */
  get position(): number {
    return this.#position;
  }

  /** The next bytes, at least one and at most `limit`; undefined at the end. */
  async some(limit: number): Promise<Uint8Array | undefined> {
    while (this.#chunk.length === 0) if (!(await this.#pull())) return undefined;
    return this.#take(limit);
  }

  /** Exactly the next `length` bytes; fewer only where the stream ends before. */
  async exactly(length: number): Promise<Uint8Array> {
    if (this.#chunk.length >= length) return this.#take(length);
    const bytes = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const piece = await this.some(length - filled);
      if (piece === undefined) break;
      bytes.set(piece, filled);
      filled += piece.length;
    }
    return bytes.subarray(0, filled);
  }

  /** Tells the source that no more is wanted. */
  async close(): Promise<void> {
    if (!this.#ended) await this.#iterator.return?.();
    this.#ended = true;
  }

  #take(limit: number): Uint8Array {
    const piece = this.#chunk.subarray(0, limit);
    this.#chunk = this.#chunk.subarray(piece.length);
    this.#position += piece.length;
    return piece;
  }

  async #pull(): Promise<boolean> {
    if (this.#ended) return false;
    if (this.#sinceTurn >= TURN_BYTES) {
      await eventLoopTurn();
      this.#sinceTurn = 0;
    }
    const next = await this.#iterator.next();
    if (next.done) this.#ended = true;
    else this.#chunk = next.value;
    this.#sinceTurn += this.#chunk.length;
    return !this.#ended;
  }
}
