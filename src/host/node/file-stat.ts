import type { BigIntStats } from 'node:fs';
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
export function fileStatOf(stats: BigIntStats): FileStat;
export function fileStatOf(stats: BigIntStats | undefined): FileStat | undefined;
export function fileStatOf(stats: BigIntStats | undefined): FileStat | undefined {
  if (stats === undefined) return undefined;
  return {
    kind: kindOf(stats),
    size: Number(stats.size),
    mode: Number(stats.mode) & 0o7777,
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
    inode: stats.ino,
    device: stats.dev,
    links: Number(stats.nlink),
  };
}
