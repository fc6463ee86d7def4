import { join } from 'node:path';
import { fail, TbuildError } from '../errors/index.js';
import type { Host } from '../host/index.js';

/** On Linux, the root directory of this process under a name of its own (proc(5)). */
const OTHER_ROOT = '/proc/self/root';

/** The same directory under another absolute path, where the system has one: a path must not reach the image. */
export function underAnotherPath(host: Host, directory: string): string {
  const other = join(OTHER_ROOT, directory);
  const here = host.files.stat(directory);
  const there = host.files.stat(other);
  return there !== undefined && there.inode === here?.inode && there.device === here.device ? other : directory;
}

/** An error of such a directory in the paths that the user knows. */
export function underOwnPath(error: unknown): unknown {
  if (!(error instanceof TbuildError) || !error.message.includes(`${OTHER_ROOT}/`)) return error;
  const { code, hint, at, related, details, problems } = error;
  const message = error.message.replaceAll(`${OTHER_ROOT}/`, '/');
  return fail(code, { message, hint, at, related, details, problems, cause: error });
}
