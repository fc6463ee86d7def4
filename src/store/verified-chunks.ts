import { createHash } from 'node:crypto';
import { type ErrorDetails, fail, type TbuildError } from '../errors/index.js';
import type { Host, ReadHandle } from '../host/index.js';
import { type Digest, digestOfHash } from '../oci/index.js';

/** Contents are read in pieces of so many bytes: up to this size they are one piece. */
export const PIECE_BYTES = 1024 * 1024;

/** Content by digest and size. */
export interface Content {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/** A part of an open file, or all of it. */
export interface Extent {
  readonly handle: ReadHandle;
  /** Where it begins, in bytes. */
  readonly position: number;
  /** Bytes that are there. */
  readonly size: number;
  /** How messages call it: a path. */
  readonly shown: string;
}

/** Content is not what its digest says. */
export function mismatch(shown: string, reason: string, details: ErrorDetails): TbuildError {
  return fail('blob-mismatch', { message: `${shown} is damaged: ${reason}`, details });
}

export function sizeMismatch(shown: string, target: Content, found: number): TbuildError {
  const { digest, size: expected } = target;
  return mismatch(shown, `it has ${found} bytes instead of ${expected}`, { digest, expected, found });
}

export function digestMismatch(shown: string, target: Content, found: Digest): TbuildError {
  const { digest: expected } = target;
  return mismatch(shown, `its digest is ${found} instead of ${expected}`, { digest: expected, expected, found });
}

/**
 * The content in pieces of at most 1 MiB, which share one buffer. The last piece is given out only after size and
 * digest of all of them are right.
 *
 * @throws TbuildError `blob-mismatch`; errno errors of the handle
 */
export function* verifiedChunks(extent: Extent, target: Content): Generator<Uint8Array> {
  const { handle, position, shown } = extent;
  if (extent.size !== target.size) throw sizeMismatch(shown, target, extent.size);
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafeSlow(Math.min(target.size, PIECE_BYTES));
  const check = (): void => {
    const found = digestOfHash(hash);
    if (found !== target.digest) throw digestMismatch(shown, target, found);
  };
  for (let done = 0; done < target.size; ) {
    const piece = buffer.subarray(0, Math.min(buffer.length, target.size - done));
    const count = handle.read(piece, position + done);
    if (count < piece.length) throw sizeMismatch(shown, target, done + count);
    hash.update(piece);
    done += count;
    if (done === target.size) check();
    yield piece;
  }
  if (target.size === 0) check();
}

/** The digest of all that is there. Throws errno errors of the handle. */
export function digestOfExtent(extent: Extent): Digest {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafeSlow(Math.max(1, Math.min(extent.size, PIECE_BYTES)));
  for (let done = 0; ; ) {
    const count = extent.handle.read(buffer.subarray(0, extent.size - done), extent.position + done);
    if (count === 0) return digestOfHash(hash);
    hash.update(buffer.subarray(0, count));
    done += count;
  }
}

/** The chunks as a stream that lets other work, and the interruption, come in between. */
export async function* unhurried(chunks: Iterable<Uint8Array>, host: Host): AsyncGenerator<Uint8Array> {
  let isFirst = true;
  for (const chunk of chunks) {
    if (!isFirst) {
      await new Promise((resolve) => setImmediate(resolve));
      host.interruption.throwIfAborted();
    }
    isFirst = false;
    yield chunk;
  }
}
