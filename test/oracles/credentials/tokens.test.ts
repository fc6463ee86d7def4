import { describe, expect, it } from 'vitest';
import { unauthorised } from '../../support/registry/guards.js';
import { putImage } from '../../support/registry/images.js';
import { hostileTokenAnswers } from '../../support/registry/token-server.js';
import { secretsIn } from './secrets.js';
import { AUTH, credentialWorld, PULL, PUSH, REGISTRY, reachedBy } from './world.js';

const world = credentialWorld();
const tokenRequests = () => world.internet.requests.filter(({ server }) => server === AUTH);

describe('the address that gives tokens (realm)', () => {
  const realms: readonly (readonly [name: string, realm: (port: number) => string])[] = [
    ['a file', () => 'file:///etc/passwd'],
    ['ftp', () => 'ftp://auth.example/token'],
    ['no address', () => 'https://'],
    ['another host over plain HTTP', () => 'http://auth.example/token'],
    ['the host itself over plain HTTP', () => 'http://registry.example/token'],
    ['loopback over plain HTTP', () => `http://127.0.0.1:${world.internet.plainTrap.port}/token`],
    ['127.0.0.1', (port) => `https://127.0.0.1:${port}/token`],
    ['127.0.0.2', (port) => `https://127.0.0.2:${port}/token`],
    ['127.1', (port) => `https://127.1:${port}/token`],
    ['a decimal number', (port) => `https://2130706433:${port}/token`],
    ['a hexadecimal number', (port) => `https://0x7f000001:${port}/token`],
    ['an octal number', (port) => `https://0177.0.0.1:${port}/token`],
    ['localhost', (port) => `https://localhost:${port}/token`],
    ['a name below localhost', (port) => `https://auth.localhost:${port}/token`],
    ['loopback in IPv6', (port) => `https://[::1]:${port}/token`],
    ['IPv4 in IPv6', (port) => `https://[::ffff:7f00:1]:${port}/token`],
    ['any address', (port) => `https://0.0.0.0:${port}/token`],
    ['a private network', () => 'https://10.0.0.1/token'],
    ['another private network', () => 'https://192.168.1.1/token'],
    ['the metadata of a cloud', () => 'https://169.254.169.254/token'],
    ['the metadata of a cloud in IPv6', () => 'https://[fd00:ec2::254]/token'],
    ['that with user information', () => 'https://someone:else@auth.example/token'],
  ];
  it.each(realms)('is not asked where it is %s', async (_, realmOf) => {
    const registry = await world.open('Bearer');
    registry.guard = () => unauthorised([`Bearer realm="${realmOf(world.internet.trap.port)}",service="s"`]);
    const { status, stderr } = await world.run(PULL);
    expect(status).toBe(1);
    expect(stderr).not.toMatch(/someone|else@/);
    world.expectToldOnly();
    expect(reachedBy(world)).toEqual(['registry.example:443']);
    expect(world.asked(REGISTRY)).toEqual(['HEAD /v2/app/manifests/v1']);
  });

  it('may be another host over TLS, which alone gets the password', async () => {
    await world.open('Bearer');
    expect((await world.run(PULL)).status).toBe(0);
    world.expectToldOnly(REGISTRY, AUTH);
    expect(tokenRequests()).toHaveLength(1);
    const atRegistry = world.internet.requests.filter(({ server }) => server === REGISTRY);
    const { password } = world;
    expect(atRegistry.flatMap((request) => secretsIn(JSON.stringify(request.headers), { password }))).toEqual([]);
  });
});

describe('an answer of the token server', () => {
  it.each(hostileTokenAnswers)('that is or has $name', async ({ isUsable, answer }) => {
    await world.open('Bearer');
    world.tokens.options.answer = answer;
    const { status } = await world.run(PULL);
    expect(status).toBe(isUsable ? 0 : 1);
    expect(tokenRequests()).toHaveLength(1);
    world.expectToldOnly(REGISTRY, AUTH);
    expect(world.asked(REGISTRY).filter((line) => line.endsWith('!'))).toHaveLength(isUsable ? 5 : 0);
  });
});

describe('a challenge', () => {
  const challenges: readonly (readonly [name: string, parameters: string])[] = [
    ['for another repository', 'scope="repository:secret:pull,push"'],
    ['for another repository as well', 'scope="repository:app:pull repository:secret:pull"'],
    ['for all rights', 'scope="repository:app:pull,push,delete,*"'],
    ['for the catalogue', 'scope="registry:catalog:*"'],
    ['with quotes in the scope', String.raw`scope="repository:app:pull\",realm=\"https://stranger.example/token"`],
    ['with an encoded line end in the scope', 'scope="repository:app:pull%0d%0aX-Injected:%20yes"'],
    ['with a tab and a comma in the scope', 'scope="repository:app:pull\t,repository:secret:pull"'],
    ['with a query in the scope', 'scope="repository:app:pull&scope=repository:secret:pull"'],
  ];
  it.each(challenges)('%s asks for nothing but what is needed', async (_, parameters) => {
    const registry = await world.open('Bearer');
    await world.internet.server('https://stranger.example', () => ({ status: 200 }));
    const guard = registry.guard!;
    const { realm, service } = world.tokens;
    registry.guard = (...request) =>
      guard(...request) && unauthorised([`Bearer realm="${realm}",service="${service}",${parameters}`]);
    expect((await world.run(PULL)).status).toBe(0);
    const asked = tokenRequests().map(({ url }) => [...new URL(url, AUTH).searchParams]);
    expect(asked).toEqual([
      [
        ['service', service],
        ['scope', 'repository:app:pull'],
      ],
    ]);
    world.expectToldOnly(REGISTRY, AUTH);
  });

  it('whose service or realm asks for more gets no more', async () => {
    const registry = await world.open('Bearer');
    const service = 's&scope=repository:secret:pull';
    const realm = `${AUTH}/token?scope=repository:secret:pull&service=other`;
    registry.guard = () => unauthorised([`Bearer realm="${realm}",service="${service}"`]);
    expect((await world.run(PULL)).status).toBe(77);
    for (const { url } of tokenRequests()) {
      const query = new URL(url, AUTH).searchParams;
      expect([query.getAll('scope'), query.getAll('service')]).toEqual([['repository:app:pull'], [service]]);
    }
  });

  it('that names the token server of another registry gets no token of that registry', async () => {
    await world.open('Bearer');
    const other = await world.internet.registry('https://other.example');
    putImage(other.repository('app'), world.image, 'v1');
    const { realm, service } = world.tokens;
    other.guard = ({ headers }) =>
      headers.authorization === undefined ? unauthorised([`Bearer realm="${realm}",service="${service}"`]) : undefined;
    world.user.knows({ 'registry.example': `me:${world.password}`, 'other.example': 'me:another' });
    const names = ['registry.example', 'other.example'];
    const images = names.map((name) => ({ from: `${name}/app`, to: name, tags: ['v1'] }));
    world.user.write('sync.yaml', { version: 1, to: 'dir:copies', images });
    await world.run(['sync', 'sync.yaml', '--dry-run']);
    const shownAt = (origin: string) =>
      world.internet.requests.flatMap(({ server, headers }) =>
        server === origin ? (headers.authorization ?? []) : [],
      );
    expect(shownAt(REGISTRY).length).toBeGreaterThan(0);
    expect(shownAt('https://other.example').filter((item) => shownAt(REGISTRY).includes(item))).toEqual([]);
  });
});

describe('a registry that always answers 401', () => {
  const challenge = (times: number): string =>
    times % 2 === 0 ? 'Basic realm="x"' : `Bearer realm="${AUTH}/token",service="s"`;

  it.each<[string, (times: number) => readonly string[], registry: number, tokens: number]>([
    ['to a password', () => ['Basic realm="x"'], 2, 0],
    ['to a token', () => [challenge(1)], 2, 1],
    ['with another challenge each time', (times) => [challenge(times + 1)], 2, 1],
    ['with another realm each time', (times) => [`Bearer realm="${AUTH}/token?${times}",service="s"`], 2, 1],
    ['with another scope each time', (times) => [`${challenge(1)},scope="repository:app:a${'x'.repeat(times)}"`], 3, 2],
    ['without a challenge', () => [], 1, 0],
  ])('%s is asked a few times', async (_, challengesOf, registryRequests, tokens) => {
    const registry = await world.open('Bearer');
    let times = 0;
    registry.guard = () => unauthorised(challengesOf(times++));
    expect((await world.run(PULL)).status).toBe(77);
    expect([world.asked(REGISTRY).length, tokenRequests().length]).toEqual([registryRequests, tokens]);
    world.expectToldOnly(REGISTRY, AUTH);
  });

  it('from the middle of a push on', async () => {
    const registry = await world.open('Bearer');
    registry.faults.add(({ method }) => method === 'PUT', { instead: () => unauthorised([challenge(1)]) });
    expect((await world.run(PUSH)).status).toBe(77);
    expect(world.asked(REGISTRY).filter((line) => line.startsWith('PUT')).length).toBeLessThanOrEqual(3 * 3);
    expect(tokenRequests().length).toBeLessThanOrEqual(1 + 3 * 3);
  });

  it('with a token server that does so too', async () => {
    await world.open('Bearer');
    const answers = [challenge(0), 'Bearer realm="https://stranger.example/token"'];
    world.tokens.faults.add(() => true, { instead: () => unauthorised(answers) });
    expect((await world.run(PULL)).status).toBe(77);
    expect([world.asked(REGISTRY).length, tokenRequests().length]).toEqual([1, 1]);
    expect(reachedBy(world)).toEqual(['auth.example:443', 'registry.example:443']);
  });
});
