import { posix } from 'node:path';
import { fail } from '../errors/index.js';
import { collect } from '../util/index.js';
import { followPath } from './follow-path.js';
import { matchNames } from './match-names.js';
import type { RootFiles } from './root-files.js';

/** Files that ld.so.conf may lead to, and how deep one may include another. */
const FILES_MAX = 1000;
const DEPTH_MAX = 10;
const TEXT_BYTES_MAX = 1024 * 1024;
/** Names that are compared with patterns of ld.so.conf, and characters of these. */
const NAMES_MAX = 1_000_000;
/** PATH_MAX: what is longer leads nowhere. */
const PATH_MAX = 4096;

/** The text of a small file; undefined where there is none. */
async function readText(path: string, root: RootFiles): Promise<string | undefined> {
  const { entry } = followPath(path, root);
  if (entry?.kind !== 'file') return undefined;
  if (entry.size > TEXT_BYTES_MAX) {
    const message = `${JSON.stringify(path)} has ${entry.size} bytes; a loader's configuration has at most ${TEXT_BYTES_MAX}`;
    throw fail('input-limit', { message, details: { path } });
  }
  return Buffer.from(await collect(entry.open(), TEXT_BYTES_MAX)).toString('utf8');
}

/**
 * The directories of `/etc/ld.so.conf` and of what it includes, in their order, each once (ldconfig(8)): one a line,
 * comments from `#`, `include` with patterns as a shell has them.
 *
 * @throws TbuildError `input-limit`
 */
export async function readLoaderConfiguration(root: RootFiles): Promise<readonly string[]> {
  const directories = new Set<string>();
  const budget = { left: NAMES_MAX };
  let files = 0;
  const read = async (path: string, depth: number): Promise<void> => {
    if (++files > FILES_MAX || depth > DEPTH_MAX) return;
    for (const line of ((await readText(path, root)) ?? '').split('\n')) {
      const text = line.split('#', 1)[0]!.trim();
      const [word, ...patterns] = text.split(/\s+/);
      if (word === 'include') {
        for (const pattern of patterns.filter(({ length }) => length < PATH_MAX)) {
          for (const found of matchNames(posix.resolve('/', posix.dirname(path), pattern), root, budget))
            await read(found, depth + 1);
        }
      } else if (text.startsWith('/')) {
        const directory = text.split('=', 1)[0]!.trimEnd();
        if (directory.length < PATH_MAX) directories.add(directory.replace(/(?<=.)\/+$/, ''));
      }
    }
  };
  await read('/etc/ld.so.conf', 0);
  return [...directories];
}

/** Where musl looks without a configuration (ldso/dynlink.c). */
const MUSL_DIRECTORIES = ['/lib', '/usr/local/lib', '/usr/lib'];

/** The directories of musl's `/etc/ld-musl-ARCH.path`, with newlines or colons between them, else its own. */
export async function readMuslDirectories(architecture: string, root: RootFiles): Promise<readonly string[]> {
  const text = await readText(`/etc/ld-musl-${architecture}.path`, root);
  return text === undefined ? MUSL_DIRECTORIES : text.split(/[\n:]/).filter((directory) => directory.startsWith('/'));
}
