import type { RequestBody } from '../../network/index.js';
import type { Bytes } from '../../util/index.js';
import { type Content, sizeMismatch } from '../verified-chunks.js';

/** The bytes of a blob as bodies of requests. */
export interface UploadSource {
  /** The bytes from `start` to before `end`. Reading on where the piece before ended costs nothing. */
  piece(start: number, end: number): RequestBody;
  /** Bytes that were given out, also those that were given out again. */
  readonly givenBytes: number;
  /** Throws what made the content unreadable, where something did: the registry is not to blame for it. */
  throwIfBroken(): void;
  close(): Promise<void>;
}

/** A place in a stream of the content. */
interface Cursor {
  readonly iterator: AsyncIterator<Uint8Array>;
  position: number;
  /** What was read and is not given out yet. */
  rest: Uint8Array;
}

const NOTHING = new Uint8Array(0);

/** At most so many bytes from the stream. @throws TbuildError `blob-mismatch` where it ends too early */
async function take(cursor: Cursor, limit: number, target: Content): Promise<Uint8Array> {
  if (cursor.rest.length === 0) {
    const next = await cursor.iterator.next();
    if (next.done) throw sizeMismatch(`Content for ${target.digest}`, target, cursor.position);
    cursor.rest = next.value;
  }
  const chunk = cursor.rest.subarray(0, limit);
  cursor.rest = cursor.rest.subarray(chunk.length);
  cursor.position += chunk.length;
  return chunk;
}

/** @throws TbuildError `blob-mismatch` where the stream goes on */
async function expectEnd(cursor: Cursor, target: Content): Promise<void> {
  const next = cursor.rest.length > 0 ? { done: false, value: cursor.rest } : await cursor.iterator.next();
  if (!next.done) throw sizeMismatch(`Content for ${target.digest}`, target, target.size + next.value.length);
}

async function abandon(cursor: Cursor | undefined): Promise<void> {
  try {
    await cursor?.iterator.return?.();
  } catch {
    // It was of no interest any more.
  }
}

export function openUploadSource(target: Content, open: () => Promise<Bytes>): UploadSource {
  let givenBytes = 0;
  let broken: { readonly error: unknown } | undefined;
  /** Where the last piece ended, unless another is being read: an interrupted request may still hold its stream. */
  let idle: Cursor | undefined;

  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      broken ??= { error };
      throw error;
    }
  };
  const cursorAt = async (start: number): Promise<Cursor> => {
    const before = idle;
    idle = undefined;
    if (before?.position === start) return before;
    await abandon(before);
    const cursor = { iterator: (await open())[Symbol.asyncIterator](), position: 0, rest: NOTHING };
    while (cursor.position < start) await take(cursor, start - cursor.position, target);
    return cursor;
  };
  async function* read(start: number, end: number): AsyncGenerator<Uint8Array> {
    const cursor = await guarded(() => cursorAt(start));
    try {
      while (cursor.position < end) {
        const chunk = await guarded(() => take(cursor, end - cursor.position, target));
        givenBytes += chunk.length;
        yield chunk;
      }
      if (end === target.size) await guarded(() => expectEnd(cursor, target));
    } finally {
      if (cursor.position === end && end < target.size && idle === undefined) idle = cursor;
      else await abandon(cursor);
    }
  }
  return {
    piece: (start, end) => ({ size: end - start, open: async () => read(start, end) }),
    get givenBytes() {
      return givenBytes;
    },
    throwIfBroken() {
      if (broken !== undefined) throw broken.error;
    },
    close: () => abandon(idle),
  };
}
