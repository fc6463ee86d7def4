import { createHash } from 'node:crypto';
import { errnoOf, type Files, type WorkerTask } from '../host/index.js';
import { pathBelow } from './select-files.js';
import { DIGEST_BYTES, NUMBERS } from './walk-table.js';

/** Files below a root, and what `lstat` said of them. */
export interface FilesToHash {
  readonly root: string;
  readonly paths: readonly string[];
  /** `NUMBERS` each. */
  readonly numbers: Float64Array;
}

export interface HashedFiles {
  /** `DIGEST_BYTES` each. */
  readonly digests: Uint8Array;
  /** By file, 1 where it could not be read as it was, for whatever reason: the caller finds out. */
  readonly failed: Uint8Array;
}

const PIECE_BYTES = 1024 * 1024;

/** sha256 of a file that is as the numbers say, before and after it was read; undefined for any other. */
function hashOf(path: string, numbers: Float64Array, buffer: Uint8Array, files: Files): Buffer | undefined {
  const handle = files.openRead(path);
  try {
    const isSame = (): boolean => {
      const { size, modifiedMs, changedMs, inode, device } = handle.stat();
      return [size, modifiedMs, changedMs, inode, device].every((number, k) => number === numbers[k]);
    };
    if (!isSame()) return undefined;
    const hash = createHash('sha256');
    const size = numbers[0]!;
    for (let position = 0; position < size; ) {
      const count = handle.read(buffer.subarray(0, Math.min(buffer.length, size - position)), position);
      if (count === 0) return undefined;
      hash.update(buffer.subarray(0, count));
      position += count;
    }
    return size === 0 || isSame() ? hash.digest() : undefined;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  } finally {
    handle.close();
  }
}

/** The work of one thread: the digests of files. */
export function hashTask(files: Files): WorkerTask<FilesToHash, HashedFiles> {
  let buffer: Uint8Array | undefined;
  return {
    entry: 'hash-worker',
    run({ root, paths, numbers }) {
      buffer ??= new Uint8Array(PIECE_BYTES);
      const [digests, failed] = [new Uint8Array(paths.length * DIGEST_BYTES), new Uint8Array(paths.length)];
      for (let i = 0; i < paths.length; i++) {
        const digest = tryHash(
          pathBelow(root, paths[i]!),
          numbers.subarray(i * NUMBERS, (i + 1) * NUMBERS),
          buffer,
          files,
        );
        if (digest === undefined) failed[i] = 1;
        else digests.set(digest, i * DIGEST_BYTES);
      }
      return { digests, failed };
    },
  };
}

function tryHash(...[path, numbers, buffer, files]: Parameters<typeof hashOf>): Buffer | undefined {
  try {
    return hashOf(path, numbers, buffer, files);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
