import { lockPathOf, type PinChange } from '../lock/index.js';
import type { BuildContext } from './build-context.js';
import { writeLock } from './lock-file.js';

/** What became of the lock. */
export interface WrittenPins {
  /** The lock as the user would name it. */
  readonly file: string;
  /** How its pins differ from what was there before. */
  readonly changes: readonly PinChange[];
  /** Its bytes differ: also where only what is known of a base's tree does. */
  readonly isWritten: boolean;
}

/**
 * Writes what was found into the lock beside image.yaml; nothing where it is frozen, and where there is nothing to pin.
 * @throws TbuildError `lock-failed`
 */
export function writePins({ host, file, pins }: BuildContext): WrittenPins {
  const { lock, changes, isNeeded } = pins.finish();
  const path = lockPathOf(file.manifest.file);
  const isWritten = isNeeded && !pins.isFrozen && writeLock(host, path, lock);
  return { file: path, changes, isWritten };
}
