import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createNodeHost, type Host } from '../../src/host/index.js';
import { type BuildEvent, type SyncRequest, type SyncResult, syncImages } from '../../src/operations/index.js';
import { failureOf } from '../support/failure-of.js';
import { sha256 } from '../support/layout.js';
import { need } from '../support/programs.js';
import { json } from '../support/registry/answers.js';
import { answering, refusing } from '../support/registry/effects.js';
import { makeImage, makeIndex, putImage, type TestImage } from '../support/registry/images.js';
import { at, startRegistry, type TestRegistry, when } from '../support/registry/registry.js';
import { outputOf, run } from '../support/run.js';

const VERSIONS = ['1.0', '1.1', '1.2.0', '1.2.1', '2.0-rc1', 'latest', 'edge'];
let images: readonly TestImage[];
let index: TestImage;
let arm: TestImage;
let source: TestRegistry;
let target: TestRegistry;
let directory: string;
let host: Host;
const events: BuildEvent[] = [];

beforeAll(async () => {
  images = await Promise.all(VERSIONS.map((_, at) => makeImage({ layerBytes: [4096, 2048], seed: at + 1 })));
  arm = await makeImage({ layerBytes: [2048], seed: 90, architecture: 'arm64' });
  index = makeIndex([images[0]!, arm]);
});

beforeEach(async () => {
  source = await startRegistry({ name: 'source' });
  target = await startRegistry({ name: 'target' });
  // The newest first: a registry may list tags in any order.
  const app = source.repository('org/app');
  for (const [at, tag] of [...VERSIONS.entries()].reverse()) putImage(app, images[at]!, tag);
  putImage(source.repository('multi'), index, '1', '2');
  directory = mkdtempSync(join(tmpdir(), 'tbuild-sync-'));
  const real = createNodeHost();
  const sleep = async () => undefined;
  host = {
    ...real,
    env: { ...real.env, workingDirectory: directory },
    clock: { ...real.clock, sleep },
  };
  events.length = 0;
});

afterEach(async () => {
  rmSync(directory, { recursive: true, force: true });
  await Promise.all([source.close(), target.close()]);
});

interface Entry {
  readonly from?: string;
  readonly to?: string;
  readonly [key: string]: unknown;
}

/** A list of entries, each from the source where it does not say another; `to` goes to the other registry. */
function list(entries: readonly Entry[], to = `${target.authority}/mirror`, file = 'sync.yaml'): SyncRequest {
  const path = join(directory, file);
  mkdirSync(dirname(path), { recursive: true });
  const written = entries.map((entry) => ({ ...entry, from: `${source.authority}/${entry.from ?? 'org/app'}` }));
  writeFileSync(path, JSON.stringify({ version: 1, to, images: written }));
  return { file, cacheDirectory: join(directory, 'cache'), report: (event) => events.push(event) };
}

const sync = (entries: readonly Entry[], to?: string, more: Partial<SyncRequest> = {}): Promise<SyncResult> =>
  syncImages(host, { ...list(entries, to), ...more });

const changes = ({ images: synced }: SyncResult) =>
  synced.map(({ from, change }) => `${change} ${from.slice(from.lastIndexOf('/') + 1)}`);
const tagsAt = (registry: TestRegistry, name: string) => Object.fromEntries(registry.repository(name).tags);
const writesTo = (registry: TestRegistry) => registry.requestsLike(/^(?:PUT|POST|PATCH|DELETE) /);
const imageOf = (tag: string): TestImage => images[VERSIONS.indexOf(tag)]!;

describe('sync to a registry', () => {
  it('copies what is chosen, once, and tells a tag that moved', async () => {
    const entries = [{ tags: ['edge'], match: '^l', semver: '>=1', latest: 2, exclude: 'rc' }];
    const first = await sync(entries);
    expect(first).toMatchObject({ dryRun: false, failures: [] });
    expect(changes(first)).toEqual(['new app:edge', 'new app:1.2.0', 'new app:1.2.1', 'new app:latest']);
    expect(first.images[1]).toMatchObject({
      from: `docker://${source.authority}/org/app:1.2.0`,
      to: `docker://${target.authority}/mirror/org/app:1.2.0`,
      digest: imageOf('1.2.0').digest,
      bytesWritten: expect.any(Number),
    });
    expect(first.images[1]!.bytesWritten).toBeGreaterThan(6000);
    const chosen = ['1.2.0', '1.2.1', 'edge', 'latest'];
    expect(tagsAt(target, 'mirror/org/app')).toEqual(
      Object.fromEntries(chosen.map((tag) => [tag, imageOf(tag).digest])),
    );

    const writes = writesTo(target).length;
    const gets = source.requestsLike(/^GET .*\/blobs\//).length;
    const second = await sync(entries);
    expect(changes(second)).toEqual(['same app:edge', 'same app:1.2.0', 'same app:1.2.1', 'same app:latest']);
    expect(second.images.map(({ bytesWritten }) => bytesWritten)).toEqual([0, 0, 0, 0]);
    expect(writesTo(target)).toHaveLength(writes);
    expect(source.requestsLike(/^GET .*\/blobs\//)).toHaveLength(gets);

    source.repository('org/app').tags.set('latest', imageOf('2.0-rc1').digest);
    const third = await sync(entries);
    expect(changes(third)).toEqual(['same app:edge', 'same app:1.2.0', 'same app:1.2.1', 'moved app:latest']);
    expect(third.images[3]).toMatchObject({ previous: imageOf('latest').digest, digest: imageOf('2.0-rc1').digest });
    expect(tagsAt(target, 'mirror/org/app').latest).toBe(imageOf('2.0-rc1').digest);
  });

  it('says with dryRun the same, and writes nothing', async () => {
    const entries = [{ match: '^1' }, { from: 'multi', tags: ['1'] }];
    const dry = await sync(entries, undefined, { dryRun: true });
    expect(changes(dry)).toEqual(['new app:1.0', 'new app:1.1', 'new app:1.2.0', 'new app:1.2.1', 'new multi:1']);
    expect(dry).toMatchObject({ dryRun: true, failures: [] });
    expect(dry.images.every(({ bytesWritten }) => bytesWritten === 0)).toBe(true);
    expect(writesTo(target)).toEqual([]);
    expect(readdirSync(directory)).toEqual(['sync.yaml']);
    const real = await sync(entries);
    const facts = ({ images: synced }: SyncResult) => synced.map(({ bytesWritten, ...fact }) => fact);
    expect(facts(real)).toEqual(facts(dry));
  });

  it('copies an index as it is, with everything in it', async () => {
    const { images: synced } = await sync([{ from: 'multi', match: '' }]);
    expect(synced.map(({ digest }) => digest)).toEqual([index.digest, index.digest]);
    const { manifests, tags } = target.repository('mirror/multi');
    expect(manifests.get(index.digest)!.bytes).toEqual(index.documents.get(index.digest)!.bytes);
    expect([...manifests.keys()].sort()).toEqual([index.digest, arm.digest, images[0]!.digest].sort());
    expect([...tags.keys()].sort()).toEqual(['1', '2']);
  });

  it('copies an index that is empty, as a list of what refers to an image is after the last was deleted', async () => {
    const empty = makeIndex([]);
    putImage(source.repository('multi'), empty, `sha256-${'a'.repeat(64)}`);
    expect((await sync([{ from: 'multi', match: '' }])).failures).toEqual([]);
    expect(target.repository('mirror/multi').manifests.has(empty.digest)).toBe(true);
  });

  it('copies the image of one platform under its own digest', async () => {
    const result = await sync([{ from: 'multi', tags: ['1'], platforms: ['linux/arm64'] }]);
    expect(result.images).toMatchObject([{ digest: arm.digest, platform: 'linux/arm64', change: 'new' }]);
    expect([...target.repository('mirror/multi').manifests.keys()]).toEqual([arm.digest]);
    expect(changes(await sync([{ from: 'multi', tags: ['1'], platforms: ['linux/arm64/v8'] }]))).toEqual([
      'same multi:1',
    ]);
    const other = await sync([{ from: 'multi', tags: ['1'], platforms: ['linux/s390x'] }]);
    expect(other.failures).toMatchObject([{ code: 'image-missing', hint: 'It has: linux/amd64, linux/arm64.' }]);
  });

  it('asks for the list of tags only where some are looked for, and for all of its pages', async () => {
    await sync([{ tags: ['1.0'] }]);
    expect(source.requestsLike(/tags\/list/)).toEqual([]);
    source.quirks.pageSize = 2;
    expect(changes(await sync([{ match: '' }]))).toHaveLength(VERSIONS.length);
    expect(source.requestsLike(/tags\/list/).length).toBeGreaterThan(3);
  });

  it('sends no blob that the same registry has elsewhere', async () => {
    const { images: synced, failures } = await sync([{ match: '^1' }], `${source.authority}/copy`);
    expect(failures).toEqual([]);
    expect(synced).toHaveLength(4);
    expect(source.requestsLike(/^(?:PUT|PATCH) .*\/blobs\/uploads\//)).toEqual([]);
    expect(source.repository('copy/org/app').blobs.size).toBe(12);
  });

  it('warns where nothing was found', async () => {
    expect(await sync([{ semver: '>=9' }, { tags: ['1.0'], match: '^1.0' }])).toMatchObject({ failures: [] });
    expect(events.filter(({ kind }) => kind === 'warning')).toMatchObject([
      { message: `docker://${source.authority}/org/app has no tag that is looked for; it has 7`, at: { line: 1 } },
    ]);
  });

  it('shows each copy as a step with its bytes', async () => {
    await sync([{ tags: ['1.0', '1.1'] }]);
    const steps = events.filter((event) => event.kind === 'step-started').map(({ title }) => title);
    expect(steps).toEqual([
      'compare with what is there',
      `push docker://${target.authority}/mirror/org/app:1.0`,
      `push docker://${target.authority}/mirror/org/app:1.1`,
    ]);
    const ids = new Set(events.filter((event) => event.kind === 'step-progress').map(({ id }) => id));
    expect(ids.size).toBe(2);
  });
});

describe('sync goes on where an image cannot be copied', () => {
  it('and says in the order of the list what failed', async () => {
    source.faults.add(
      when('GET', /\/org\/app\/blobs\//, ({ path }) =>
        [...imageOf('1.1').blobs.keys()].some((digest) => path.endsWith(digest)),
      ),
      refusing(404, 'BLOB_UNKNOWN'),
    );
    target.faults.add(when('PUT', /\/multi\/manifests\//), refusing(403, 'DENIED'));
    const result = await sync([
      { tags: ['1.0', 'none', '1.1', `1.2.0@${imageOf('1.2.1').digest}`, `1.2.1@${imageOf('1.2.1').digest}`] },
      { from: 'not/there', match: '' },
      { from: 'multi', match: '1' },
      { tags: ['edge'], to: 'other/edge' },
    ]);
    expect(changes(result)).toEqual(['new app:1.0', 'new app:1.2.1', 'new app:edge']);
    expect(tagsAt(target, 'mirror/other/edge')).toEqual({ edge: imageOf('edge').digest });
    expect(result.failures.map(({ code, from }) => `${code} ${from.replace(source.authority, '')}`)).toEqual([
      'image-missing docker:///org/app:none',
      'blob-missing docker:///org/app:1.1',
      'tag-moved docker:///org/app:1.2.0',
      'image-missing docker:///not/there',
      'registry-unauthorised docker:///multi:1',
    ]);
    expect(result.failures[2]).toMatchObject({
      to: `docker://${target.authority}/mirror/org/app:1.2.0`,
      message: `docker://${source.authority}/org/app:1.2.0 names ${imageOf('1.2.0').digest}, and the list says ${imageOf('1.2.1').digest}`,
      at: { file: 'sync.yaml', line: 1 },
    });
    expect(result.failures[3]).toMatchObject({ to: `docker://${target.authority}/mirror/not/there` });
    // Not even a part of what failed is there under a name.
    expect(Object.keys(tagsAt(target, 'mirror/org/app')).sort()).toEqual(['1.0', '1.2.1']);
    expect(tagsAt(target, 'mirror/multi')).toEqual({});
  });

  it('and where a registry denies to say that a repository is yet to come, it pushes', async () => {
    const denial = target.faults.add(when('HEAD', /\/multi\/manifests\//), refusing(403, 'DENIED'), 1);
    const result = await sync([{ from: 'multi', tags: ['1'] }]);
    expect([changes(result), result.failures, denial.hits]).toEqual([['new multi:1'], [], 1]);
    expect(tagsAt(target, 'mirror/multi')).toEqual({ 1: index.digest });
  });

  it('but not where two would have one destination: then nothing is copied', async () => {
    const failure = await failureOf(
      sync([{ match: '^1' }, { from: 'multi', tags: ['1'] }, { tags: ['latest', '1.0'] }]),
    );
    expect(failure).toMatchObject({
      code: 'manifest-duplicate',
      exit: 65,
      message: `docker://${source.authority}/org/app:1.0 is asked for twice, for "docker://${target.authority}/mirror/org/app:1.0"`,
      at: { file: 'sync.yaml' },
      related: [{ at: { file: 'sync.yaml' } }],
    });
    const several = await failureOf(
      sync([
        { tags: ['1.0'] },
        { tags: ['1.0'] },
        { from: 'multi', match: '^1' },
        { tags: ['1.1'], to: 'x' },
        { from: 'multi', tags: ['1'] },
      ]),
    );
    expect(several).toMatchObject({ code: 'manifest-invalid', message: '"sync.yaml" has 2 problems' });
    const renamed = await failureOf(
      sync([
        { tags: ['1.0'], to: 'x' },
        { from: 'multi', tags: ['1'], to: 'x' },
      ]).then(() =>
        sync([
          { from: 'multi', tags: ['1'], to: 'x' },
          { from: 'multi', match: '1', to: 'x' },
        ]),
      ),
    );
    expect(renamed.code).toBe('manifest-duplicate');
    expect(writesTo(target).filter(({ url }) => !url.includes('/mirror/x/'))).toEqual([]);
  });

  it('but not where it is interrupted', async () => {
    const controller = new AbortController();
    const interrupted = { ...host, interruption: controller.signal };
    const reason = Object.assign(new Error('stop'), { name: 'Stop' });
    target.faults.add(at.manifestPut, { before: () => controller.abort(reason) });
    await expect(syncImages(interrupted, list([{ match: '^1' }]))).rejects.toBe(reason);
    expect(target.requestsLike(/^PUT .*\/manifests\//)).toHaveLength(1);
  });

  it('nor where the list cannot be used', async () => {
    expect(await failureOf(syncImages(host, { file: 'none.yaml' }))).toMatchObject({ code: 'manifest-missing' });
    expect(await failureOf(sync([{ tags: ['1.0'] }], 'here'))).toMatchObject({
      code: 'manifest-wrong-value',
      at: { line: 1 },
    });
    expect(await failureOf(sync([{ tags: ['1.0'] }], undefined, { to: 'here' }))).toMatchObject({
      code: 'reference-invalid',
      message: 'The destination is "here", which begins with no registry',
    });
    expect([...source.requests, ...target.requests]).toEqual([]);
  });
});

describe('sync to files', () => {
  it('makes a layout for each repository, beside the list', async () => {
    const request = list([{ match: '^1\\.[01]$' }, { from: 'multi', tags: ['1'] }], 'oci:mirror', 'lists/a.yaml');
    const result = await syncImages(host, request);
    expect(result.images.map(({ to }) => to)).toEqual([
      'oci:lists/mirror/org/app:1.0',
      'oci:lists/mirror/org/app:1.1',
      'oci:lists/mirror/multi:1',
    ]);
    expect(existsSync(join(directory, 'lists/mirror/org/app/index.json'))).toBe(true);
    expect(existsSync(join(directory, 'cache'))).toBe(false);
    expect(changes(await syncImages(host, request))).toEqual(['same app:1.0', 'same app:1.1', 'same multi:1']);
    source.repository('org/app').tags.set('1.1', imageOf('1.0').digest);
    expect(changes(await syncImages(host, request))).toEqual(['same app:1.0', 'moved app:1.1', 'same multi:1']);
  });

  it('makes a directory for each image, from here where the command line names it', async () => {
    const request = { ...list([{ match: '^1\\.[01]$' }], undefined, 'lists/a.yaml'), to: 'dir:out' };
    const result = await syncImages(host, request);
    expect(result.images.map(({ to }) => to)).toEqual(['dir:out/org/app:1.0', 'dir:out/org/app:1.1']);
    expect(readdirSync(join(directory, 'out/org')).sort()).toEqual(['app:1.0', 'app:1.1']);
    expect(changes(await syncImages(host, request))).toEqual(['same app:1.0', 'same app:1.1']);
  });

  it('begins again where a run was killed', async () => {
    await sync([{ tags: ['1.0'] }], 'oci:out');
    await sync([{ tags: ['1.0'] }], 'dir:out');
    rmSync(join(directory, 'out/org/app/index.json'));
    rmSync(join(directory, 'out/org/app:1.0/manifest.json'));
    expect(changes(await sync([{ tags: ['1.0'] }], 'oci:out'))).toEqual(['new app:1.0']);
    expect(changes(await sync([{ tags: ['1.0'] }], 'dir:out'))).toEqual(['new app:1.0']);
  });

  it('takes over nothing that is not its own', async () => {
    mkdirSync(join(directory, 'out/org/app:1.0'), { recursive: true });
    writeFileSync(join(directory, 'out/org/app:1.0/precious'), 'x');
    const { failures } = await sync([{ tags: ['1.0', '1.1'] }], 'dir:out');
    expect(failures).toMatchObject([{ code: 'destination-failed', to: 'dir:out/org/app:1.0' }]);
    expect(readdirSync(join(directory, 'out/org/app:1.0'))).toEqual(['precious']);
  });

  it.each(['../../../x', 'a/b', '..', '', '-x', 'a\u0000b', 'x'.repeat(129)])(
    'refuses a registry that lists %j as a tag',
    async (tag) => {
      source.faults.add(at.tags, answering(json(200, { name: 'org/app', tags: ['1.0', tag] })));
      const { images: synced, failures } = await sync([{ match: '' }], 'dir:out');
      expect(synced).toEqual([]);
      expect(failures).toMatchObject([{ code: 'server-invalid', to: 'dir:out/org/app' }]);
      expect(readdirSync(directory)).toEqual(['sync.yaml']);
    },
  );

  describe.skipIf(!need('skopeo'))('that skopeo reads', () => {
    it.each(['oci:out', 'dir:out'])('with the same digest: %s', async (to) => {
      const { images: synced } = await sync([{ tags: ['1.0'] }, { from: 'multi', tags: ['1'] }], to);
      for (const image of synced) {
        const { stdout } = await run('skopeo', ['inspect', '--raw', image.to], { cwd: directory });
        expect(sha256(Buffer.from(stdout))).toBe(image.digest);
      }
    });

    it('where it would itself put the image', async () => {
      const options = ['--src=docker', '--dest=dir', '--src-tls-verify=false', '--scoped', '--all'];
      const from = `${source.authority}/org/app:1.0`;
      await outputOf('skopeo', ['sync', ...options, from, join(directory, 'theirs')]);
      await sync([{ tags: ['1.0'] }], 'dir:ours');
      expect(readdirSync(join(directory, 'theirs', source.authority, 'org'))).toEqual(['app:1.0']);
      expect(readdirSync(join(directory, 'ours/org'))).toEqual(['app:1.0']);
      expect(changes(await sync([{ tags: ['1.0'] }], `dir:theirs/${source.authority}`))).toEqual(['same app:1.0']);
    });
  });
});
