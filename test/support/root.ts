import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The directory of the project. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

let mayMount: boolean | undefined;

/**
 * True where the tests run as root and may mount, which daemons, loop devices and other users need. Like `need`: without,
 * it says so once and the test is skipped; in CI it throws.
 */
export function needRoot(): boolean {
  if (mayMount === undefined) {
    mayMount = process.getuid?.() === 0 && spawnSync('sh', ['-c', 'unshare -m true']).status === 0;
    if (!mayMount && process.env.CI) throw new Error('the right to mount is missing');
    if (!mayMount) process.stderr.write('skipped: the right to mount is missing\n');
  }
  return mayMount;
}
