import { describe, expect, it } from 'vitest';
import { at, type Condition } from '../../support/registry/faults.js';
import { unauthorised } from '../../support/registry/guards.js';
import { makeImage, putImage } from '../../support/registry/images.js';
import { AUTH, credentialWorld, KINDS, PULL, PUSH, REGISTRY, reachedBy } from './world.js';

const world = credentialWorld();

/** Redirects of a registry: once, so that the way back ends. */
const again: Condition = ({ url }) => url.searchParams.has('again');
const without =
  (condition: Condition): Condition =>
  (exchange) =>
    condition(exchange) && !again(exchange);
/** Faults are of the fronts as well. */
const atHomeOnly =
  (condition: Condition): Condition =>
  (exchange) =>
    exchange.headers.host === 'registry.example' && condition(exchange);
const to = (location: string) => ({ status: 307, headers: { location } });

/** What is there for registries to send people to. */
async function openOthers(registry: Awaited<ReturnType<typeof world.open>>): Promise<void> {
  const origins = [`${REGISTRY}:8443`, 'https://cdn.example', 'https://sub.registry.example'];
  for (const origin of [...origins, 'http://registry.example', 'http://cdn.example']) {
    await world.internet.front(registry, origin);
  }
}

/** To whom of those above `origin` leads. */
const serverOf = (origin: string): string => (origin === '' ? REGISTRY : origin.replace(/^\/\//, 'https://'));

const followed: readonly (readonly [name: string, origin: string])[] = [
  ['the same host and port', ''],
  ['another port of the host', `${REGISTRY}:8443`],
  ['another host', 'https://cdn.example'],
  ['another host, as //host', '//cdn.example'],
  ['a subdomain', 'https://sub.registry.example'],
];

/** With the trap's ports, which are known only when it is there. */
const refused: readonly (readonly [name: string, origin: (ports: { tls: number; plain: number }) => string])[] = [
  ['the host over plain HTTP', () => 'http://registry.example'],
  ['another host over plain HTTP', () => 'http://cdn.example'],
  ['the host with user information', () => 'https://someone:else@registry.example'],
  ['another host with user information', () => 'https://someone@cdn.example'],
  ['loopback', ({ tls }) => `https://127.0.0.1:${tls}`],
  ['loopback, as //host', ({ tls }) => `//127.0.0.1:${tls}`],
  ['loopback by its name', ({ tls }) => `https://localhost:${tls}`],
  ['loopback as a number', ({ tls }) => `https://2130706433:${tls}`],
  ['loopback in IPv6', ({ tls }) => `https://[::ffff:127.0.0.1]:${tls}`],
  ['loopback over plain HTTP', ({ plain }) => `http://127.0.0.1:${plain}`],
  ['any address', ({ tls }) => `https://0.0.0.0:${tls}`],
  ['a link-local address', () => 'https://169.254.169.254'],
  ['a link-local address, as //host', () => '//169.254.169.254'],
  ['a private network', () => 'https://10.0.0.1'],
  ['the metadata of a cloud in IPv6', () => 'https://[fd00:ec2::254]'],
  ['another scheme', () => 'file://'],
];

const ports = () => ({ tls: world.internet.trap.port, plain: world.internet.plainTrap.port });
const whoTells = (kind: string): readonly string[] => (kind === 'Basic' ? [REGISTRY] : [REGISTRY, AUTH]);

describe.each(KINDS)('a registry that wants %s and redirects blobs', (kind) => {
  it.each(followed)('to %s tells nothing to others', async (_, origin) => {
    const registry = await world.open(kind);
    await openOthers(registry);
    registry.faults.add(without(at.blobGet), { instead: ({ path }) => to(`${origin}${path}?again=1`) });
    const { status, all } = await world.run(PULL);
    expect([status, all]).toEqual([0, all]);
    world.expectToldOnly(...whoTells(kind));
    const redirected = world.internet.requests.filter(({ url }) => url.includes('again'));
    const isOwn = origin === '';
    const seen = redirected.map(({ server, headers }) => [server, headers.authorization !== undefined]);
    expect(seen).toEqual(Array.from({ length: 3 }, () => [serverOf(origin), isOwn]));
    expect(world.asked(REGISTRY).filter((line) => !line.endsWith('!'))).toHaveLength(1);
  });

  // Refusing has nothing to do with the kind.
  it.each(kind === 'Basic' ? refused : [])('to %s is not followed', async (_, originOf) => {
    const registry = await world.open(kind);
    await openOthers(registry);
    registry.faults.add(without(at.blobGet), { instead: ({ path }) => to(`${originOf(ports())}${path}?again=1`) });
    const { status, stderr } = await world.run(PULL);
    expect([status, stderr]).toEqual([1, expect.stringContaining('that is not followed')]);
    expect(stderr).not.toMatch(/someone|else@|again=1/);
    world.expectToldOnly(...whoTells(kind));
    expect(reachedBy(world)).toEqual(
      whoTells(kind)
        .map((item) => `${new URL(item).host}:443`)
        .sort(),
    );
  });

  it('to another host and from there back gets the credentials back from nobody', async () => {
    const registry = await world.open(kind);
    await world.internet.server('https://cdn.example', ({ path }) => to(`${REGISTRY}${path}?again=1`));
    registry.faults.add(without(at.blobGet), { instead: ({ path }) => to(`https://cdn.example${path}`) });
    expect((await world.run(PULL)).status).toBe(77);
    world.expectToldOnly(...whoTells(kind));
    const back = world.internet.requests.filter(({ url }) => url.includes('again'));
    expect(back.map(({ headers }) => headers.authorization)).toEqual(back.map(() => undefined));
    expect(back.length).toBeGreaterThan(0);
    expect(world.internet.requests.length).toBeLessThan(60);
  });

  it('to another host that asks for credentials gives it none', async () => {
    const registry = await world.open(kind);
    const challenges = ['Basic realm="x"', 'Bearer realm="https://stranger.example/token",service="s"'];
    await world.internet.server('https://cdn.example', () => unauthorised(challenges));
    await world.internet.server('https://stranger.example', () => ({ status: 200 }));
    registry.faults.add(at.blobGet, { instead: ({ path }) => to(`https://cdn.example${path}`) });
    expect((await world.run(PULL)).status).toBe(77);
    world.expectToldOnly(...whoTells(kind));
    expect(reachedBy(world)).not.toContain('stranger.example:443');
    expect(new Set(world.asked('https://cdn.example')).size).toBe(world.asked('https://cdn.example').length);
  });
});

describe('a registry that redirects', () => {
  it('manifests to another host tells it nothing', async () => {
    const registry = await world.open('Basic');
    await openOthers(registry);
    registry.faults.add(atHomeOnly(at.manifestRead), { instead: ({ path }) => to(`https://cdn.example${path}`) });
    expect((await world.run(PULL)).status).toBe(0);
    world.expectToldOnly(REGISTRY);
    expect(world.asked('https://cdn.example').length).toBeGreaterThan(0);
  });

  it('what is uploaded to another host tells it nothing but the bytes', async () => {
    const registry = await world.open('Basic');
    await openOthers(registry);
    registry.faults.add(atHomeOnly(at.uploadBody), {
      instead: ({ url }) => to(`https://cdn.example${url.pathname}${url.search}`),
    });
    expect((await world.run(PUSH)).status).toBe(0);
    world.expectToldOnly(REGISTRY);
    expect(world.asked('https://cdn.example').length).toBe(3);
    expect(registry.repository('new').tags.get('v1')).toBe(world.image.digest);
  });

  it('the question for a token to another host tells it no password', async () => {
    await world.open('Bearer');
    await world.internet.server('https://stranger.example', () => ({
      status: 200,
      body: Buffer.from('{"token":"x"}'),
    }));
    world.tokens.faults.add(() => true, { instead: ({ url }) => to(`https://stranger.example/token${url.search}`) });
    expect((await world.run(PULL)).status).toBe(77);
    world.expectToldOnly(REGISTRY, AUTH);
    expect(world.asked('https://stranger.example').every((line) => line === 'GET /token')).toBe(true);
  });

  it('the pages of a list to another host is not followed', async () => {
    const registry = await world.open('Basic');
    await openOthers(registry);
    putImage(registry.repository('app'), world.image, 'v2', 'v3');
    Object.assign(registry.quirks, { pageSize: 1, links: 'https://cdn.example' });
    expect((await world.run(['tags', 'docker://registry.example/app'])).status).toBe(1);
    expect(reachedBy(world)).toEqual(['registry.example:443']);
  });

  it('by what a layer says of where else it is (urls) leads nobody there', async () => {
    const registry = await world.open('Basic');
    await world.internet.server('https://stranger.example', () => ({ status: 404 }));
    const image = await makeImage({ seed: 8 });
    const document = JSON.parse(image.documents.get(image.digest)!.bytes.toString());
    document.layers[0].urls = ['https://stranger.example/layer', 'http://169.254.169.254/'];
    putImage(registry.repository('app'), image);
    registry.repository('app').putManifest(document, { tag: 'v1' });
    registry.repository('app').forgetBlob(document.layers[0].digest);
    expect((await world.run(PULL)).status).not.toBe(0);
    expect(reachedBy(world)).toEqual(['registry.example:443']);
  });
});

describe.each(KINDS)('a registry that wants %s and takes uploads', (kind) => {
  /** The first Location of every upload leads to another origin. */
  async function openWith(originOf: () => string) {
    const registry = await world.open(kind);
    await openOthers(registry);
    registry.faults.add(at.uploadStart, {
      change(answer) {
        const { pathname, search } = new URL(String(answer.headers!.location));
        return { ...answer, headers: { ...answer.headers, location: `${originOf()}${pathname}${search}` } };
      },
    });
    return registry;
  }

  it.each(followed)('at %s tells nothing to others', async (_, origin) => {
    const registry = await openWith(() => origin);
    const { status, all } = await world.run(PUSH);
    expect([status, all]).toEqual([0, all]);
    expect(registry.repository('new').tags.get('v1')).toBe(world.image.digest);
    world.expectToldOnly(...whoTells(kind));
    const puts = world.internet.requests.filter(({ method, url }) => method === 'PUT' && url.includes('/blobs/'));
    const isOwn = origin === '';
    const seen = puts.map(({ server, headers }) => [server, headers.authorization !== undefined]);
    expect(seen).toEqual(Array.from({ length: 3 }, () => [serverOf(origin), isOwn]));
  });

  it.each(kind === 'Bearer' ? refused : [])('at %s gets nothing', async (_, originOf) => {
    await openWith(() => originOf(ports()));
    const { status, stderr } = await world.run(PUSH);
    expect([status, stderr]).toEqual([1, expect.stringContaining('the Location of an upload that is not followed')]);
    expect(stderr).not.toMatch(/someone|else@|_state=[^…]/);
    world.expectToldOnly(...whoTells(kind));
    expect(reachedBy(world)).toEqual(
      whoTells(kind)
        .map((item) => `${new URL(item).host}:443`)
        .sort(),
    );
  });
});
