import type { Stats } from 'node:fs';
import type { FileKind, FileStat } from '../files.js';

/** What `fs.Stats` and `fs.Dirent` have in common. */
interface Typed {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

export function kindOf(entry: Typed): FileKind {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'symlink' : 'other';
}

/** Our form of Node's stats; undefined stays undefined. */
export function fileStatOf(stats: Stats): FileStat;
export function fileStatOf(stats: Stats | undefined): FileStat | undefined;
export function fileStatOf(stats: Stats | undefined): FileStat | undefined {
  if (stats === undefined) return undefined;
  return {
    kind: kindOf(stats),
    size: stats.size,
    mode: stats.mode & 0o7777,
    uid: stats.uid,
    gid: stats.gid,
    modifiedMs: stats.mtimeMs,
    changedMs: stats.ctimeMs,
    inode: stats.ino,
    device: stats.dev,
    links: stats.nlink,
  };
}
