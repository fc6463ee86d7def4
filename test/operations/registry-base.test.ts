import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNodeHost } from '../../src/host/index.js';
import { parseReference } from '../../src/oci/index.js';
import { applyImage, planImage, verifyImage } from '../../src/operations/index.js';
import { failureOf } from '../support/failure-of.js';
import { readLayout } from '../support/layout.js';
import { wrongBody } from '../support/registry/effects.js';
import { basicGuard } from '../support/registry/guards.js';
import { layerOf, makeImage, makeIndex, putImage, type TestImage } from '../support/registry/images.js';
import { at, type TestRegistry } from '../support/registry/registry.js';
import { cachedBlob, openRegistry, requestsOf, strangerWorkspace } from './registry-support.js';

const host = createNodeHost();

const manifest = (base: string, more = '') => `version: 1
platforms: [linux/amd64]
base: ${base}
${more}layers:
  - name: app
    contents:
      - text: "hello\\n"
        to: /lib/motd
config:
  entrypoint: [/bin/app]
`;

async function makeBase(seed = 1): Promise<TestImage> {
  const layers = [
    await layerOf({ 'usr/lib/a': `a${seed}`, lib: { link: 'usr/lib' } }),
    await layerOf({ 'bin/app': 'app' }),
  ];
  return makeImage({ layers, gzip: true, seed, config: { Env: ['PATH=/bin'] } });
}

const layersOf = (image: TestImage): readonly string[] =>
  JSON.parse(image.documents.get(image.digest)!.bytes.toString()).layers.map(
    ({ digest }: { digest: string }) => digest,
  );

/** A registry with a base under `base:1`, and an image.yaml on it that is published beside it. */
async function published(more = 'tags: ["1", latest]\n') {
  const registry = await openRegistry();
  const base = putImage(registry.repository('base'), await makeBase(), '1');
  const name = `${registry.authority}/team/app`;
  const made = strangerWorkspace({ 'image.yaml': manifest(`${registry.authority}/base:1`, `name: ${name}\n${more}`) });
  return { ...made, registry, base, name };
}

const onlyReads = (requests: readonly string[]) => requests.filter((line) => line.startsWith('GET'));

describe('a base in a registry', () => {
  it('is kept as it is, and named in full with the digest of the image', async () => {
    const { request, path, base, registry } = await published();
    const applied = await applyImage(host, { ...request, destinations: [parseReference(`oci:${path('out')}`)] });
    const made = readLayout(path('out'), '1');
    expect(made.digest).toBe(applied.digest);
    expect(made.manifest.layers.slice(0, 2).map(({ digest }: { digest: string }) => digest)).toEqual(layersOf(base));
    expect(made.config.config).toMatchObject({ Env: ['PATH=/bin'], Entrypoint: ['/bin/app'] });
    expect(made.manifest.annotations).toEqual({
      'org.opencontainers.image.base.name': `${registry.authority}/base:1`,
      'org.opencontainers.image.base.digest': base.digest,
    });
    // Through the symlink of the base: /lib is still one.
    expect(made.layers[2]!.includes('usr/lib/motd')).toBe(true);
  });

  it('gives the same image however its name is written', async () => {
    const { request, registry, name } = await published();
    const digests: unknown[] = [];
    for (const base of [`${registry.authority}/base:1`, `docker://${registry.authority}/base:1`]) {
      const other = strangerWorkspace({ 'image.yaml': manifest(base, `name: ${name}\n`) });
      digests.push((await planImage(host, other.request)).digest);
    }
    expect(digests[0]).toBe(digests[1]);
    expect((await planImage(host, request)).platforms[0]!.base).toMatchObject({ layers: 2 });
  });

  it('is fetched once: then its tag is looked up, and nothing else', async () => {
    const { request, registry, path } = await published();
    await planImage(host, request);
    expect(requestsOf(registry).filter((line) => line === 'GET base/blobs/…')).toHaveLength(3);
    await planImage(host, request);
    await applyImage(host, { ...request, destinations: [parseReference(`oci:${path('out')}`)] });
    expect(onlyReads(requestsOf(registry))).toEqual([]);
  });

  it('needs no network at all where it is named by its digest and was there once', async () => {
    const { request, registry, base, write } = await published();
    write('image.yaml', manifest(`${registry.authority}/base:any@${base.digest}`));
    const plan = await planImage(host, request);
    expect(onlyReads(requestsOf(registry))).toHaveLength(4);
    expect((await planImage(host, request)).digest).toBe(plan.digest);
    expect(requestsOf(registry)).toEqual([]);
  });

  it('of several platforms is read for those that are wanted', async () => {
    const registry = await openRegistry();
    const images = await Promise.all(
      ['amd64', 'arm64', 's390x'].map((architecture, at) =>
        makeImage({ architecture, layerBytes: [4096], gzip: true, seed: at + 1 }),
      ),
    );
    const index = putImage(registry.repository('base'), makeIndex(images), '1');
    const text = manifest(`${registry.authority}/base:1`).replace('[linux/amd64]', '[linux/amd64, linux/arm64]');
    const { request, write } = strangerWorkspace({ 'image.yaml': text });
    const plan = await planImage(host, request);
    expect(plan.platforms.map(({ base }) => base?.digest)).toEqual(images.slice(0, 2).map(({ digest }) => digest));
    expect(onlyReads(requestsOf(registry))).toHaveLength(1 + 2 * 3);
    write('image.yaml', text.replace('linux/amd64', 'linux/riscv64').replace(':1\n', `@${index.digest}\n`));
    expect(await failureOf(planImage(host, request))).toMatchObject({
      code: 'base-platform',
      at: { line: 3 },
      hint: expect.stringContaining('linux/amd64, linux/arm64, linux/s390x'),
    });
  });

  it('is refused at its place where it is not there, not allowed, damaged or out of reach', async () => {
    const { request, registry, base, write } = await published();
    write('image.yaml', manifest(`${registry.authority}/base:2`));
    const missing = await failureOf(planImage(host, request));
    expect(missing).toMatchObject({ code: 'base-missing', at: { line: 3 } });
    expect(missing.message).toContain('base:2');
    write('image.yaml', manifest(`${registry.authority}/base:1`));
    registry.guard = basicGuard({ alice: 'secret' });
    expect(await failureOf(planImage(host, request))).toMatchObject({
      code: 'registry-unauthorised',
      at: { line: 3 },
      message: expect.stringMatching(/^Cannot read "docker:/),
    });
    registry.guard = undefined;
    const fault = registry.faults.add(at.blobGet, wrongBody);
    const network = { ...request.network, timeoutMs: 2000 };
    expect(await failureOf(planImage(host, { ...request, network }))).toMatchObject({
      code: 'blob-mismatch',
      at: { line: 3 },
    });
    fault.remove();
    for (const digest of base.blobs.keys()) expect(existsSync(cachedBlob(request, digest))).toBe(false);
    await registry.close();
    expect(await failureOf(planImage(host, { ...request, network }))).toMatchObject({
      code: 'server-unavailable',
      at: { line: 3 },
      message: expect.stringMatching(/^Cannot read "docker:\/\/127[^"]*": https:[^ ]* connection refused$/),
    });
  }, 30_000);
});

/** Takes a base's layers out of the cache, as garbage collection may; what was found out about them stays. */
function forgetLayers(cache: Parameters<typeof cachedBlob>[0], image: TestImage): void {
  for (const digest of layersOf(image)) rmSync(cachedBlob(cache, digest));
}

const stored = (registry: TestRegistry, repository: string) => registry.repositories.get(repository)!;

describe('apply --push', () => {
  it('sends its own layer and config, and mounts the layers of the base', async () => {
    const { request, registry, base } = await published();
    await planImage(host, request);
    forgetLayers(request, base);
    requestsOf(registry);
    const before = registry.receivedBytes;
    const { digest, destinations } = await applyImage(host, {
      ...request,
      destinations: [],
      push: true,
      withoutRecord: true,
    });
    expect(destinations).toMatchObject([
      { tags: ['1', 'latest'], blobsWritten: 2, blobsMounted: 2, blobsThere: 0, reference: { transport: 'docker' } },
    ]);
    const requests = requestsOf(registry);
    expect(requests.filter((line) => line === 'GET base/blobs/…')).toEqual([]);
    const there = stored(registry, 'team/app');
    const manifestBytes = there.manifests.get(digest)!.bytes.length;
    expect(registry.receivedBytes - before).toBe(destinations[0]!.bytesWritten + 2 * manifestBytes);
    expect([there.tags.get('1'), there.tags.get('latest')]).toEqual([digest, digest]);
    expect(layersOf(base).every((layer) => there.blobs.has(layer))).toBe(true);
  });

  it('sends nothing that is there, with few requests', async () => {
    const { request, registry } = await published();
    await applyImage(host, { ...request, destinations: [], push: true });
    requestsOf(registry);
    const again = await applyImage(host, { ...request, destinations: [], push: true });
    expect(again.destinations).toMatchObject([{ blobsWritten: 0, bytesWritten: 0, blobsMounted: 0, blobsThere: 4 }]);
    const requests = requestsOf(registry).filter((line) => line.includes('team/app'));
    expect(requests.filter((line) => line.includes('uploads'))).toEqual([]);
    // And of the record its two blobs, itself, and whether the registry lists it.
    expect(requests.length).toBeLessThanOrEqual(3 + 2 * 3 + 4);
  });

  it('puts layers of the base, from wherever they are, to another registry', async () => {
    const { request, registry, base, path } = await published();
    const other = await openRegistry();
    await planImage(host, request);
    forgetLayers(request, base);
    const destinations = [parseReference(`docker://${other.authority}/copy:1`), parseReference(`oci:${path('out')}`)];
    requestsOf(registry);
    const applied = await applyImage(host, { ...request, destinations });
    expect(applied.destinations.map(({ blobsWritten }) => blobsWritten)).toEqual([4, 5]);
    expect(requestsOf(registry).filter((line) => line === 'GET base/blobs/…')).toHaveLength(2);
    expect(stored(other, 'copy').tags.get('1')).toBe(readLayout(path('out'), '1').digest);
  });

  it('publishes by digest alone where there are no tags', async () => {
    const { request, registry } = await published('');
    const { digest, destinations } = await applyImage(host, { ...request, destinations: [], push: true });
    expect(destinations).toMatchObject([{ tags: [] }]);
    const { tags, manifests } = stored(registry, 'team/app');
    expect([[...tags], manifests.has(digest)]).toEqual([[], true]);
  });

  it.each([
    ['', 'manifest-missing-key', 1],
    ['name: app\n', 'manifest-wrong-value', 4],
  ])('says at its place what is wrong with the name: %j', async (name, code, line) => {
    const { request } = strangerWorkspace({ 'image.yaml': manifest('scratch', name) });
    const failure = await failureOf(applyImage(host, { ...request, destinations: [], push: true }));
    expect(failure).toMatchObject({ code, at: { line }, hint: expect.stringContaining('name: ghcr.io/team/app') });
  });

  it('takes a digest in a destination as what has to come out', async () => {
    const { request, registry } = await published();
    const { digest } = await planImage(host, request);
    const to = (wanted: string) => [parseReference(`docker://${registry.authority}/fixed@${wanted}`)];
    const wrong = `sha256:${'0'.repeat(64)}`;
    expect(await failureOf(applyImage(host, { ...request, destinations: to(wrong) }))).toMatchObject({
      code: 'destination-failed',
      details: { expected: wrong, found: digest },
    });
    await applyImage(host, { ...request, destinations: to(digest!) });
    expect(stored(registry, 'fixed').manifests.has(digest!)).toBe(true);
  });

  it.each([
    ['docker://HOST/a:1', 'docker://HOST/a:1'],
    ['docker://HOST/a', 'docker://HOST/a:latest'],
    ['dir:out', 'dir:./out'],
    ['oci-archive:out.tar', 'docker-archive:out.tar:x'],
    ['docker-daemon:app:1', 'docker-daemon:app:1'],
  ])('refuses two destinations of which one would go: %s and %s', async (...names) => {
    const { request, registry } = await published();
    const destinations = names.map((name) => parseReference(name.replace('HOST', registry.authority)));
    expect(await failureOf(applyImage(host, { ...request, destinations }))).toMatchObject({ code: 'usage' });
    expect(requestsOf(registry)).toEqual([]);
  });
});

describe('what is published', () => {
  it('is compared with by plan', async () => {
    const { request, registry, name, write } = await published();
    await applyImage(host, { ...request, destinations: [], push: true });
    const against = parseReference(`docker://${name}:1`);
    expect((await planImage(host, { ...request, against })).summary.changed).toBe(false);
    write('image.yaml', manifest(`${registry.authority}/base:1`).replace('hello', 'bye'));
    requestsOf(registry);
    const plan = await planImage(host, { ...request, against });
    expect(plan.platforms[0]!.layers[0]!.changes.map(({ path }) => path)).toEqual(['/usr/lib/motd']);
    expect(plan.previous?.from).toBe(`docker://${name}:1`);
  });

  it('is nothing before it is published first, which plan says', async () => {
    const { request, name } = await published();
    const against = parseReference(`docker://${name}:1`);
    const { previous, summary, warnings } = await planImage(host, { ...request, against });
    expect({ previous, changed: summary.changed }).toEqual({ previous: null, changed: true });
    expect(warnings).toMatchObject([{ message: expect.stringContaining(`There is no "docker://${name}:1"`) }]);
  });

  it('is to be there where plan is given its digest, or a file', async () => {
    const { request, name } = await published();
    for (const text of [`docker://${name}@sha256:${'0'.repeat(64)}`, 'oci:nowhere:1']) {
      const failure = await failureOf(planImage(host, { ...request, against: parseReference(text) }));
      expect(failure).toMatchObject({ code: 'image-missing' });
    }
  });

  it('is known to be in a registry that no certificate vouches for', async () => {
    const { request } = await published();
    const { destinations } = await applyImage(host, { ...request, destinations: [], push: true });
    expect(destinations).toMatchObject([{ isInsecure: true }]);
  });

  it('is verified: every byte is read from the registry, and those of the base come from the cache', async () => {
    const { request, registry, name, write } = await published();
    await applyImage(host, { ...request, destinations: [], push: true });
    const expected = { kind: 'image', reference: parseReference(`docker://${name}:1`) } as const;
    requestsOf(registry);
    expect(await verifyImage(host, { ...request, expected })).toMatchObject({ reproducible: true });
    const requests = requestsOf(registry);
    expect(requests.filter((line) => line === 'GET team/app/blobs/…')).toHaveLength(4);
    expect(requests.filter((line) => line.startsWith('GET base/'))).toEqual([]);
    write('image.yaml', manifest(`${registry.authority}/base:1`, `name: ${name}\n`).replace('hello', 'bye'));
    const { reproducible, differences } = await verifyImage(host, { ...request, expected });
    expect([reproducible, differences[0]?.path]).toEqual([false, '/usr/lib/motd']);
  });

  it('is found to be damaged', async () => {
    const { request, registry, name, base } = await published();
    await applyImage(host, { ...request, destinations: [], push: true });
    const [layer] = layersOf(base);
    stored(registry, 'team/app').blobs.set(layer!, Buffer.alloc(base.blobs.get(layer!)!.length));
    const expected = { kind: 'image', reference: parseReference(`docker://${name}:1`) } as const;
    const network = { ...request.network, timeoutMs: 2000 };
    expect(await failureOf(verifyImage(host, { ...request, network, expected }))).toMatchObject({
      code: 'blob-mismatch',
    });
  });
});

describe('without a registry', () => {
  it('nothing of the network or of credentials is touched', async () => {
    const { request, path, directory } = strangerWorkspace({ 'image.yaml': manifest('scratch') });
    const untouched = (): never => {
      throw new Error('the network was touched');
    };
    const offline = { ...host, http: { ...host.http, request: untouched, connect: untouched } };
    const network = { authFile: join(directory, 'nothing'), certificateDirectory: join(directory, 'nothing') };
    const destinations = [parseReference(`oci:${path('out')}:1`)];
    await applyImage(offline, { ...request, network, destinations });
    expect(existsSync(path('out/index.json'))).toBe(true);
  });
});
