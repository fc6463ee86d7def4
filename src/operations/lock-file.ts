import { resolve } from 'node:path';
import { fail, TbuildError } from '../errors/index.js';
import { errnoOf, type Host, reasonOf } from '../host/index.js';
import { type ImageLock, LOCK_LIMIT_BYTES, lockPathOf, parseLock, renderLock } from '../lock/index.js';
import { replaceFile } from '../store/index.js';

function unreadable(file: string, reason: string, cause?: unknown): TbuildError {
  return fail('lock-unreadable', { message: `Cannot read ${JSON.stringify(file)}: ${reason}`, cause });
}

function unwritable(file: string, reason: string, cause?: unknown): TbuildError {
  const hint = errnoOf(cause) === undefined ? undefined : 'With --frozen a lock that has all pins is only read.';
  return fail('lock-failed', { message: `Cannot write ${JSON.stringify(file)}: ${reason}`, hint, cause });
}

/** The bytes at the path; undefined where nothing is there. Throws errno errors. */
function bytesAt({ files }: Host, path: string, refuse: (reason: string) => TbuildError): Uint8Array | undefined {
  const stat = files.stat(path);
  if (stat === undefined) return undefined;
  if (stat.kind !== 'file') throw refuse('it is not a regular file');
  try {
    return files.readFile(path, LOCK_LIMIT_BYTES);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw refuse(`it has more than ${LOCK_LIMIT_BYTES} bytes, the most that a lock may have`);
  }
}

/**
 * The lock of a manifest; undefined where there is none.
 *
 * @param manifestFile as the user would name it: relative paths are below the working directory
 * @throws TbuildError `lock-unreadable`, `lock-invalid`
 */
export function readLock(host: Host, manifestFile: string): ImageLock | undefined {
  const file = lockPathOf(manifestFile);
  try {
    const path = resolve(host.env.workingDirectory, file);
    const bytes = bytesAt(host, path, (reason) => unreadable(file, reason));
    return bytes && parseLock(bytes, { file });
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    throw unreadable(file, reasonOf(error), error);
  }
}

/** What is written today has to be read tomorrow. */
function readableBytes(lock: ImageLock, file: string): Uint8Array {
  const bytes = renderLock(lock);
  try {
    parseLock(bytes, { file });
    return bytes;
  } catch (error) {
    if (!(error instanceof TbuildError)) throw error;
    throw unwritable(file, `it could not be read again: ${error.message}`, error);
  }
}

/**
 * Writes the lock, whole or not at all. A file that is there keeps its mode, and a link to it stays one.
 *
 * @param file as the user would name it
 * @returns false where the file is this lock already; then nothing is written
 * @throws TbuildError `lock-failed`
 */
export function writeLock(host: Host, file: string, lock: ImageLock): boolean {
  const bytes = readableBytes(lock, file);
  const path = resolve(host.env.workingDirectory, file);
  try {
    const before = bytesAt(host, path, (reason) => unwritable(file, reason));
    if (before !== undefined && Buffer.compare(before, bytes) === 0) return false;
    replaceFile(host, path, bytes, (error) => unwritable(file, reasonOf(error), error));
    return true;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    throw unwritable(file, reasonOf(error), error);
  }
}
