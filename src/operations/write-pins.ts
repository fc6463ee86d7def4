import { fail } from '../errors/index.js';
import { type ImageLock, lockPathOf, type PinChange, renderLock } from '../lock/index.js';
import type { BuildContext } from './build-context.js';
import { readLock, writeLock } from './lock-file.js';

/** What became of the lock. */
export interface WrittenPins {
  /** The lock as the user would name it. */
  readonly file: string;
  /** How its pins differ from what was there before. */
  readonly changes: readonly PinChange[];
  /** It was written: also where only what is known of a base's tree is new. */
  readonly isWritten: boolean;
}

/** However they are written: with other ends of lines, or other spaces. */
function isSameLock(a: ImageLock | undefined, b: ImageLock | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return Buffer.compare(renderLock(a), renderLock(b)) === 0;
}

/**
 * Writes the lock, unless it says that already. Somebody may have updated it, or have taken another one from version control,
 * while the build looked things up: that must not be undone.
 */
function write({ host, file, lock: before }: BuildContext, path: string, after: ImageLock): boolean {
  if (isSameLock(before, after)) return false;
  const now = readLock(host, file.manifest.file);
  if (isSameLock(now, after)) return false;
  if (isSameLock(now, before)) return writeLock(host, path, after);
  throw fail('input-changed', {
    message: `${JSON.stringify(path)} was changed by something else while pins for it were found`,
    hint: 'It was left as it is: run this again.',
  });
}

/**
 * Writes what was found into the lock beside image.yaml; nothing where it is frozen, and where there is nothing to pin.
 * @throws TbuildError `lock-failed`; `input-changed` where the lock is another than the one that the build began with
 */
export function writePins(context: BuildContext): WrittenPins {
  const { file, pins } = context;
  const { lock, changes, isNeeded } = pins.finish();
  const path = lockPathOf(file.manifest.file);
  const isWritten = isNeeded && !pins.isFrozen && write(context, path, lock);
  return { file: path, changes, isWritten };
}
