import { spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Of a program that fails, this much of what it said is told. */
const TOLD = 2_000;

/** Where a program is on PATH; undefined where it is not. */
export function programPath(name, path = process.env.PATH ?? '') {
  return path
    .split(delimiter)
    .filter((directory) => directory !== '')
    .map((directory) => join(directory, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/**
 * Runs one program to its end. @returns what it wrote to standard output, where `output` is asked for
 * @throws where it ends otherwise than with 0, with the end of what it wrote to standard error
 */
export function run([program, ...args], { output = false, cwd, env } = {}) {
  const result = spawnSync(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', output ? 'pipe' : 'ignore', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 1024 ** 3,
  });
  if (result.error !== undefined) throw result.error;
  if (result.status !== 0) {
    const how = result.status ?? result.signal;
    throw new Error(`${[program, ...args].join(' ')} ended with ${how}: ${result.stderr.slice(-TOLD)}`);
  }
  return output ? result.stdout : '';
}

/** One line for bash that fails where any part of a pipe does. `$1`, `$2` … are the arguments. */
export function shell(script, ...args) {
  return ['bash', '-c', `set -euo pipefail; ${script}`, 'bash', ...args];
}

/** Milliseconds that programs take, one after the other. */
export function milliseconds(commands, options) {
  const started = performance.now();
  for (const command of commands) run(command, options);
  return performance.now() - started;
}

/**
 * Runs a program as GNU time sees it.
 * @param scratch a file for what GNU time says, removed again
 * @returns milliseconds, and the most memory that the process itself had resident at any time, in bytes
 */
export function watched(command, scratch, options) {
  const time = milliseconds([['/usr/bin/time', '-f', '%M', '-o', scratch, ...command]], options);
  const memory = Number(readFileSync(scratch, 'utf8').trim().split('\n').at(-1)) * 1024;
  rmSync(scratch);
  if (!(memory > 0)) throw new Error('GNU time told no size');
  return { time, memory };
}

/** Writes back what is written, so that no run pays for what the one before it left. */
export const settle = () => run(['sync']);
