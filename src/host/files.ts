/** The kinds of thing a path can be. `other` is a socket, fifo or device. */
export type FileKind = 'file' | 'directory' | 'symlink' | 'other';

/**
 * What `lstat` says. Times are for noticing change, never for output: milliseconds since the epoch, as exact as a double can
 * say them, which is a quarter of a microsecond; so are the numbers of files and devices, up to 2^53.
 */
export interface FileStat {
  readonly kind: FileKind;
  /** Bytes. */
  readonly size: number;
  /** Permission bits, `& 0o7777`. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly modifiedMs: number;
  /** When its metadata changed last: no program can set it. */
  readonly changedMs: number;
  readonly inode: number;
  readonly device: number;
  readonly links: number;
}

/** A name in a directory, as the raw bytes the file system holds: they need not be UTF-8. */
export interface DirectoryName {
  readonly bytes: Uint8Array;
  readonly kind: FileKind;
}

/** An open file. Calls throw errors with an errno `code`, as Node does. */
export interface ReadHandle {
  stat(): FileStat;
  /** Fills `target` from `position` as far as the file goes; returns the bytes read, 0 at the end. */
  read(target: Uint8Array, position: number): number;
  close(): void;
}

export interface WriteHandle {
  /** Writes all of `bytes` (short writes are continued). */
  write(bytes: Uint8Array): void;
  /** As `write`, while other work goes on. One at a time; the bytes must not change meanwhile. */
  writing(bytes: Uint8Array): Promise<void>;
  /** fsync: returns when the bytes are on the disk. */
  sync(): void;
  /** As `sync`, while other work goes on. Several files at a time take little longer than one. */
  syncing(): Promise<void>;
  close(): void;
}

/**
 * The file system. Synchronous on purpose: measured 10 to 40 times faster than promises for many small files, and
 * the caller yields between files. Paths are absolute. Every method throws an Error with an errno `code`
 * (`ENOENT`, `EACCES`, …; see `errnoOf`).
 */
export interface Files {
  /** Undefined where nothing is there (`ENOENT`, `ENOTDIR`). Does not follow a final symlink. */
  lstat(path: string): FileStat | undefined;
  /**
   * As `lstat` for very many paths: puts `size`, `modifiedMs`, `changedMs`, `inode` and `device` into `numbers` from `position`
   * on. False where nothing is there.
   */
  lstatInto(path: string, numbers: Float64Array, position: number): boolean;
  /** As `lstat`, but follows symlinks; undefined also for a dangling one. */
  stat(path: string): FileStat | undefined;
  /** Names in the directory, in no order anybody may rely on; without `.` and `..`. */
  readDirectory(path: string): readonly DirectoryName[];
  /** Target of a symlink, raw bytes. */
  readLink(path: string): Uint8Array;
  realPath(path: string): string;
  openRead(path: string): ReadHandle;
  /** The whole file. Throws a RangeError beyond `limitBytes`. */
  readFile(path: string, limitBytes: number): Uint8Array;

  /** Opens a file that must not exist (`wx`, `EEXIST` otherwise); mode 0600. */
  createFile(path: string): WriteHandle;
  /** Creates the directory and its parents; does nothing where it exists. New ones get mode 0777 less umask, or exactly `mode`. */
  makeDirectory(path: string, mode?: number): void;
  rename(from: string, to: string): void;
  /** Hard link. */
  link(from: string, to: string): void;
  /**
   * A file of its own that shares its blocks with the other until one of them is written to, flushed, with the other's mode. `to` must
   * not exist. Throws where the file system cannot do that (`EOPNOTSUPP`, `EXDEV`, `EINVAL`, …), and then leaves nothing.
   */
  clone(from: string, to: string): void;
  symlink(target: string, path: string): void;
  chmod(path: string, mode: number): void;
  chown(path: string, uid: number, gid: number): void;
  /** Sets access and modification time to now: "in use". Throws `ENOENT` where nothing is there. */
  touch(path: string): void;
  /** Sets access and modification time, in whole seconds since the epoch; of a symlink its own. */
  setModified(path: string, seconds: number): void;
  /** Removes a file or symlink; does nothing where nothing is there. */
  remove(path: string): void;
  /** Removes a path and all below it, never following links; makes unreadable directories readable first. Does nothing where nothing is there. */
  removeTree(path: string): void;
  /** Bytes of all files at and below a path, each file once. Follows no links and skips what cannot be read or goes meanwhile. */
  bytesBelow(path: string): Promise<number>;
  /** fsync of a directory, so that a rename in it survives a power cut. */
  syncDirectory(path: string): void;
}

/** The errno name of a failed call (`ENOENT`), or undefined for any other thrown value. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = (error as NodeJS.ErrnoException).code;
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  ENOENT: 'no such file or directory',
  ENOTDIR: 'a parent is not a directory',
  EISDIR: 'it is a directory',
  ELOOP: 'too many levels of symlinks',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EIO: 'input/output error',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files in the system',
  ENAMETOOLONG: 'the name is too long',
  EFBIG: 'the file would be too large',
  EEXIST: 'it exists already',
  ENOTEMPTY: 'the directory is not empty',
  EXDEV: 'it is on another file system',
  EMLINK: 'it has too many links',
};

/** Why a call failed, in words: `permission denied (EACCES)`. */
export function reasonOf(error: unknown): string {
  const code = errnoOf(error);
  if (code === undefined) return error instanceof Error ? error.message : String(error);
  const words = REASONS[code];
  return words === undefined ? code : `${words} (${code})`;
}
