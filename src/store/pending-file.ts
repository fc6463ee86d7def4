import { dirname } from 'node:path';
import type { Files } from '../host/index.js';
import { attempt, type Explain, explained, explanationOf } from './explained.js';

/** A file under a temporary name. It gets its real name only complete and flushed. */
export interface PendingFile {
  /** Bytes so far. */
  readonly size: number;
  write(bytes: Uint8Array): void;
  /** As `write`, while other work goes on: until it ends the bytes must not change, and nothing else may be called but `flushingSoFar`. */
  writing(bytes: Uint8Array): Promise<void>;
  /** Forces what is written so far to the disk, while more is written. */
  flushingSoFar(): Promise<void>;
  /** Forces what was written to the disk. Nothing can be written any more. */
  flush(): void;
  /** As `flush`, while other work goes on. Nothing else may be called until it ends. */
  flushing(): Promise<void>;
  /** Gives the flushed file its name, over whatever is there. The name lasts once the directory is flushed. */
  name(path: string, mode: number): void;
  /** Gives the flushed file its name and forces the name to the disk. */
  publish(path: string, mode: number): void;
  /** Removes the file unless it is published. Safe to call at any time. */
  discard(): void;
}

async function explainedLater(work: () => Promise<void>, explain: Explain): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw explanationOf(error, explain);
  }
}

/** Renames over what is at the path, also over a directory that should not be there. */
function replace(files: Files, from: string, to: string): void {
  try {
    files.rename(from, to);
  } catch (error) {
    if (files.lstat(to)?.kind !== 'directory') throw error;
    files.removeTree(to);
    files.rename(from, to);
  }
}

/**
 * Opens a new file at `temporary`, which must be in the file system where the file will stay. The order of the calls
 * is containerd's: open exclusively, write, fsync, (check,) chmod, rename, fsync of the directory.
 */
export function openPending(files: Files, temporary: string, explain: Explain): PendingFile {
  const handle = explained(() => files.createFile(temporary), explain);
  let isOpen = true;
  let isThere = true;
  let size = 0;
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    handle.close();
  };
  const name = (path: string, mode: number): void =>
    explained(() => {
      files.chmod(temporary, mode);
      replace(files, temporary, path);
      isThere = false;
    }, explain);
  return {
    get size() {
      return size;
    },
    write(bytes) {
      explained(() => handle.write(bytes), explain);
      size += bytes.length;
    },
    async writing(bytes) {
      size += bytes.length;
      await explainedLater(() => handle.writing(bytes), explain);
    },
    flushingSoFar: () => explainedLater(() => handle.syncing(), explain),
    flush() {
      explained(() => {
        handle.sync();
        close();
      }, explain);
    },
    async flushing() {
      await explainedLater(() => handle.syncing(), explain);
      explained(close, explain);
    },
    name,
    publish(path, mode) {
      name(path, mode);
      explained(() => files.syncDirectory(dirname(path)), explain);
    },
    discard() {
      // Failures are passed over: the one that led here is the one to report.
      attempt(close);
      if (isThere) attempt(() => files.remove(temporary));
      isThere = false;
    },
  };
}

/** A small file, complete or not at all. */
export function publishBytes(pending: PendingFile, bytes: Uint8Array, to: { path: string; mode: number }): void {
  try {
    pending.write(bytes);
    pending.flush();
    pending.publish(to.path, to.mode);
  } finally {
    pending.discard();
  }
}
