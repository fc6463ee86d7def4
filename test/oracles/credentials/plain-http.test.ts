import { describe, expect, it } from 'vitest';
import { bearerGuard, unauthorised } from '../../support/registry/guards.js';
import { putImage } from '../../support/registry/images.js';
import { startRegistry } from '../../support/registry/registry.js';
import { makeSecret } from './secrets.js';
import { AUTH, credentialWorld, KINDS, PULL, PUSH, REGISTRY, reachedBy } from './world.js';

const world = credentialWorld();
const PLAIN = 'http://registry.example';
const insecure = ['--insecure', 'registry.example'];

describe('over plain HTTP, which the user allows, off loopback', () => {
  it('an image can be had where no credentials are wanted', async () => {
    const registry = await world.open('Basic', PLAIN);
    registry.guard = undefined;
    expect((await world.run([...PULL, ...insecure])).status).toBe(0);
    world.expectToldOnly();
  });

  it.each(KINDS)('a registry that wants %s gets nothing, and nobody else does', async (kind) => {
    await world.open(kind, PLAIN);
    for (const command of [PULL, PUSH]) {
      const { status, stderr } = await world.run([...command, ...insecure]);
      expect([status, stderr]).toEqual([77, expect.stringContaining('plain HTTP')]);
    }
    world.expectToldOnly();
    expect(reachedBy(world)).not.toContain('auth.example:443');
  });

  it('a registry whose tokens are given over plain HTTP gets nothing', async () => {
    const registry = await world.open('Basic', PLAIN);
    registry.guard = () => unauthorised([`Bearer realm="${PLAIN}/token",service="s"`]);
    expect((await world.run([...PULL, ...insecure])).status).not.toBe(0);
    world.expectToldOnly();
  });

  it.each(['registrytoken', 'identitytoken'])('a registry that wants tokens gets no %s', async (name) => {
    const token = makeSecret().replaceAll(' ', '');
    const registry = await world.open('Bearer', PLAIN);
    registry.guard = bearerGuard(world.tokens);
    world.user.write('.docker/config.json', { auths: { 'registry.example': { [name]: token } } });
    const { status, all } = await world.run([...PULL, ...insecure]);
    expect(status).toBe(77);
    world.expectToldOnly();
    const everything = JSON.stringify([...world.internet.requests, ...world.internet.reached]);
    expect(everything + all).not.toContain(token);
  });

  it('nobody can log in', async () => {
    await world.open('Basic', PLAIN);
    const login = ['login', 'registry.example', '-u', 'me', '--password-stdin', ...insecure];
    const { status } = await world.run(login, { input: world.password });
    expect(status).toBe(77);
    world.expectToldOnly();
  });

  it('nothing is asked where the user does not allow it', async () => {
    await world.open('Basic', PLAIN);
    expect((await world.run(PULL)).status).toBe(69);
    expect(world.internet.requests).toEqual([]);
    expect(reachedBy(world)).toEqual(['registry.example:443']);
  });
});

describe('over plain HTTP on loopback', () => {
  it('a password goes to the registry, and not to the proxy', async () => {
    const registry = await startRegistry();
    try {
      putImage(registry.repository('app'), world.image, 'v1');
      registry.guard = ({ headers }) => (headers.authorization === undefined ? unauthorised(['Basic']) : undefined);
      world.user.knows({ [registry.authority]: `me:${world.password}` });
      expect((await world.run(['copy', `docker://${registry.authority}/app:v1`, 'oci:out'])).status).toBe(0);
      expect(registry.requests.filter(({ headers }) => headers.authorization === undefined)).toHaveLength(1);
      expect(world.internet.reached).toEqual([]);
    } finally {
      await registry.close();
    }
  });
});

describe('a mirror', () => {
  it.each(KINDS)('that wants %s gets nothing of what the registry gets', async (kind) => {
    await world.open(kind);
    const challenges = ['Basic realm="x"', `Bearer realm="${AUTH}/token",service="s"`];
    const challenge = challenges[kind === 'Basic' ? 0 : 1]!;
    await world.internet.server('https://stranger.example', () => unauthorised([challenge]));
    const conf = `[[registry]]\nprefix = "registry.example"\n[[registry.mirror]]\nlocation = "stranger.example"\n`;
    const env = { CONTAINERS_REGISTRIES_CONF: world.user.write('registries.conf', conf) };
    const { status } = await world.run(PULL, { env });
    expect(status).toBe(0);
    expect(world.asked('https://stranger.example').length).toBeGreaterThan(0);
    world.expectToldOnly(REGISTRY, AUTH);
  });
});
