import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.js';
import { type Outcome, outputOf, type RunOptions, run } from './run.js';

const dist = join(root, 'dist');

/** The built program, as users run it. `npm test` builds it first. */
export const program = join(dist, 'main.js');

/** What a user's shell may hold and the tests must not depend on. */
export const neutralEnv = { SOURCE_DATE_EPOCH: undefined, CI: undefined, NO_COLOR: undefined, FORCE_COLOR: undefined };

/** Copies the built program to where other users may read it, whatever is above the project; the new place of it. */
export function copyProgram(directory: string): string {
  cpSync(dist, directory, { recursive: true });
  return join(directory, 'main.js');
}

function optionsWithNeutralEnv(options: RunOptions): RunOptions {
  if (!existsSync(program)) throw new Error('dist/main.js is missing: npm run build');
  return { ...options, env: { ...neutralEnv, ...options.env } };
}

/** Runs tbuild to its end, whatever that is. */
export function runTbuild(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return run(process.execPath, [program, ...args], optionsWithNeutralEnv(options));
}

/** What tbuild prints on stdout; an error where it does not succeed. */
export function tbuild(args: readonly string[], options: RunOptions = {}): Promise<string> {
  return outputOf(process.execPath, [program, ...args], optionsWithNeutralEnv(options));
}
