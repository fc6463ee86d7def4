import { join } from 'node:path';
import type { Host } from '../host/index.js';

/** Where the helpers of runtimes are (conmon, newuidmap, runc itself), whatever PATH says. */
const PROGRAMS = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Directories that a runtime takes for those of its user. Absolute. */
export interface PrivateHome {
  readonly home: string;
  readonly runtime: string;
  readonly temporary: string;
}

/**
 * Makes them below a directory.
 * @param runtime that one elsewhere, where the runtime cannot do with a long path
 */
export function makePrivateHome(
  directory: string,
  { files }: Host,
  runtime: string = join(directory, 'run'),
): PrivateHome {
  const made = { home: join(directory, 'home'), runtime, temporary: join(directory, 'tmp') };
  for (const path of Object.values(made)) files.makeDirectory(path, 0o700);
  return made;
}

/** The environment of a runtime: nothing of the user's but where programs are, so that no settings of theirs and none of their containers take part. */
export function privateEnv({ home, runtime, temporary }: PrivateHome, { env }: Host): Readonly<Record<string, string>> {
  const path = env.variable('PATH');
  return {
    PATH: path === undefined ? PROGRAMS : `${path}:${PROGRAMS}`,
    HOME: home,
    XDG_RUNTIME_DIR: runtime,
    TMPDIR: temporary,
    LC_ALL: 'C',
  };
}
