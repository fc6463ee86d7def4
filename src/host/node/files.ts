import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  fsync,
  fsyncSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  realpathSync,
  renameSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  write,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { type DirectoryName, errnoOf, type Files, type ReadHandle, type WriteHandle } from '../files.js';
import { bytesBelow } from './bytes-below.js';
import { fileStatOf, kindOf } from './file-stat.js';
import { removeTree } from './remove-tree.js';

const READ_PIECE_BYTES = 64 * 1024;
const OWNER_ALL = 0o700;

/** What the call returns, or undefined where it says that nothing is there. */
function unlessMissing<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

function lstatInto(path: string, numbers: Float64Array, position: number): boolean {
  const stats = unlessMissing(() => lstatSync(path, { throwIfNoEntry: false }));
  if (stats === undefined) return false;
  numbers[position] = stats.size;
  numbers[position + 1] = stats.mtimeMs;
  numbers[position + 2] = stats.ctimeMs;
  numbers[position + 3] = stats.ino;
  numbers[position + 4] = stats.dev;
  return true;
}

function readDirectory(path: string): readonly DirectoryName[] {
  const names = readdirSync(path, { encoding: 'buffer', withFileTypes: true });
  return names.map((entry) => ({ bytes: entry.name, kind: kindOf(entry) }));
}

function openRead(path: string): ReadHandle {
  // Should the path have become a fifo since it was looked at, opening it must not wait for a writer.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  return {
    stat: () => fileStatOf(fstatSync(descriptor)),
    read(target, position) {
      let filled = 0;
      while (filled < target.length) {
        const count = readSync(descriptor, target, filled, target.length - filled, position + filled);
        if (count === 0) break;
        filled += count;
      }
      return filled;
    },
    close: () => closeSync(descriptor),
  };
}

/** Reads in sequence to the end whatever the size claims, so that pipes and `/proc` work as well. */
function readToEnd(descriptor: number, limitBytes: number): Uint8Array {
  const pieces: Uint8Array[] = [];
  const claimed = fstatSync(descriptor).size;
  const tooLarge = (): RangeError => new RangeError(`more than ${limitBytes} bytes`);
  if (claimed > limitBytes) throw tooLarge();
  let total = 0;
  for (let room = claimed + 1; ; room = READ_PIECE_BYTES) {
    const piece = new Uint8Array(room);
    const count = readSync(descriptor, piece, 0, room, null);
    if (count === 0) break;
    total += count;
    if (total > limitBytes) throw tooLarge();
    pieces.push(piece.subarray(0, count));
  }
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, total);
}

function readFile(path: string, limitBytes: number): Uint8Array {
  const descriptor = openSync(path, 'r');
  try {
    return readToEnd(descriptor, limitBytes);
  } finally {
    closeSync(descriptor);
  }
}

const writePart = promisify(write);

function clone(from: string, to: string): void {
  copyFileSync(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
  const descriptor = openSync(to, constants.O_RDONLY);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function createFile(path: string): WriteHandle {
  const descriptor = openSync(path, 'wx', 0o600);
  return {
    write(bytes) {
      for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
    },
    async writing(bytes) {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await writePart(descriptor, bytes, done, bytes.length - done, null);
        done += bytesWritten;
      }
    },
    sync: () => fsyncSync(descriptor),
    syncing: () => promisify(fsync)(descriptor),
    close: () => closeSync(descriptor),
  };
}

/** Creates one directory; true where it was not there. */
function makeOne(path: string, mode: number | undefined): boolean {
  try {
    mkdirSync(path, mode);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST' && statSync(path).isDirectory()) return false;
    throw error;
  }
}

/**
 * Creates the directory and its parents one by one: Node's own way never returns for a path below a missing name of a
 * file system that answers ENOENT to mkdir, as /proc does.
 */
function makeDirectory(path: string, mode?: number): void {
  const missing: string[] = [];
  for (
    let at = path.replace(/\/+$/, '') || '/';
    statSync(at, { throwIfNoEntry: false }) === undefined;
    at = dirname(at)
  ) {
    missing.unshift(at);
  }
  const made = missing.filter((at) => makeOne(at, mode === undefined ? undefined : mode | OWNER_ALL));
  if (missing.length === 0 && !statSync(path).isDirectory()) makeOne(path, mode);
  // The umask took bits away; set them from the deepest up, while the parents still let us in.
  if (mode !== undefined) for (const at of made.reverse()) chmodSync(at, mode);
}

function touch(path: string): void {
  const now = new Date();
  utimesSync(path, now, now);
}

function syncDirectory(path: string): void {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(descriptor);
  } catch (error) {
    // Some file systems (FUSE, network) cannot sync a directory; there is nothing better to do on them.
    if (errnoOf(error) !== 'EINVAL') throw error;
  } finally {
    closeSync(descriptor);
  }
}

/** The real file system. */
export const nodeFiles: Files = {
  lstat: (path) => unlessMissing(() => fileStatOf(lstatSync(path, { throwIfNoEntry: false }))),
  lstatInto,
  stat: (path) => unlessMissing(() => fileStatOf(statSync(path, { throwIfNoEntry: false }))),
  readDirectory,
  readLink: (path) => readlinkSync(path, 'buffer'),
  realPath: (path) => realpathSync.native(path),
  openRead,
  readFile,
  createFile,
  makeDirectory,
  rename: renameSync,
  link: linkSync,
  clone,
  symlink: (target, path) => symlinkSync(target, path),
  chmod: chmodSync,
  chown: chownSync,
  touch,
  setModified: (path, seconds) => lutimesSync(path, seconds, seconds),
  remove: (path) => unlessMissing(() => unlinkSync(path)),
  removeTree,
  bytesBelow,
  syncDirectory,
};
