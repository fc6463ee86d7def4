import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

const GO = '/usr/local/go/bin';

/** Where the compiler itself is, behind the program of that name that rustup puts on PATH. */
function rustDirectory(): string | undefined {
  const { status, stdout } = spawnSync('rustup', ['which', 'rustc'], { encoding: 'utf8' });
  return status === 0 ? dirname(stdout.trim()) : undefined;
}

const directories = ['/usr/bin', '/bin', GO, rustDirectory()].filter((directory) => directory !== undefined);

/** A PATH with the tools of the system first: no shims that look for a version below the home directory. */
export const toolPath: string = directories.join(':');

/** True where all are on that PATH; some machines have no compiler of a language, and their tests are skipped. */
export function hasTools(...names: string[]): boolean {
  return names.every((name) => directories.some((directory) => existsSync(join(directory, name))));
}
