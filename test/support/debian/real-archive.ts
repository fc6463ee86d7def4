import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../root.js';

let isReported = false;

/**
 * The part of Debian's archive that `.ci/debian.sh` makes: `dists/bookworm/InRelease`,
 * `dists/bookworm/main/binary-amd64/Packages`, and packages below `pool/`. Undefined where it was not made, and then the
 * tests that need it are skipped: `describe.skipIf(realArchive() === undefined)`; in CI, where it always is, it throws.
 */
export function realArchive(): string | undefined {
  const directory = join(root, '.ci', 'debian');
  if (existsSync(join(directory, 'complete'))) return directory;
  if (process.env.CI) throw new Error(`${directory} is missing`);
  if (!isReported) process.stderr.write('skipped: .ci/debian is missing; .ci/debian.sh makes it\n');
  isReported = true;
  return undefined;
}

/** Where Debian keeps the keys of its archive. */
export const DEBIAN_KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
