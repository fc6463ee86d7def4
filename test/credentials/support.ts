import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type FoundCredentials, openKeychain } from '../../src/credentials/index.js';
import { createNodeHost, type Env, type Host } from '../../src/host/index.js';

/** Text that no note, problem or error may hold: every secret of these tests has it in it. */
export const SECRET = 'zQ7-s3cr3t';

export const auth = (username: string, password = SECRET): string =>
  Buffer.from(`${username}:${password}`).toString('base64');

export interface World {
  readonly host: Host;
  readonly home: string;
  /** Writes a file below the home directory; an object as JSON. */
  write(path: string, content: unknown): string;
  read(path: string): string;
  /** Installs `docker-credential-NAME`, a shell script. `$1` is the action; what it reads is in `$input`. */
  helper(name: string, script: string): void;
  /** `NAME ACTION INPUT` of every helper that ran. */
  runs(): string[];
}

export interface WorldOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly userId?: number;
  /** How long the time-out of helpers lasts. */
  readonly patienceMs?: number;
}

/** A user with a home directory, an environment and helpers of their own. Nothing of the machine's is looked at. */
export function makeWorld(home: string, { env = {}, userId = 1000, patienceMs }: WorldOptions = {}): World {
  const bin = join(home, 'bin');
  const log = join(home, 'runs');
  mkdirSync(bin, { recursive: true });
  const variables: Readonly<Record<string, string>> = { PATH: `${bin}:/usr/bin:/bin`, HOME: home, ...env };
  const node = createNodeHost();
  const fakeEnv: Env = {
    ...node.env,
    variable: (name) => variables[name] || undefined,
    variables: () => variables,
    homeDirectory: home,
    workingDirectory: home,
    userId,
  };
  const host: Host = {
    ...node,
    env: fakeEnv,
    processes: {
      ...node.processes,
      findProgram: (name) => withPath(variables.PATH!, () => node.processes.findProgram(name)),
    },
    clock: { ...node.clock, sleep: (ms, signal) => node.clock.sleep(patienceMs ?? ms, signal) },
  };
  return {
    host,
    home,
    write(path, content) {
      const file = join(home, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
      return file;
    },
    read: (path) => readFileSync(join(home, path), 'utf8'),
    helper(name, script) {
      const file = join(bin, `docker-credential-${name}`);
      writeFileSync(file, `#!/bin/sh\ninput=$(cat)\necho "${name} $1 $input" >> '${log}'\n${script}\n`);
      chmodSync(file, 0o755);
    },
    runs: () => {
      try {
        return readFileSync(log, 'utf8').trim().split('\n');
      } catch {
        return [];
      }
    },
  };
}

function withPath<T>(path: string, work: () => T): T {
  const before = process.env.PATH;
  process.env.PATH = path;
  try {
    return work();
  } finally {
    process.env.PATH = before;
  }
}

/** A helper that answers `get` for everything. */
export const answering = (username: string, secret = SECRET): string =>
  `echo '${JSON.stringify({ ServerURL: '', Username: username, Secret: secret })}'`;

export const NOT_FOUND = 'echo credentials not found in native keychain; exit 1';

/** A helper with a memory: a file for each server. */
export const REMEMBERING = `
name=$(printf %s "$input" | sed 's/.*"ServerURL":"\\([^"]*\\)".*/\\1/' | tr '/:' '__')
case $1 in
  store) printf %s "$input" > "$HOME/kept-$name" ;;
  get) cat "$HOME/kept-$name" 2>/dev/null || { ${NOT_FOUND}; } ;;
  erase) rm "$HOME/kept-$name" ;;
esac`;

export interface Found extends FoundCredentials {
  readonly notes: readonly string[];
}

/** Fails where the text shows a secret, as it is or in base64. */
export function expectNoSecret(text: string): void {
  const decoded = (text.match(/[A-Za-z0-9+/]{8,}/g) ?? []).map((word) => Buffer.from(word, 'base64').toString());
  for (const form of [text, ...decoded]) if (form.includes(SECRET)) throw new Error(`a secret is shown: ${text}`);
}

/** Looks once. Whatever it looks at, what it tells holds no secret. @param image `ghcr.io/org/app` */
export async function find(world: World, image: string, authFile?: string): Promise<Found> {
  const notes: string[] = [];
  const keychain = openKeychain(world.host, { authFile }, (message) => notes.push(message));
  const slash = image.indexOf('/');
  const found = await keychain.find(image.slice(0, slash), image.slice(slash + 1));
  expectNoSecret([...notes, ...found.problems].join('\n'));
  return { ...found, notes };
}

/** Who was found: the user name, or the kind of token. */
export function whoOf({ credentials }: FoundCredentials): string | undefined {
  return credentials?.kind === 'password' ? credentials.username : credentials?.kind;
}
