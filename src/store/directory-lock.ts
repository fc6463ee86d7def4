import { join } from 'node:path';
import type { Host } from '../host/index.js';
import { OWN_PREFIX, type Owned, type Ownership } from './ownership.js';

const PATIENCE_MS = 10_000;

export interface LockOptions {
  readonly directory: string;
  readonly ownership: Ownership;
  /** The error where others do not finish. */
  busy(rivals: readonly Owned[]): Error;
}

/**
 * Runs the work while no other process changes what the images in this directory are called. Everybody writes a lock of their own and
 * then looks for others, so of two that meet at least one gives way; the first by name comes back sooner. A lock
 * whose owner is gone stops nobody, so there is none to clean up. Throws errno errors.
 */
export function withDirectoryLock<T>(host: Host, options: LockOptions, work: () => T): T {
  const { files, clock } = host;
  const { directory, ownership, busy } = options;
  const path = join(directory, OWN_PREFIX + ownership.nameFor('lock'));
  for (let waitedMs = 0; ; ) {
    let rivals: readonly Owned[];
    files.createFile(path).close();
    try {
      rivals = ownership
        .list(directory, OWN_PREFIX)
        .filter((owned) => owned.role === 'lock' && owned.owner === 'live' && owned.path !== path);
      if (rivals.length === 0) return work();
    } finally {
      files.remove(path);
    }
    if (waitedMs >= PATIENCE_MS) throw busy(rivals);
    const pauseMs = rivals.every((rival) => path < rival.path) ? 2 : 20;
    clock.pause(pauseMs);
    waitedMs += pauseMs;
  }
}
