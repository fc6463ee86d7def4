import { readFileSync, statSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bearerGuard } from '../../support/registry/guards.js';
import type { TestRegistry } from '../../support/registry/registry.js';
import { filesWithSecrets, makeSecret, secretsIn } from './secrets.js';
import { visibleOf } from './user.js';
import { credentialWorld, PULL, PUSH } from './world.js';

const world = credentialWorld();

/** Secrets of places that are looked into besides, and that are for other registries. */
const others = {
  variables: makeSecret(),
  DOCKER_AUTH_CONFIG: makeSecret(),
  'identity token': makeSecret().replaceAll(' ', ''),
  'registry token': makeSecret().replaceAll(' ', ''),
  file: makeSecret(),
};
const secretsOfWorld = () => ({ ...world.secrets(), ...others });

const MANIFEST = `version: 1
platforms: [linux/amd64]
base: docker://registry.example/app:v1
name: registry.example/made
tags: [v1]
created: git
artifacts:
  seen:
    run: [sh, -c, 'cat /proc/$$/environ /proc/$PPID/cmdline > "$OUT/seen"']
    tools: [sh, cat]
layers:
  - name: seen
    contents:
      - artifact: seen
        to: /seen
`;
/** Writes down what it gets and what anybody can see. */
const dumping = (name: string, answer: string): string =>
  `{ env; tr '\\0' ' ' < /proc/$PPID/cmdline; tr '\\0' ' ' < /proc/$$/cmdline; } > "$HOME/seen-by-${name}"\n${answer}`;
const answering = (username: string, secret: string): string =>
  `cat > "$HOME/asked-$1"\necho '${JSON.stringify({ ServerURL: 'registry.example', Username: username, Secret: secret })}'`;

const env = {
  TBUILD_REGISTRY: 'other.example',
  TBUILD_USERNAME: 'other',
  TBUILD_PASSWORD: others.variables,
  DOCKER_AUTH_CONFIG: JSON.stringify({
    auths: { 'cdn.example': { auth: Buffer.from(`x:${others.DOCKER_AUTH_CONFIG}`).toString('base64') } },
  }),
};
const APPLY = ['apply', '.', '--push', '-o', 'oci:out', '-v', '--debug-auth'];

/** A user with credentials everywhere; those of the registry come from a helper. */
function furnish(password = world.password): void {
  const { user } = world;
  user.write('.docker/config.json', {
    auths: {
      'stranger.example': { identitytoken: others['identity token'] },
      'sub.registry.example': { registrytoken: others['registry token'] },
      'azurecr.io': { auth: Buffer.from(`x:${others.file}`).toString('base64') },
      'registry.example': {},
    },
    credHelpers: { 'registry.example': 'vault' },
  });
  user.program('docker-credential-vault', dumping('helper', answering('me', password)));
  user.program('git', dumping('git', 'echo 1'));
  user.write('image.yaml', MANIFEST);
}

describe('credentials', () => {
  let registry: TestRegistry;
  let visible: { commands: string; environments: string };
  beforeEach(async () => {
    registry = await world.open('Bearer');
    furnish();
    visible = { commands: '', environments: '' };
  });

  /** Runs tbuild and looks at all its processes whenever the registry is asked. */
  async function run(args: readonly string[]) {
    let id: number | undefined;
    const started = (processId: number): void => {
      id = processId;
    };
    world.internet.watch = () => {
      const { commands, environments } = visibleOf(id!);
      visible = { commands: visible.commands + commands, environments: visible.environments + environments };
    };
    const told = await world.run(args, { env, started });
    expect(secretsIn(told.all, secretsOfWorld())).toEqual([]);
    return told;
  }
  const leftIn = (...names: readonly string[]) =>
    names.flatMap((name) => filesWithSecrets(world.user.path(name), secretsOfWorld()));

  it.each([[], ['--json']])('of an image that is built and pushed are nowhere %j', async (...json) => {
    const told = await run([...APPLY, ...json.flat()]);
    expect([told.status, told.all]).toEqual([0, told.all]);
    expect(registry.repository('made').tags.has('v1')).toBe(true);
    expect(told.stderr).toContain('docker-credential-vault answered');
    // Where the layer holds what the command saw.
    expect(leftIn('cache', 'out')).toEqual([]);
    const layers = [...registry.repository('made').blobs.values()];
    expect(layers.length).toBeGreaterThan(1);
    expect(visible.commands).toContain('--debug-auth');
    expect(secretsIn(visible.commands, secretsOfWorld())).toEqual([]);
    const seen = (name: string): string => readFileSync(world.user.path(`seen-by-${name}`), 'utf8');
    expect(seen('git')).toContain('PATH=');
    expect(secretsIn(seen('git'), secretsOfWorld())).toEqual([]);
    // A helper is the user's own program, and may need the proxy.
    expect(seen('helper')).toContain('TBUILD_REGISTRY=');
    expect(secretsIn(seen('helper').replace(/^HTTPS?_PROXY=.*$/gm, ''), secretsOfWorld())).toEqual([]);
    expect(readFileSync(world.user.path('asked-get'), 'utf8')).toBe('registry.example');
  });

  it('of an image that is planned are not in the plan', async () => {
    const told = await run(['plan', '.', '--json', '-v', '--debug-auth']);
    expect([told.status, told.all]).toEqual([0, told.all]);
    expect(JSON.parse(told.stdout)).toMatchObject({ format: expect.anything() });
    expect(leftIn('cache')).toEqual([]);
  });

  it('are not in what is left of a push that was cut, and not in what it tells', async () => {
    registry.faults.add(({ method }) => method === 'PUT', { instead: () => 'cut' });
    const told = await run([...PUSH, '--timeout', '5']);
    expect(told.status).toBe(69);
    expect(leftIn('cache')).toEqual([]);
  });

  it.each([[], ['--json']])('are in no error where they are wrong %j', async (...json) => {
    furnish(others.file);
    const told = await run([...PULL, ...json.flat()]);
    expect(told.status).toBe(77);
    expect(told.all).toContain('docker-credential-vault');
    expect(leftIn('cache')).toEqual([]);
  });

  it.each([[], ['--json']])('are not in what a crash leaves %j', async (...json) => {
    // The network is at work, and a function of Node fails as it never does.
    const hook = `import crypto from 'node:crypto';
      const real = crypto.Hash.prototype.update;
      crypto.Hash.prototype.update = function (...args) {
        if (String(args[0]).includes('"layers"')) throw new Error('crash');
        return real.apply(this, args);
      };`;
    const options = `--import=data:text/javascript,${encodeURIComponent(hook)}`;
    const told = await world.run([...PULL, ...json.flat()], { env: { ...env, NODE_OPTIONS: options } });
    expect(told.status).toBe(1);
    expect(told.all).toMatch(/did not expect this error/);
    expect(secretsIn(told.all, secretsOfWorld())).toEqual([]);
    expect(leftIn('cache')).toEqual([]);
  });

  it.each<[string, (secret: string) => object]>([
    ['an error', (secret) => ({ errors: [{ code: 'DENIED', message: `you sent ${secret}` }] })],
    ['an error of another form', (secret) => ({ message: `bad token: ${secret}` })],
    ['its codes', (secret) => ({ errors: [{ code: secret, message: '' }] })],
  ])('are not shown where a server tells them back in %s', async (_, answer) => {
    const echo = (value: string) => ({ status: 403, body: Buffer.from(JSON.stringify(answer(value))) });
    const withoutScheme = (value: string | undefined) => value!.replace(/^\w+ /, '');
    const guard = bearerGuard(world.tokens);
    registry.guard = (...request) => {
      const [{ method, headers }] = request;
      return guard(...request) ?? (method === 'HEAD' ? undefined : echo(withoutScheme(headers.authorization)));
    };
    expect((await run(PULL)).status).toBe(77);
    expect((await run([...PULL, '--json'])).status).toBe(77);
    expect(world.tokens.tokens).toHaveLength(2);
    world.tokens.faults.add(() => true, { instead: ({ headers }) => echo(withoutScheme(headers.authorization)) });
    expect((await run(PULL)).status).toBe(77);
    world.tokens.faults.clear();
    world.tokens.faults.add(() => true, { instead: () => echo(world.password) });
    expect((await run(PULL)).status).toBe(77);
  });

  it('are not shown where a server tells them back in a warning', async () => {
    registry.faults.add(({ headers }) => headers.authorization !== undefined, {
      change(answer, { headers }) {
        const warning = `299 - "your token ${headers.authorization!.replace('Bearer ', '')} ends soon"`;
        return { ...answer, headers: { ...answer.headers, warning } };
      },
    });
    const told = await run(PULL);
    expect([told.status, told.all]).toEqual([0, expect.stringContaining('ends soon')]);
  });

  afterEach(() =>
    expect(secretsIn(visible.environments.replace(/HTTPS?_PROXY=[^\0]*/g, ''), secretsOfWorld())).toEqual([]),
  );
});

describe('the file of login', () => {
  const login = (...args: readonly string[]) =>
    world.run(['login', 'registry.example', '-u', 'me', '--password-stdin', '-v', '--debug-auth', ...args], {
      input: world.password,
    });
  const modeOf = (name: string): string => (statSync(world.user.path(name)).mode & 0o7777).toString(8);

  it.each([0o000, 0o022])('is 0600 whatever the umask, in a directory that is 0700', async (umask) => {
    await world.open('Bearer');
    const before = process.umask(umask);
    try {
      expect((await login('--authfile', 'new/config.json')).status).toBe(0);
    } finally {
      process.umask(before);
    }
    expect([modeOf('new/config.json'), modeOf('new')]).toEqual(['600', '700']);
    const file = JSON.parse(readFileSync(world.user.path('new/config.json'), 'utf8'));
    expect(Object.keys(file.auths)).toEqual(['registry.example']);
    expect(filesWithSecrets(world.user.path('cache'), world.secrets())).toEqual([]);
  });

  it('is 0600 also where it was readable for others', async () => {
    await world.open('Basic');
    expect(modeOf('.docker/config.json')).toBe('644');
    expect((await login()).status).toBe(0);
    expect(modeOf('.docker/config.json')).toBe('600');
    const kept = filesWithSecrets(world.user.path('.docker'), world.secrets());
    expect(kept.filter((text) => !text.startsWith(`${world.user.path('.docker/config.json')}:`))).toEqual([]);
  });
});

describe('user information in an address', () => {
  const secret = makeSecret().replace(/[^0-9a-f]/g, '');

  it.each<[string, readonly string[], object]>([
    ['of a reference', ['copy', `docker://me:${secret}@registry.example/app:v1`, 'oci:out'], {}],
    ['of a destination', ['copy', 'oci:layout:v1', `docker://me:${secret}@registry.example/app:v1`], {}],
    ['of a registry', ['login', `https://me:${secret}@registry.example`, '-u', 'me', '--password-stdin'], {}],
    ['of an insecure host', [...PULL, '--insecure', `me:${secret}@registry.example`], {}],
    ['of a proxy that is none', PULL, { HTTPS_PROXY: `socks5://me:${secret}@127.0.0.1:1` }],
    ['of a proxy that is no address', PULL, { HTTPS_PROXY: `http://me:${secret}@[` }],
    ['of a proxy that is not there', [...PULL, '--timeout', '2'], { HTTPS_PROXY: `http://me:${secret}@127.0.0.1:1` }],
    [
      'of TBUILD_REGISTRY',
      PULL,
      { TBUILD_REGISTRY: `https://me:${secret}@registry.example`, TBUILD_USERNAME: 'me', TBUILD_PASSWORD: 'x' },
    ],
  ])('%s is not shown', async (_, args, more) => {
    const registry = await world.open('Basic');
    registry.guard = undefined;
    for (const json of [[], ['--json']]) {
      const told = await world.user.run([...args, ...json, '-v'], { env: more as Record<string, string>, input: 'x' });
      if (told.status !== 0) expect(told.all).not.toContain(secret);
      expect(secretsIn(told.all, { secret })).toEqual([]);
    }
    expect(filesWithSecrets(world.user.path('cache'), { secret })).toEqual([]);
  });
});
