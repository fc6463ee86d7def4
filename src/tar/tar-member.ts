import type { Chunks } from '../util/index.js';

export type TarKind = 'file' | 'directory' | 'symlink' | 'hardlink' | 'character-device' | 'block-device' | 'fifo';

/** One member of an archive as plain facts, without its content. */
export interface TarMember {
  /** Relative to the root of the archive, `/` between names, no `.` or `..`, no slash at an end: `usr/bin/env`. */
  readonly path: string;
  readonly kind: TarKind;
  /** Permission bits, `& 0o7777`. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Whole seconds since 1970, not negative. */
  readonly mtime: number;
  /** Bytes of the content; 0 unless a file. */
  readonly size: number;
  /** Of a symlink: the text as it is. Of a hard link: the path of another member. */
  readonly linkTarget?: string;
  /** Extended attributes by name (`security.capability`), raw bytes. Absent is the same as empty. */
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
  /** Of devices only. */
  readonly deviceMajor?: number;
  readonly deviceMinor?: number;
}

/** A member to write. */
export interface TarSource {
  readonly member: TarMember;
  /** The content of a file: exactly `member.size` bytes. */
  open?(): Chunks;
}

/** Longest path of a member and longest target of a link, in bytes (PATH_MAX of Linux). */
export const MAX_PATH_BYTES = 4096;

/** Longest name between two slashes, in bytes (NAME_MAX of Linux). */
export const MAX_NAME_BYTES = 255;

/** Largest user or group number: Linux keeps 2^32−1 for "none". */
export const MAX_ID = 2 ** 32 - 2;

/** Most bytes that a PAX header or a GNU long name may hold. */
export const MAX_META_BYTES = 1024 * 1024;
