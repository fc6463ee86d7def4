import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNodeHost } from '../../src/host/index.js';
import { parseReference } from '../../src/oci/index.js';
import { applyImage, lockImage, planImage, verifyImage } from '../../src/operations/index.js';
import { failureOf } from '../support/failure-of.js';
import { makeAuthority } from '../support/registry/certificates.js';
import { layerOf, makeImage, makeIndex, putImage, type TestImage } from '../support/registry/images.js';
import { openRegistry, requestsOf, strangerWorkspace } from './registry-support.js';

const host = createNodeHost();

const onBase = (base: string, contents = '- { text: hi, to: /lib/app/motd }'): string => `version: 1
platforms: [linux/amd64]
base: ${base}
layers:
  - name: app
    contents:
      ${contents}
  - name: more
    contents:
      - { text: more, to: /srv/more }
`;

async function makeBase(seed: number): Promise<TestImage> {
  const files = { 'usr/lib/a': `a${seed}`, lib: { link: 'usr/lib' }, 'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\n' };
  return makeImage({ layers: [await layerOf(files)], gzip: true, seed });
}

async function published(contents?: string) {
  const registry = await openRegistry();
  const repository = registry.repository('base');
  const first = putImage(repository, await makeBase(1), '1');
  const made = strangerWorkspace({ 'image.yaml': onBase(`${registry.authority}/base:1`, contents) });
  const lock = made.path('image.lock.json');
  const move = async () => putImage(repository, await makeBase(2), '1');
  const frozen = { ...made.request, frozen: true };
  return { ...made, registry, repository, first, move, lock, frozen };
}

const readLock = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

/** The same image.yaml and lock on a machine that has nothing. */
const elsewhere = <T extends { readonly cacheDirectory: string }>(request: T): T => ({
  ...request,
  cacheDirectory: `${request.cacheDirectory}-elsewhere`,
});

describe('the lock', () => {
  it('is written by the first plan, with the image, its layers and what was asked of its tree', async () => {
    const { request, lock, first, registry } = await published();
    const plan = await planImage(host, request);
    const reference = `docker://${registry.authority}/base:1`;
    expect(plan.pins).toEqual([
      { change: 'added', what: `base ${registry.authority}/base:1`, before: null, after: first.digest },
    ]);
    const { base } = readLock(lock).platforms['linux/amd64'];
    expect(base).toMatchObject({ reference, manifest: { digest: first.digest } });
    expect(base.layers).toHaveLength(1);
    expect(base.tree).toEqual({
      lib: ['symlink', '0777', '0:0', 'usr/lib'],
      srv: null,
      usr: ['directory', '0755', '0:0'],
      'usr/lib': ['directory', '0755', '0:0'],
      'usr/lib/app': null,
    });
  });

  it('is not written where there is nothing to pin', async () => {
    const { request, lock, write } = await published();
    write('image.yaml', onBase('scratch'));
    expect((await planImage(host, request)).pins).toEqual([]);
    expect(existsSync(lock)).toBe(false);
  });

  it('holds: a tag that moves changes nothing until it is updated, and that says from what to what', async () => {
    const { request, lock, first, move, registry } = await published();
    const { digest } = await planImage(host, request);
    const bytes = readFileSync(lock, 'utf8');
    const second = await move();
    requestsOf(registry);
    expect((await planImage(host, elsewhere(request))).digest).toBe(digest);
    expect(readFileSync(lock, 'utf8')).toBe(bytes);
    expect(await lockImage(host, request)).toMatchObject({ changes: [], isWritten: false });
    const { changes, isWritten } = await lockImage(host, { ...request, update: ['base'] });
    expect(isWritten).toBe(true);
    expect(changes).toMatchObject([{ change: 'changed', before: first.digest, after: second.digest }]);
    expect((await planImage(host, request)).digest).not.toBe(digest);
  });

  it.each(['base', 'reference', 'all'] as const)('is updated by the name %s', async (name) => {
    const { request, move, registry } = await published();
    await planImage(host, request);
    const second = await move();
    const update = name === 'reference' ? [`${registry.authority}/base:1`] : name === 'all' ? name : [name];
    expect((await lockImage(host, { ...request, update })).changes).toMatchObject([{ after: second.digest }]);
  });

  it('keeps what it tells of a base that has not moved, also where no artifact runs to ask for it again', async () => {
    const { request, registry, write, lock } = await published();
    const run = `[node, -e, "fs.writeFileSync(process.env.OUT + '/x', '')"]`;
    const artifact = `artifacts:\n  made: { run: ${run}, tools: [node] }\nlayers:`;
    const layers = onBase(`${registry.authority}/base:1`, '- { artifact: made, to: /usr/made }');
    write('image.yaml', layers.replace('layers:', artifact));
    await applyImage(host, { ...request, destinations: [] });
    const before = readFileSync(lock, 'utf8');
    expect(readLock(lock).platforms['linux/amd64'].base.tree).toHaveProperty(['usr/made']);
    await planImage(host, elsewhere(request));
    expect(readFileSync(lock, 'utf8')).toBe(before);
    const updated = await lockImage(host, { ...elsewhere(request), update: ['base'] });
    expect(updated).toMatchObject({ changes: [], isWritten: false });
    expect(readFileSync(lock, 'utf8')).toBe(before);
  });

  it('refuses to update what is not in it, and says what is meant', async () => {
    const { request } = await published();
    await planImage(host, request);
    const failure = await failureOf(lockImage(host, { ...request, update: ['bsae'] }));
    expect(failure).toMatchObject({ code: 'usage', hint: expect.stringContaining('"base"') });
  });

  it('needs none of the layers of a base on another machine', async () => {
    const { request, frozen, registry } = await published();
    const { digest } = await planImage(host, request);
    requestsOf(registry);
    expect((await planImage(host, elsewhere(frozen))).digest).toBe(digest);
    // The manifest and the config.
    expect(
      requestsOf(registry)
        .filter((line) => line.startsWith('GET'))
        .sort(),
    ).toEqual(['GET base/blobs/…', 'GET base/manifests/…']);
  });

  it('has the layers read again where more is asked of the base than it tells', async () => {
    const { request, frozen, registry, write, lock } = await published();
    await planImage(host, request);
    const before = readFileSync(lock);
    write('image.yaml', onBase(`${registry.authority}/base:1`, '- { text: hi, to: /etc/other }'));
    const { digest } = await planImage(host, request);
    const after = readFileSync(lock);
    expect(after.equals(before)).toBe(false);
    writeFileSync(lock, before);
    expect((await planImage(host, elsewhere(frozen))).digest).toBe(digest);
    expect(readFileSync(lock).equals(before)).toBe(true);
    expect((await planImage(host, { ...elsewhere(request), frozen: false })).pins).toEqual([]);
    expect(readFileSync(lock).equals(after)).toBe(true);
  });

  it('tells nothing of its tree where all of it was looked at, and that changes no digest', async () => {
    const { request, repository, lock, frozen, directory } = await published('- certificates: []');
    const { certificate } = await makeAuthority(directory);
    const layers = [await layerOf({ 'usr/share/ca-certificates/one.crt': certificate })];
    putImage(repository, await makeImage({ layers, gzip: true }), '1');
    const { digest } = await planImage(host, request);
    expect(readLock(lock).platforms['linux/amd64'].base.tree).toBeUndefined();
    expect((await planImage(host, elsewhere(frozen))).digest).toBe(digest);
  });

  it('is enough for accounts too: the file of the base is read from its layer', async () => {
    const { request, frozen } = await published('- accounts: { users: [{ name: app, uid: 1000, gid: 1000 }] }');
    const { digest } = await planImage(host, request);
    expect((await planImage(host, elsewhere(frozen))).digest).toBe(digest);
    expect((await planImage(host, frozen)).digest).toBe(digest);
  });

  it('that is this one, written otherwise, stays as it is', async () => {
    const { request, lock } = await published();
    await planImage(host, request);
    const checkedOut = readFileSync(lock, 'utf8').replaceAll('\n', '\r\n');
    writeFileSync(lock, checkedOut);
    expect(await lockImage(host, request)).toMatchObject({ changes: [], isWritten: false });
    await applyImage(host, { ...request, destinations: [] });
    expect(readFileSync(lock, 'utf8')).toBe(checkedOut);
  });

  it.each([
    ['updates it', (text: string) => text],
    ['removes it', () => undefined],
    ['merges into it', (text: string) => `<<<<<<< HEAD\n${text}`],
  ])('is not written over where something else %s meanwhile', async (_, change) => {
    const { request, lock, registry, move, write, repository } = await published();
    await planImage(host, request);
    await move();
    await lockImage(host, { ...request, update: 'all' });
    const others = readFileSync(lock, 'utf8');
    putImage(repository, await makeBase(1), '1');
    await lockImage(host, { ...request, update: 'all' });
    const before = readFileSync(lock, 'utf8');
    expect(before).not.toBe(others);
    write('image.yaml', onBase(`${registry.authority}/base:1`, '- { text: hi, to: /etc/other }'));
    const meanwhile = change(others);
    const report = (): void => {
      if (meanwhile === undefined) rmSync(lock, { force: true });
      else writeFileSync(lock, meanwhile);
    };
    const failure = await failureOf(planImage(host, { ...request, report }));
    expect(failure.code).toBe(meanwhile?.startsWith('<') === true ? 'lock-invalid' : 'input-changed');
    expect(failure.message).toContain('image.lock.json');
    expect(existsSync(lock) ? readFileSync(lock, 'utf8') : undefined).toBe(meanwhile);
  });

  it('is said to pin what its registry has no more, and how to find that anew', async () => {
    const { request, repository, first } = await published();
    await planImage(host, request);
    repository.manifests.delete(first.digest);
    const failure = await failureOf(planImage(host, elsewhere(request)));
    expect(failure).toMatchObject({ code: 'base-missing', at: { line: 3 } });
    expect(failure.hint).toContain('tbuild lock --update base');
    expect(failure.message).toContain('the lock has this image');
  });

  it('drops what is not asked for any more', async () => {
    const { request, registry, write, lock, first } = await published();
    write('image.yaml', onBase('scratch', `- { image: "${registry.authority}/base:1", paths: [/usr/lib/a] }`));
    expect((await planImage(host, request)).pins).toMatchObject([{ change: 'added', after: first.digest }]);
    write('image.yaml', onBase('scratch'));
    expect((await planImage(host, request)).pins).toMatchObject([{ change: 'removed', before: first.digest }]);
    expect(readLock(lock).platforms).toEqual({});
  });
});

describe('a frozen lock', () => {
  it('names the pin that is missing, at its place, and asks no registry', async () => {
    const { frozen, registry, lock } = await published();
    const failure = await failureOf(planImage(host, frozen));
    expect(failure).toMatchObject({ code: 'pin-missing', exit: 4, at: { line: 3 } });
    expect(failure.message).toContain('base');
    expect(failure.message).toContain('image.lock.json');
    expect(requestsOf(registry)).toEqual([]);
    expect(existsSync(lock)).toBe(false);
  });

  it('names the pin that is for something else', async () => {
    const { request, frozen, registry, write, repository } = await published();
    await planImage(host, request);
    putImage(repository, await makeBase(3), '2');
    write('image.yaml', onBase(`${registry.authority}/base:2`));
    const failure = await failureOf(planImage(host, frozen));
    expect(failure).toMatchObject({ code: 'pin-stale', exit: 4, at: { line: 3 } });
    expect(failure.message).toContain('base:1');
    expect(failure.message).toContain('base:2');
  });

  it('says of pins that nothing needs not that they were dropped', async () => {
    const { request, frozen, write, lock } = await published();
    await planImage(host, request);
    const before = readFileSync(lock);
    write('image.yaml', onBase('scratch'));
    expect((await planImage(host, frozen)).pins).toEqual([]);
    expect(await lockImage(host, frozen)).toMatchObject({ changes: [{ change: 'removed' }], isWritten: false });
    expect(readFileSync(lock).equals(before)).toBe(true);
  });

  it('needs no pin for a base that is named by its digest', async () => {
    const { frozen, registry, write, first, lock } = await published();
    write('image.yaml', onBase(`${registry.authority}/base@${first.digest}`));
    expect((await planImage(host, frozen)).platforms[0]!.base!.digest).toBe(first.digest);
    expect(existsSync(lock)).toBe(false);
  });

  it('is what verify goes by: it finds nothing by itself, and asks the base, not the lock, what is in its tree', async () => {
    const { request, lock } = await published();
    expect(await failureOf(verifyImage(host, request))).toMatchObject({ code: 'nothing-to-verify' });
    await applyImage(host, { ...request, destinations: [] });
    expect((await verifyImage(host, request)).reproducible).toBe(true);
    // Somebody says that the base's /usr/lib is for its owner alone.
    const wrong = readFileSync(lock, 'utf8').replace(
      '"usr/lib": ["directory", "0755"',
      '"usr/lib": ["directory", "0700"',
    );
    expect(wrong).not.toBe(readFileSync(lock, 'utf8'));
    writeFileSync(lock, wrong);
    const { digest } = await applyImage(host, { ...elsewhere(request), frozen: true, destinations: [] });
    const expected = { kind: 'digest', digest } as const;
    expect((await verifyImage(host, { ...request, expected })).reproducible).toBe(false);
    rmSync(lock);
    expect(await failureOf(verifyImage(host, request))).toMatchObject({ code: 'pin-missing' });
  });

  it('builds with no network at all from what is in the cache, and else says what is not', async () => {
    const { request, frozen, registry } = await published();
    const { digest } = await applyImage(host, { ...request, destinations: [] });
    await registry.close();
    expect((await planImage(host, frozen)).digest).toBe(digest);
    const failure = await failureOf(planImage(host, { ...elsewhere(frozen), network: { timeoutMs: 500 } }));
    const base = `base docker://${registry.authority}/base:1`;
    expect(failure).toMatchObject({
      code: 'server-unavailable',
      details: { lacks: [`manifest of ${base}`, `config of ${base}`] },
    });
    expect(failure.hint).toContain(`manifest of ${base}`);
  }, 30_000);
});

describe('where CI is set', () => {
  /** The real machine with another value of the variable. */
  const hostIn = (ci: string) => {
    const variable = (name: string) => (name === 'CI' ? ci : host.env.variable(name));
    return { ...host, env: Object.create(host.env, { variable: { value: variable } }) as typeof host.env };
  };

  it.each([
    ['true', 'pin-missing'],
    ['1', 'pin-missing'],
    ['false', undefined],
    ['False', undefined],
    ['0', undefined],
  ])('to %s a lock is frozen, or not, unless somebody says so', async (ci, code) => {
    const { request } = await published();
    const { frozen: _, ...unsaid } = request;
    const attempt = (): Promise<unknown> => planImage(hostIn(ci), unsaid);
    if (code === undefined) await attempt();
    else {
      expect(await failureOf(attempt())).toMatchObject({ code });
      expect(await failureOf(lockImage(hostIn(ci), unsaid))).toMatchObject({ code });
    }
    expect((await planImage(hostIn(ci), request)).digest).not.toBeNull();
  });

  it('an update is still one', async () => {
    const { request, move } = await published();
    const { frozen: _, ...unsaid } = request;
    await planImage(host, request);
    const second = await move();
    const { changes } = await lockImage(hostIn('true'), { ...unsaid, update: 'all' });
    expect(changes).toMatchObject([{ after: second.digest }]);
    expect(await failureOf(lockImage(host, { ...request, frozen: true, update: 'all' }))).toMatchObject({
      code: 'usage',
    });
  });
});

describe('an image that files are copied from', () => {
  it('is pinned for each platform, and copied from by what the pin says', async () => {
    const registry = await openRegistry();
    const repository = registry.repository('tools');
    const images = (seed: number) =>
      Promise.all(
        ['amd64', 'arm64'].map(async (architecture) =>
          makeImage({ architecture, layers: [await layerOf({ 'bin/tool': `${architecture} ${seed}` })], gzip: true }),
        ),
      );
    putImage(repository, makeIndex(await images(1)), '1');
    const text = onBase('scratch', `- { image: "${registry.authority}/tools:1", paths: [/bin/tool] }`);
    const both = text.replace('[linux/amd64]', '[linux/amd64, linux/arm64]');
    const { request, path } = strangerWorkspace({ 'image.yaml': both });
    const { digest, pins } = await planImage(host, request);
    expect(pins.map(({ platform }) => platform)).toEqual(['linux/amd64', 'linux/arm64']);
    putImage(repository, makeIndex(await images(2)), '1');
    const out = parseReference(`oci:${path('out')}`);
    expect((await applyImage(host, { ...elsewhere(request), destinations: [out] })).digest).toBe(digest);
    expect(existsSync(join(path('out'), 'index.json'))).toBe(true);
    const { changes } = await lockImage(host, { ...request, update: 'all' });
    expect(changes.map(({ change }) => change)).toEqual(['changed', 'changed']);
  });
});
