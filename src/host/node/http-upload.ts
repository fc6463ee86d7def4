import type { Bytes } from '../../util/index.js';
import { nextTurn } from './next-turn.js';

/** Small enough that a slow line takes one well within a time-out. */
const PIECE_BYTES = 64 * 1024;

export interface UploadWatch {
  /** The connection has taken all it got: now the source is waited for. */
  onAsked(): void;
  /** The connection has something to send. */
  onPiece(bytes: number): void;
  /** The last byte is on its way. */
  onEnd(): void;
}

/**
 * The body of a request in pieces, as undici asks for them: when the one before has left for the kernel. An error of
 * the source is kept, so that it can be told from one of the network.
 */
export class Upload implements AsyncIterableIterator<Uint8Array> {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #watch: UploadWatch;
  readonly #closed: Promise<void>;
  #reportClosed!: () => void;
  #rest: Uint8Array = new Uint8Array(0);
  #isFirst = true;
  #isStopped = false;
  failure: { readonly error: unknown } | undefined;

  constructor(source: Bytes, watch: UploadWatch) {
    this.#source = source[Symbol.asyncIterator]();
    this.#watch = watch;
    this.#closed = new Promise((resolve) => {
      this.#reportClosed = resolve;
    });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    // Between pieces the loop looks at what came in: an answer that is there must be read before the next piece is
    // written, since a server that has closed the connection makes writing fail, and what came in is lost.
    if (!this.#isFirst) await nextTurn();
    this.#isFirst = false;
    const hasMore = !this.#isStopped && (this.#rest.length > 0 || (await this.#fill()));
    if (this.#isStopped) await this.#closed;
    else if (hasMore) return { done: false, value: this.#takePiece() };
    else this.#watch.onEnd();
    return { done: true, value: undefined };
  }

  /** Gives no more pieces, and no end either until it is closed: the connection would take it for a short body. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Lets go of the source. */
  close(): void {
    this.#isStopped = true;
    this.#reportClosed();
    void Promise.resolve(this.#source.return?.()).catch(() => {});
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.close();
    return { done: true, value: undefined };
  }

  #takePiece(): Uint8Array {
    const piece = this.#rest.subarray(0, PIECE_BYTES);
    this.#rest = this.#rest.subarray(piece.length);
    this.#watch.onPiece(piece.length);
    return piece;
  }

  /** False at the end. */
  async #fill(): Promise<boolean> {
    this.#watch.onAsked();
    try {
      while (this.#rest.length === 0) {
        const { done, value } = await this.#source.next();
        if (done === true) return false;
        this.#rest = value;
      }
    } catch (error) {
      if (this.#isStopped) return false; // nobody needs its bytes any more
      this.failure = { error };
      throw error;
    }
    return true;
  }
}
