import type { ByteReader } from './byte-reader.js';
import type { Refuse } from './refusal.js';
import { paddingOf } from './ustar.js';

/** The content of one member, streamed from the archive; good for one reading, until the next member is asked for. */
export class MemberBody implements AsyncIterable<Uint8Array> {
  readonly #bytes: ByteReader;
  readonly #size: number;
  readonly #refuse: Refuse;
  #remaining: number;
  #state: 'fresh' | 'open' | 'over' = 'fresh';

  constructor(bytes: ByteReader, size: number, refuse: Refuse) {
    this.#bytes = bytes;
    this.#size = size;
    this.#refuse = refuse;
    this.#remaining = size;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    if (this.#state !== 'fresh') throw new Error('the content of a member is read too late, or twice');
    this.#state = 'open';
    while (this.#remaining > 0) {
      yield await this.#next();
      if (this.#isOver()) throw new Error('the content of a member is read too late');
    }
  }

  /** Skips what has not been read, and the padding. */
  async finish(): Promise<void> {
    this.#state = 'over';
    while (this.#remaining > 0) await this.#next();
    const padding = paddingOf(this.#size);
    if ((await this.#bytes.exactly(padding)).length < padding) throw this.#cutOff();
  }

  async #next(): Promise<Uint8Array> {
    const piece = await this.#bytes.some(this.#remaining);
    if (piece === undefined) throw this.#cutOff();
    this.#remaining -= piece.length;
    return piece;
  }

  #isOver(): boolean {
    return this.#state === 'over';
  }

  #cutOff(): Error {
    return this.#refuse('is cut off in its content');
  }
}
