import type { Bytes } from '../util/index.js';

/** A stream read by counted bytes. */
export interface ByteReader {
  /** The next `count` bytes, for the caller to keep; undefined where the stream ends before. */
  take(count: number): Promise<Uint8Array | undefined>;
  /** Passes over `count` bytes; false where the stream ends before. */
  skip(count: number): Promise<boolean>;
  isAtEnd(): Promise<boolean>;
  /** Closes the stream. */
  close(): Promise<void>;
}

export function readBytes(input: Bytes): ByteReader {
  const iterator = input[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array(0);
  const isAtEnd = async (): Promise<boolean> => {
    while (rest.length === 0) {
      const next = await iterator.next();
      if (next.done === true) return true;
      rest = next.value;
    }
    return false;
  };
  /** Hands `count` bytes to `visit`, in pieces; false where the stream ends before. */
  const advance = async (count: number, visit: (piece: Uint8Array, at: number) => void): Promise<boolean> => {
    for (let at = 0; at < count; ) {
      if (await isAtEnd()) return false;
      const piece = rest.subarray(0, count - at);
      visit(piece, at);
      at += piece.length;
      rest = rest.subarray(piece.length);
    }
    return true;
  };
  return {
    isAtEnd,
    skip: (count) => advance(count, () => undefined),
    async take(count) {
      const bytes = new Uint8Array(count);
      return (await advance(count, (piece, at) => bytes.set(piece, at))) ? bytes : undefined;
    },
    async close() {
      await iterator.return?.();
    },
  };
}
