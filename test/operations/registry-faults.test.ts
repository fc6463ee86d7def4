import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fail, TbuildError } from '../../src/errors/index.js';
import { createNodeHost, type Host } from '../../src/host/index.js';
import { parseReference, parseRegistryReference } from '../../src/oci/index.js';
import {
  applyImage,
  copyImage,
  deleteImage,
  inspectImage,
  listFiles,
  listTags,
  logIn,
  type OperationOptions,
  syncImages,
} from '../../src/operations/index.js';
import { readLayout } from '../support/layout.js';
import { FAULTS, faultImage, type NamedFault } from '../support/registry/fault-table.js';
import {
  makeImage,
  makeIndex,
  makeReferrer,
  putImage,
  type TestImage,
  writeLayout,
} from '../support/registry/images.js';
import { type Laboratory, labUser, openLaboratory } from '../support/registry/laboratory.js';

/** What an operation has to do with: it ends as the first of them that a fault does not let it succeed with. */
type Meets = readonly (keyof NonNullable<NamedFault['ends']>)[];

interface World {
  readonly lab: Laboratory;
  readonly host: Host;
  readonly options: OperationOptions;
  /** `docker://…` of a repository of the registry. */
  name(repository: string): string;
  path(name: string): string;
}

interface Operation {
  readonly name: string;
  readonly meets: Meets;
  run(world: World): Promise<unknown>;
}

let image: TestImage;
let index: TestImage;
let referrer: TestImage;
let layout: string;

/** That the registry has all of an image under a name. */
function expectPublished({ lab }: World, repository: string, expected: TestImage, tag = 'v1'): void {
  const found = lab.registry.repository(repository);
  expect(found.tags.get(tag)).toBe(expected.digest);
  for (const digest of expected.documents.keys()) expect(found.manifests.has(digest)).toBe(true);
  for (const [digest, bytes] of expected.blobs) expect(found.blobs.get(digest)?.equals(bytes)).toBe(true);
}

const operations: readonly Operation[] = [
  {
    name: 'inspect',
    meets: ['documents', 'blobs'],
    async run({ host, options, name, lab }) {
      // For the registry without the API of referrers.
      const manifests = [{ ...referrer.descriptor, artifactType: 'application/vnd.example.note' }];
      const list = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests };
      lab.registry.repository('old').putManifest(list, { tag: image.digest.replace(':', '-') });
      const result = await inspectImage(host, {
        ...options,
        reference: parseReference(name('old:v1')),
        referrers: true,
      });
      expect([result.digest, result.referrers?.map(({ digest }) => digest)]).toEqual([image.digest, [referrer.digest]]);
    },
  },
  {
    name: 'files',
    meets: ['documents', 'blobs'],
    async run({ host, options, name }) {
      const { entries } = await listFiles(host, { ...options, reference: parseReference(name('old:v1')) });
      expect(entries.map(({ path }) => path)).toEqual(['/noise', '/noise/101', '/noise/102']);
    },
  },
  {
    name: 'copy out of the registry',
    meets: ['documents', 'blobs'],
    async run({ host, options, name, path }) {
      const to = parseReference(`oci:${path('out')}:v1`);
      await copyImage(host, { ...options, from: parseReference(name('old:v1')), to });
      expect(readLayout(path('out'), 'v1').digest).toBe(image.digest);
    },
  },
  {
    name: 'copy an index out of the registry',
    meets: ['documents', 'blobs'],
    async run({ host, options, name, path }) {
      const to = parseReference(`oci:${path('all')}:v1`);
      const { digest } = await copyImage(host, {
        ...options,
        from: parseReference(name('index:v1')),
        to,
        platform: 'all',
      });
      expect([digest, readLayout(path('all'), 'v1', 'arm64').layers.length]).toEqual([index.digest, 1]);
    },
  },
  {
    name: 'copy into the registry',
    meets: ['publishing', 'uploads'],
    async run(world) {
      const { host, options, name } = world;
      await copyImage(host, {
        ...options,
        from: parseReference(`oci:${layout}:v1`),
        to: parseReference(name('new:v1')),
      });
      expectPublished(world, 'new', image);
    },
  },
  {
    name: 'copy within the registry',
    meets: ['documents', 'publishing'],
    async run(world) {
      const { host, options, name } = world;
      await copyImage(host, { ...options, from: parseReference(name('old:v1')), to: parseReference(name('near:v1')) });
      expectPublished(world, 'near', image);
    },
  },
  {
    name: 'tags',
    meets: ['documents'],
    async run({ host, options, lab }) {
      const { tags } = await listTags(host, {
        ...options,
        reference: parseRegistryReference(`${lab.registry.authority}/old`),
      });
      expect(tags).toEqual(['v1', 'v2']);
    },
  },
  {
    name: 'delete',
    meets: ['deleting'],
    async run({ host, options, lab }) {
      await deleteImage(host, { ...options, reference: parseRegistryReference(`${lab.registry.authority}/old:v2`) });
      expect([...lab.registry.repository('old').tags.keys()]).toEqual(['v1']);
    },
  },
  {
    name: 'apply, with the base and the destination in the registry',
    meets: ['documents', 'blobs', 'publishing', 'uploads'],
    async run(world) {
      const { host, options, lab, path, name } = world;
      const base = `version: 1\nplatforms: [linux/amd64]\nbase: ${lab.registry.authority}/old:v1\n`;
      writeFileSync(
        path('image.yaml'),
        `${base}layers:\n  - name: a\n    contents:\n      - text: hello\n        to: /a\n`,
      );
      const destinations = [parseReference(name('made:v1'))];
      const { digest } = await applyImage(host, { ...options, file: path('image.yaml'), destinations });
      const made = lab.registry.repository('made');
      expect([made.tags.get('v1'), made.blobs.size]).toEqual([digest, 2 + 1 + 1]);
    },
  },
  {
    name: 'sync',
    meets: ['documents', 'publishing'],
    async run(world) {
      const { host, options, lab, path } = world;
      const { authority } = lab.registry;
      const images = [{ from: `${authority}/old`, tags: ['v1'] }];
      writeFileSync(path('sync.yaml'), JSON.stringify({ version: 1, to: `${authority}/mirror`, images }));
      const { failures, images: synced } = await syncImages(host, { ...options, file: path('sync.yaml') });
      if (failures.length > 0) throw fail(failures[0]!.code, failures[0]!);
      expectPublished(world, synced[0]!.to.replace(/^(docker:\/\/)?[^/]+\/|:v1$/g, ''), image);
    },
  },
  {
    name: 'login',
    meets: ['login' as never],
    async run({ host, options, lab }) {
      const request = { registry: lab.registry.authority, username: labUser.name, password: labUser.password };
      expect(await logIn(host, { ...options, ...request })).toMatchObject({ registry: lab.registry.authority });
    },
  },
];

let world: World & { readonly waits: number[] };

beforeAll(async () => {
  image = await makeImage(faultImage);
  index = makeIndex([image, await makeImage({ layerBytes: [20_000], seed: 5, architecture: 'arm64' })]);
  referrer = makeReferrer(image.descriptor, 'application/vnd.example.note');
  layout = mkdtempSync(join(tmpdir(), 'tbuild-faults-layout-'));
  writeLayout(layout, { v1: image });
  return () => rmSync(layout, { recursive: true });
});

/** A machine that does not really wait, whose user may do everything in the registry. */
function hostOf(directory: string, registry: string, waits: number[]): Host {
  const real = createNodeHost();
  const variables: Readonly<Record<string, string>> = {
    HOME: directory,
    TBUILD_REGISTRY: registry,
    TBUILD_USERNAME: labUser.name,
    TBUILD_PASSWORD: labUser.password,
  };
  const sleep: Host['clock']['sleep'] = async (milliseconds) => {
    waits.push(milliseconds);
    await new Promise((resolve) => setTimeout(resolve, 1));
  };
  const env = { ...real.env, workingDirectory: directory, variable: (name: string) => variables[name] };
  return { ...real, env, clock: { ...real.clock, sleep } };
}

beforeEach(async () => {
  const lab = await openLaboratory();
  for (const [repository, content] of Object.entries({ old: image, index })) {
    putImage(lab.registry.repository(repository), content, 'v1', 'v2');
  }
  putImage(lab.registry.repository('old'), referrer);
  const directory = mkdtempSync(join(tmpdir(), 'tbuild-faults-'));
  const path = (name: string) => join(directory, name);
  writeFileSync(path('auth.json'), '{}');
  const waits: number[] = [];
  world = {
    lab,
    host: hostOf(directory, lab.registry.authority, waits),
    waits,
    options: { cacheDirectory: path('cache'), network: { authFile: path('auth.json'), timeoutMs: 5000 } },
    name: (name) => `docker://${lab.registry.authority}/${name}`,
    path,
  };
});

afterEach(async () => {
  await world.lab.close();
  rmSync(world.path('.'), { recursive: true });
});

async function endingOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'success';
  } catch (error) {
    if (error instanceof TbuildError) return error.code;
    throw error;
  }
}

const isStalled = ({ stalls }: NamedFault): boolean => stalls === true;

describe.each(operations)('$name', ({ run, meets, name }) => {
  it.each(FAULTS)('with $name ends as it must', async (fault) => {
    fault.apply(world.lab);
    const options = isStalled(fault)
      ? { ...world.options, network: { ...world.options.network, timeoutMs: 150 } }
      : world.options;
    const ends = fault.ends ?? {};
    const login = isStalled(fault) ? 'server-unavailable' : 'success';
    const expected =
      name === 'login' ? login : (meets.map((part) => ends[part]).find((end) => end !== undefined) ?? 'success');
    const started = performance.now();
    expect(await endingOf(run({ ...world, options }))).toBe(expected);
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(world.waits.reduce((sum, wait) => sum + wait, 0)).toBeLessThan(60_000);
    expect(world.lab.requests.length).toBeLessThan(60);
    // Whatever the fault, what is sent elsewhere has no authorization: the token server is where the user is to be named.
    const others = world.lab.requests.filter(({ server }) => server === 'elsewhere' || server === 'stranger');
    expect(others.map(({ headers }) => headers.authorization).filter((value) => value !== undefined)).toEqual([]);
  });
});
