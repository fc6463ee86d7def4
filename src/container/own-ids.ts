import type { Files } from '../host/index.js';
import { decodeUtf8 } from '../util/index.js';

const STATUS = '/proc/self/status';
const LIMITS = '/proc/self/limits';
/** What the kernel writes there is shorter. */
const LIMIT_BYTES = 64 * 1024;

const read = (files: Files, path: string): string => decodeUtf8(files.readFile(path, LIMIT_BYTES)) ?? '';

/** The effective user and group of this process (proc_pid_status(5)). Throws errno errors. */
export function ownIds(files: Files): { readonly uid: number; readonly gid: number } {
  const text = read(files, STATUS);
  const idOf = (name: string): number => Number(new RegExp(`^${name}:\\s+\\d+\\s+(\\d+)`, 'm').exec(text)?.[1]);
  return { uid: idOf('Uid'), gid: idOf('Gid') };
}

/** Enough for any program, and less than podman leaves itself (32768). */
const ENOUGH = 16_384;

/** Limits that this process may give to others (proc_pid_limits(5)): nobody but root can go beyond its hard ones. Throws errno errors. */
export function ownLimits(files: Files): { readonly files: number; readonly processes: number } {
  const text = read(files, LIMITS);
  const limitOf = (name: string): number => {
    const hard = new RegExp(`^${name}\\s+\\S+\\s+(\\d+)`, 'm').exec(text)?.[1];
    return hard === undefined ? ENOUGH : Math.min(Number(hard), ENOUGH);
  };
  return { files: limitOf('Max open files'), processes: limitOf('Max processes') };
}
