import { isAbsolute, join } from 'node:path';
import type { Env } from '../../host/index.js';

/** Where the cache is unless the user names another place (XDG Base Directory specification: relative values are ignored). */
export function cacheDirectoryOf(env: Env): string {
  const declared = env.variable('XDG_CACHE_HOME');
  const caches = declared !== undefined && isAbsolute(declared) ? declared : join(env.homeDirectory, '.cache');
  return join(caches, 'tbuild');
}
