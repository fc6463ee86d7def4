import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { eraseCredentials, storeCredentials } from '../../src/credentials/index.js';
import type { TbuildError } from '../../src/errors/index.js';
import { failureOf } from '../support/failure-of.js';
import { root } from '../support/root.js';
import { run } from '../support/run.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import {
  answering,
  auth,
  expectNoSecret,
  find,
  makeWorld,
  REMEMBERING,
  SECRET,
  type World,
  type WorldOptions,
  whoOf,
} from './support.js';

const directory = temporaryDirectory();
let count = 0;
const world = (options?: (home: string) => WorldOptions): World => {
  const home = join(directory.path, `home-${count++}`);
  mkdirSync(home, { recursive: true });
  return makeWorld(home, options?.(home));
};
const store = (it: World, registry: string, authFile?: string) =>
  storeCredentials(it.host, { authFile }, { registry, username: 'me', password: SECRET });
const json = (it: World, path: string) => JSON.parse(it.read(path));
const modeOf = (path: string): string => (statSync(path).mode & 0o7777).toString(8);

function shown(error: TbuildError): TbuildError {
  const { message, hint, details, cause } = error;
  expectNoSecret(JSON.stringify({ message, hint, details, cause: String(cause) }));
  return error;
}

const PROGRAM = `
import { storeCredentials } from './src/credentials/store-credentials.ts';
import { nodeClock } from './src/host/node/clock.ts';
import { nodeEnv } from './src/host/node/env.ts';
import { nodeFiles } from './src/host/node/files.ts';

const [authFile, ...names] = process.argv.slice(2);
const host = { files: nodeFiles, clock: nodeClock, env: nodeEnv };
for (const registry of names) await storeCredentials(host, { authFile }, { registry, username: 'me', password: 'x' });
`;

/** Stores an entry for each name, in four processes at once. */
async function inProcesses(file: string, names: readonly string[]): Promise<void> {
  const script = join(directory.path, 'store.mjs');
  const stdin = { contents: PROGRAM, resolveDir: root, loader: 'ts' as const };
  await build({ stdin, bundle: true, platform: 'node', format: 'esm', outfile: script, logLevel: 'error' });
  const outcomes = await Promise.all(
    [0, 1, 2, 3].map((i) => run(process.execPath, [script, file, ...names.filter((_, n) => n % 4 === i)])),
  );
  expect(outcomes.map(({ status, stderr }) => ({ status, stderr }))).toEqual(
    outcomes.map(() => ({ status: 0, stderr: '' })),
  );
}

describe('where credentials are kept', () => {
  const runtime = (home: string) => ({ env: { XDG_RUNTIME_DIR: join(home, 'run') } });
  const other = { auths: { 'quay.io': { auth: auth('you') } } };

  it.each<[string, (it: World) => void, ((home: string) => WorldOptions) | undefined, string]>([
    ['with nothing there', () => undefined, undefined, '.config/containers/auth.json'],
    ['with a runtime directory', (it) => mkdirSync(join(it.home, 'run')), runtime, 'run/containers/auth.json'],
    ['with a runtime directory that is missing', () => undefined, runtime, '.config/containers/auth.json'],
    ["with docker's file", (it) => it.write('.docker/config.json', other), runtime, '.docker/config.json'],
    [
      'with DOCKER_CONFIG',
      (it) => it.write('d/config.json', other),
      () => ({ env: { DOCKER_CONFIG: 'd' } }),
      'd/config.json',
    ],
    [
      'with XDG_CONFIG_HOME',
      () => undefined,
      (home) => ({ env: { XDG_CONFIG_HOME: join(home, 'c') } }),
      'c/containers/auth.json',
    ],
    [
      'with REGISTRY_AUTH_FILE',
      (it) => it.write('.docker/config.json', other),
      () => ({ env: { REGISTRY_AUTH_FILE: 'r/own.json' } }),
      'r/own.json',
    ],
    [
      'with an entry that would be found first',
      (it) => {
        it.write('.docker/config.json', other);
        it.write('.config/containers/auth.json', { auths: { 'ghcr.io': { auth: auth('old', 'old') } } });
      },
      undefined,
      '.config/containers/auth.json',
    ],
    [
      'with a file before it that is damaged',
      (it) => {
        it.write('.config/containers/auth.json', '{');
        it.write('.docker/config.json', other);
      },
      undefined,
      '.docker/config.json',
    ],
  ])('%s: %s', async (_, prepare, options, path) => {
    const it = world(options);
    prepare(it);
    expect(await store(it, 'ghcr.io')).toEqual({ where: join(it.home, path), isPlainText: true });
    expect(json(it, path).auths['ghcr.io']).toEqual({ auth: auth('me') });
    expect(modeOf(join(it.home, path))).toBe('600');
    expect(whoOf(await find(it, 'ghcr.io/a'))).toBe('me');
  });

  it('is only the file that the settings name', async () => {
    const it = world();
    it.write('.docker/config.json', other);
    const file = join(it.home, 'new/own.json');
    expect(await store(it, 'ghcr.io', file)).toEqual({ where: file, isPlainText: true });
    expect(modeOf(dirname(file))).toBe('700');
    expect(json(it, '.docker/config.json')).toEqual(other);
  });

  it("for a path in a registry is never docker's file, which takes it for the whole registry", async () => {
    const it = world();
    it.write('.docker/config.json', other);
    await store(it, 'ghcr.io/org');
    expect(json(it, '.config/containers/auth.json')).toEqual({ auths: { 'ghcr.io/org': { auth: auth('me') } } });
    expect([whoOf(await find(it, 'ghcr.io/org/a')), whoOf(await find(it, 'ghcr.io/other/a'))]).toEqual([
      'me',
      undefined,
    ]);
  });

  it.each(['docker.io', 'index.docker.io', 'registry-1.docker.io'])("for %s has docker's key", async (name) => {
    const it = world();
    it.write('.docker/config.json', {
      auths: { 'docker.io': { auth: auth('old', 'old') }, 'https://index.docker.io/v1/access-token': {} },
    });
    await store(it, name);
    expect(json(it, '.docker/config.json').auths).toEqual({
      'https://index.docker.io/v1/access-token': {},
      'https://index.docker.io/v1/': { auth: auth('me') },
    });
  });

  it('leaves all else in the file as it was, in its order, in the form that docker writes', async () => {
    const it = world();
    const before = {
      z: 1,
      auths: { 'b.io': { auth: 'eDp5', email: 'é' }, 'https://ghcr.io/v1/': { auth: auth('old') }, 'a.io': {} },
      HttpHeaders: { 'X-A': ['1'] },
      a: null,
    };
    it.write('.docker/config.json', before);
    await store(it, 'ghcr.io');
    const after = { ...before, auths: { 'b.io': before.auths['b.io'], 'a.io': {}, 'ghcr.io': { auth: auth('me') } } };
    expect(it.read('.docker/config.json')).toBe(JSON.stringify(after, null, '\t'));
  });

  it('is the file at the end of symlinks, also where nothing is there yet', async () => {
    const it = world();
    mkdirSync(join(it.home, '.docker'));
    mkdirSync(join(it.home, 'dot'));
    symlinkSync('../dot/link', join(it.home, '.docker/config.json'));
    symlinkSync('../files/real.json', join(it.home, 'dot/link'));
    await store(it, 'ghcr.io', join(it.home, '.docker/config.json'));
    await store(it, 'quay.io', join(it.home, '.docker/config.json'));
    expect(lstatSync(join(it.home, '.docker/config.json')).isSymbolicLink()).toBe(true);
    expect(Object.keys(json(it, 'files/real.json').auths)).toEqual(['ghcr.io', 'quay.io']);
    expect([modeOf(join(it.home, 'files/real.json')), modeOf(join(it.home, 'files'))]).toEqual(['600', '700']);
  });

  it.skipIf(process.getuid?.() !== 0)('keeps the owner of a file that root changes', async () => {
    const it = world();
    const file = it.write('.docker/config.json', other);
    chownSync(file, 1234, 4321);
    await store(it, 'ghcr.io');
    expect(statSync(file)).toMatchObject({ uid: 1234, gid: 4321 });
  });

  it.each<[string, string]>([
    ['is not JSON', `{"auths": "${SECRET}`],
    ['is a list', `["${SECRET}"]`],
    ['has a list of entries', `{"auths": ["${SECRET}"]}`],
  ])('is no file that %s: it stays as it is', async (_, content) => {
    const it = world();
    const file = it.write('own.json', content);
    const error = shown(await failureOf(store(it, 'ghcr.io', file)));
    expect([error.code, error.message]).toEqual([
      'credentials-invalid',
      expect.stringContaining(`Cannot change "${file}": `),
    ]);
    expect(it.read('own.json')).toBe(content);
    expect(readdirSync(it.home).sort()).toEqual(['bin', 'own.json']);
  });

  it('is nowhere where the file cannot be written', async () => {
    const it = world();
    it.write('file', '');
    const error = shown(await failureOf(store(it, 'ghcr.io', join(it.home, 'file/own.json'))));
    expect([error.code, error.message]).toEqual(['credentials-failed', expect.stringContaining('Cannot write "')]);
  });

  it.each([
    '',
    '/',
    'https://ghcr.io',
    'ghcr.io/',
    'ghcr.io/A',
    'ghcr.io:0',
    'a b',
    'me@ghcr.io',
    'ghcr.io/../x',
    '-x',
  ])('is nowhere for %j, which is no registry', async (registry) => {
    expect((await failureOf(store(world(), registry))).code).toBe('reference-invalid');
  });
});

describe('a change of a file', () => {
  it('loses nothing where many processes make one at once', async () => {
    const it = world();
    const file = join(it.home, 'own.json');
    const names = Array.from({ length: 80 }, (_, i) => `r${i}.io`);
    const seen: string[] = [];
    let isOver = false;
    const watch = (async () => {
      while (!isOver) {
        if (existsSync(file)) seen.push(it.read('own.json'));
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    await inProcesses(file, names);
    isOver = true;
    await watch;
    expect(Object.keys(json(it, 'own.json').auths).sort()).toEqual([...names].sort());
    for (const text of seen) expect(() => JSON.parse(text)).not.toThrow();
    expect(readdirSync(it.home).sort()).toEqual(['bin', 'own.json']);
  });

  it('takes over what a process that was killed left', async () => {
    const it = world();
    const [lock, leftover] = ['.own.json.tbuild.lock', '.own.json.tbuild-abc'].map((name) => join(it.home, name));
    writeFileSync(lock!, '');
    utimesSync(lock!, 1, 1);
    writeFileSync(leftover!, SECRET);
    await store(it, 'ghcr.io', join(it.home, 'own.json'));
    expect(readdirSync(it.home).sort()).toEqual(['bin', 'own.json']);
  });

  it('waits for a process that is at it, but not for ever', async () => {
    const it = world();
    writeFileSync(join(it.home, '.own.json.tbuild.lock'), '');
    let waitedMs = 0;
    const pause = (ms: number): void => {
      waitedMs += ms;
    };
    const host = { ...it.host, clock: { ...it.host.clock, pause } };
    const entry = { registry: 'ghcr.io', username: 'me', password: SECRET };
    const error = await failureOf(storeCredentials(host, { authFile: join(it.home, 'own.json') }, entry));
    expect([error.code, waitedMs]).toEqual(['credentials-failed', 15_000]);
    expect(error.message).toContain('Another process holds');
    const helpful = {
      ...host,
      clock: { ...host.clock, pause: () => rmSync(join(it.home, '.own.json.tbuild.lock'), { force: true }) },
    };
    await storeCredentials(helpful, { authFile: join(it.home, 'own.json') }, entry);
    expect(json(it, 'own.json').auths['ghcr.io']).toEqual({ auth: auth('me') });
  });

  it('keeps what others, who know no lock, change meanwhile', async () => {
    const it = world();
    const file = it.write('own.json', { auths: {} });
    let isFirst = true;
    const files = {
      ...it.host.files,
      createFile(path: string) {
        if (path.includes('.tbuild-') && isFirst) {
          isFirst = false;
          it.write('own.json', { auths: { 'quay.io': { auth: auth('docker') } } });
        }
        return it.host.files.createFile(path);
      },
    };
    await storeCredentials(
      { ...it.host, files },
      { authFile: file },
      { registry: 'ghcr.io', username: 'me', password: SECRET },
    );
    expect(Object.keys(json(it, 'own.json').auths)).toEqual(['quay.io', 'ghcr.io']);
  });

  it('that fails leaves the file and nothing else', async () => {
    const it = world();
    const file = it.write('own.json', '{}');
    for (const method of ['rename', 'createFile'] as const) {
      const files = {
        ...it.host.files,
        [method](path: string) {
          if (path.includes('.tbuild-')) throw Object.assign(new Error('no'), { code: 'ENOSPC' });
          return it.host.files.createFile(path);
        },
      };
      const entry = { registry: 'ghcr.io', username: 'me', password: SECRET };
      const error = shown(await failureOf(storeCredentials({ ...it.host, files }, { authFile: file }, entry)));
      expect(error.message).toContain('no space left on the device');
      expect([it.read('own.json'), readdirSync(it.home).sort()]).toEqual(['{}', ['bin', 'own.json']]);
    }
  });
});

describe('a helper', () => {
  it.each<[string, unknown, string, string]>([
    ['of the registry', { credHelpers: { 'ghcr.io': 'x' }, credsStore: 'y' }, 'ghcr.io', 'ghcr.io'],
    ['of all registries', { credsStore: 'x', credHelpers: { 'quay.io': 'y' } }, 'ghcr.io', 'ghcr.io'],
    [
      'of Docker Hub',
      { credHelpers: { 'https://index.docker.io/v1/': 'x' } },
      'docker.io',
      'https://index.docker.io/v1/',
    ],
  ])('%s keeps and forgets', async (_, config, registry, server) => {
    const it = world();
    const before = { ...(config as object), auths: { [registry]: { auth: auth('old') }, 'a.io': { auth: auth('a') } } };
    it.write('.docker/config.json', before);
    it.helper('x', REMEMBERING);
    expect(await store(it, registry)).toEqual({ where: 'docker-credential-x', isPlainText: false });
    expect(it.runs()).toEqual([`x store ${JSON.stringify({ ServerURL: server, Username: 'me', Secret: SECRET })}`]);
    // What lay there in plain text before is gone.
    expect(json(it, '.docker/config.json').auths).toEqual({ [registry]: {}, 'a.io': { auth: auth('a') } });
    expect(whoOf(await find(it, `${registry}/library/a`))).toBe('me');
    expect(await eraseCredentials(it.host, {}, registry)).toEqual([
      { where: 'docker-credential-x', isPlainText: false },
    ]);
    expect(json(it, '.docker/config.json').auths).toEqual({ 'a.io': { auth: auth('a') } });
    expect(await eraseCredentials(it.host, {}, registry)).toEqual([]);
  });

  it('that fails is an error, and nothing is kept in plain text instead', async () => {
    const it = world();
    const file = it.write('.docker/config.json', { credsStore: 'x' });
    it.helper('x', 'echo "cannot keep $input"; exit 1');
    const error = shown(await failureOf(store(it, 'ghcr.io')));
    expect(error.code).toBe('credentials-failed');
    expect(error.message).toBe(
      'Cannot store the credentials for "ghcr.io": docker-credential-x exited with status 1: cannot keep {"ServerURL":"ghcr.io","Username":"me","Secret":…}',
    );
    expect(error.hint).toContain(JSON.stringify(file));
    expect(json(it, '.docker/config.json')).toEqual({ credsStore: 'x' });
  });

  it('has nothing to do with a path in a registry', async () => {
    const it = world();
    it.write('.docker/config.json', { credsStore: 'x' });
    it.helper('x', 'exit 1');
    await store(it, 'ghcr.io/org');
    expect(await eraseCredentials(it.host, {}, 'ghcr.io/org')).toHaveLength(1);
    expect(it.runs()).toEqual([]);
  });
});

describe('what is erased', () => {
  it('is in every file that has it, under all keys for just this, and nothing else', async () => {
    const it = world((home) => ({ env: { XDG_RUNTIME_DIR: join(home, 'run') } }));
    const files = ['run/containers/auth.json', '.config/containers/auth.json', '.docker/config.json'];
    const rest = { 'ghcr.io/org': { auth: auth('org') }, 'ghcr.io:443': {}, 'sub.ghcr.io': { auth: auth('sub') } };
    it.write(files[0]!, { auths: { 'ghcr.io': { auth: auth('a') }, ...rest } });
    it.write(files[1]!, { auths: rest });
    it.write(files[2]!, {
      auths: { 'https://ghcr.io/v1/': { auth: auth('b') }, 'https://ghcr.io': {}, ...rest },
      x: 1,
    });
    expect(await eraseCredentials(it.host, {}, 'ghcr.io')).toEqual(
      [files[0]!, files[2]!].map((file) => ({ where: join(it.home, file), isPlainText: true })),
    );
    expect(files.map((file) => json(it, file))).toEqual([{ auths: rest }, { auths: rest }, { auths: rest, x: 1 }]);
    expect(await eraseCredentials(it.host, {}, 'ghcr.io/org')).toHaveLength(3);
    expect(await eraseCredentials(it.host, {}, 'ghcr.io')).toEqual([]);
  });

  it('makes no file, and touches none without such an entry', async () => {
    const it = world();
    const file = it.write('.docker/config.json', { auths: { 'quay.io': {} } });
    chmodSync(file, 0o644);
    expect(await eraseCredentials(it.host, {}, 'ghcr.io')).toEqual([]);
    expect([modeOf(file), readdirSync(it.home).sort()]).toEqual(['644', ['.docker', 'bin']]);
  });

  it('is erased everywhere it can be, though not everywhere', async () => {
    const it = world();
    const damaged = it.write('.config/containers/auth.json', `{"${SECRET}`);
    const docker = it.write('.docker/config.json', { credsStore: 'x', auths: { 'ghcr.io': { auth: auth('me') } } });
    it.helper('x', `[ "$1" = get ] && { ${answering('me')}; exit; }; echo not implemented; exit 1`);
    const error = shown(await failureOf(eraseCredentials(it.host, {}, 'ghcr.io')));
    expect([error.code, error.message, error.details]).toEqual([
      'credentials-failed',
      `Credentials for "ghcr.io" may be left: ${damaged}: it is not JSON; ${docker}: docker-credential-x exited with status 1: not implemented`,
      { removedFrom: [docker] },
    ]);
    expect(json(it, '.docker/config.json')).toEqual({ credsStore: 'x', auths: {} });
  });

  it('is only in the file that the settings name', async () => {
    const it = world();
    const both = { auths: { 'ghcr.io': { auth: auth('me') } } };
    it.write('.docker/config.json', both);
    const file = it.write('own.json', both);
    expect(await eraseCredentials(it.host, { authFile: file }, 'ghcr.io')).toEqual([
      { where: file, isPlainText: true },
    ]);
    expect(json(it, '.docker/config.json')).toEqual(both);
  });
});
