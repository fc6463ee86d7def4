import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Outcome } from '../../support/run.js';
import { program } from '../../support/tbuild.js';
import type { Internet } from './internet.js';

export const basic = (name: string, password: string): string => Buffer.from(`${name}:${password}`).toString('base64');

/** Somebody with a home directory and programs of their own, who has nothing of the user who runs the tests. */
export interface User {
  readonly home: string;
  path(name: string): string;
  /** A file below the home directory; an object as JSON. */
  write(name: string, content: unknown): string;
  /** Entries of docker's file, by key: `name:password`. */
  knows(entries: Readonly<Record<string, string>>, more?: object): void;
  /** A program on PATH: a shell script. */
  program(name: string, script: string): void;
  /** Runs tbuild with a cache below the home directory. */
  run(args: readonly string[], options?: RunOptions): Promise<Told>;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Called when it has started. */
  readonly started?: (processId: number) => void;
  readonly umask?: number;
}

export interface Told extends Outcome {
  /** Both streams. */
  readonly all: string;
}

/** Runs to its end. Nothing of this environment is there but `env`. */
function execute(args: readonly string[], env: Readonly<Record<string, string>>, options: RunOptions): Promise<Told> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], { env, cwd: env.HOME, timeout: 50_000 });
    options.started?.(child.pid!);
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input);
    child.on('error', reject);
    child.on('close', (status) => {
      const [out, err] = [Buffer.concat(stdout).toString(), Buffer.concat(stderr).toString()];
      resolve({ status, stdout: out, stderr: err, all: `${out}\n${err}` });
    });
  });
}

/** @param home emptied first */
export function makeUser(home: string, internet: Internet): User {
  rmSync(home, { recursive: true, force: true });
  mkdirSync(join(home, 'bin'), { recursive: true });
  const path = (name: string): string => join(home, name);
  const write = (name: string, content: unknown): string => {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), typeof content === 'string' ? content : JSON.stringify(content));
    return path(name);
  };
  const always = { PATH: `${path('bin')}:/usr/bin:/bin`, HOME: home, XDG_RUNTIME_DIR: path('run'), ...internet.env };
  return {
    home,
    path,
    write,
    knows(entries, more = {}) {
      const auths = Object.entries(entries).map(([key, text]) => [key, { auth: Buffer.from(text).toString('base64') }]);
      write('.docker/config.json', { auths: Object.fromEntries(auths), ...more });
    },
    program(name, script) {
      chmodSync(write(`bin/${name}`, `#!/bin/sh\n${script}\n`), 0o755);
    },
    run: (args, options = {}) => execute([...args, '--cache', path('cache')], { ...always, ...options.env }, options),
  };
}

/** The command line of a process and of all that it started, and the environments of these. */
export function visibleOf(processId: number): { readonly commands: string; readonly environments: string } {
  const read = (file: string): string => (existsSync(file) ? readFileSync(file, 'latin1') : '');
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      const stat = attempt(() => read(`/proc/${name}/stat`)) ?? '';
      return [Number(name), Number(/\) \S (\d+)/.exec(stat)?.[1])] as const;
    });
  const below = (parent: number): number[] =>
    parents.flatMap(([id, its]) => (its === parent ? [id, ...below(id)] : []));
  const children = below(processId);
  const all = (ids: readonly number[], file: string): string =>
    ids.map((id) => attempt(() => read(`/proc/${id}/${file}`)) ?? '').join('\n');
  return { commands: all([processId, ...children], 'cmdline'), environments: all(children, 'environ') };
}

/** A process may end while it is looked at. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
