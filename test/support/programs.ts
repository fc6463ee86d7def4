import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const reported = new Set<string>();

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * True where all programs are on PATH, so that a test may use them: `describe.skipIf(!need('bsdtar'))`. Where one is
 * not, it says so once and the test is skipped; in CI, which installs them all, it throws instead.
 */
export function need(...programs: string[]): boolean {
  const missing = programs.filter((program) => !isOnPath(program));
  for (const program of missing) {
    if (process.env.CI) throw new Error(`${program} is missing`);
    if (!reported.has(program)) process.stderr.write(`skipped: ${program} is missing\n`);
    reported.add(program);
  }
  return missing.length === 0;
}
