import { createHash } from 'node:crypto';
import { type Digest, digestOfHash } from '../oci/index.js';
import type { PendingFile } from './pending-file.js';

/** What is written at a time. */
const PIECE_BYTES = 1024 * 1024;

/** What a stream that comes slowly is flushed after. */
const FLUSHED_BYTES = 32 * 1024 * 1024;

/**
 * Writes a file, and flushes it at its end, in another thread, while this one hashes the same bytes and fetches more. Holds two pieces
 * of 1 MiB, or less where the file is smaller. After a failure nothing more is written, and the next call tells it.
 */
export class WriteBehind {
  readonly #file: PendingFile;
  readonly #hash = createHash('sha256');
  readonly #pieceBytes: number;
  #piece: Buffer;
  #other: Buffer | undefined;
  #filledBytes = 0;
  #writing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  /** Bytes that were given. */
  size = 0;

  readonly #isSlow: boolean;
  #flushing: Promise<void> | undefined;
  #unflushedBytes = 0;

  /**
   * @param facts.expectedBytes the size that the file should have, if that is known
   * @param facts.isSlow the bytes come more slowly than a disk takes them, as those that are compressed: it begins before the end then.
   *   Of bytes that come fast this takes more than it saves (measured for downloads)
   */
  constructor(file: PendingFile, facts: { readonly expectedBytes?: number; readonly isSlow: boolean }) {
    const { expectedBytes = PIECE_BYTES, isSlow } = facts;
    this.#file = file;
    this.#isSlow = isSlow;
    this.#pieceBytes = Math.max(1, Math.min(expectedBytes, PIECE_BYTES));
    this.#piece = Buffer.allocUnsafeSlow(this.#pieceBytes);
  }

  /** Takes the bytes, which may change afterwards. Waiting is needed only for a promise. */
  write(bytes: Uint8Array): Promise<void> | undefined {
    this.size += bytes.length;
    return this.#filledBytes + bytes.length < this.#pieceBytes ? this.#keep(bytes) : this.#writeAll(bytes);
  }

  /** The digest of all bytes, which are flushed. */
  async finish(): Promise<Digest> {
    if (this.#filledBytes > 0) await this.#send();
    await this.settle();
    this.#check();
    await this.#file.flushing();
    return digestOfHash(this.#hash);
  }

  /** Afterwards nothing is under way, and the file can be discarded. */
  async settle(): Promise<void> {
    await this.#writing;
    await this.#flushing;
  }

  #keep(bytes: Uint8Array): undefined {
    this.#piece.set(bytes, this.#filledBytes);
    this.#filledBytes += bytes.length;
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const part = bytes.subarray(done, done + this.#pieceBytes - this.#filledBytes);
      this.#keep(part);
      done += part.length;
      if (this.#filledBytes === this.#pieceBytes) await this.#send();
    }
  }

  async #send(): Promise<void> {
    await this.#writing;
    this.#check();
    const piece = this.#piece;
    const full = piece.subarray(0, this.#filledBytes);
    this.#writing = this.#noting(this.#file.writing(full));
    this.#unflushedBytes += full.length;
    if (this.#isSlow && this.#unflushedBytes >= FLUSHED_BYTES && this.#flushing === undefined) this.#flushEarly();
    this.#hash.update(full);
    this.#piece = this.#other ?? Buffer.allocUnsafeSlow(this.#pieceBytes);
    this.#other = piece;
    this.#filledBytes = 0;
  }

  #flushEarly(): void {
    this.#unflushedBytes = 0;
    this.#flushing = this.#noting(this.#file.flushingSoFar()).then(() => {
      this.#flushing = undefined;
    });
  }

  /** Never rejects: the next call tells. */
  async #noting(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
