import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { fail } from '../../src/errors/index.js';
import type { Host } from '../../src/host/index.js';
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
import { noise } from '../support/awkward-source.js';
import { readLayout } from '../support/layout.js';
import { faultImage } from '../support/registry/fault-table.js';
import {
  makeImage,
  makeIndex,
  makeReferrer,
  putImage,
  type TestImage,
  writeLayout,
} from '../support/registry/images.js';
import { type Laboratory, labUser } from '../support/registry/laboratory.js';
import type { TestRegistry } from '../support/registry/registry.js';

/** What an operation has to do with. */
export interface World {
  readonly lab: Laboratory;
  /** Another registry, with which nothing is wrong. */
  readonly well: TestRegistry;
  readonly host: Host;
  readonly options: OperationOptions;
  path(name: string): string;
}

export interface Operation {
  /** What it reads and writes at most, of bodies of requests and answers, in bytes. */
  readonly bytes: number;
  /** Throws what the operation throws, or that its result is not right. */
  run(world: World): Promise<void>;
}

/** What all worlds have in common. */
export interface Images {
  readonly image: TestImage;
  readonly index: TestImage;
  /** What the tags name at which images shall arrive. */
  readonly older: TestImage;
  readonly referrers: readonly TestImage[];
}

export async function makeImages(): Promise<Images> {
  const image = await makeImage(faultImage);
  const arm = await makeImage({ layerBytes: [20_000], seed: 5, architecture: 'arm64' });
  const types = ['application/vnd.example.note', 'application/vnd.example.signature'];
  return {
    image,
    index: makeIndex([image, arm]),
    older: await makeImage({ layerBytes: [2000], seed: 9 }),
    referrers: types.map((type) => makeReferrer(image.descriptor, type)),
  };
}

const MANIFEST = `layers:
  - name: added
    contents:
      - files: added
        to: /added
`;

/** Fills the registry and the directory with what the operations look for. */
export function furnish({ lab: { registry }, well, path }: World, images: Images): void {
  const { image, index, older, referrers } = images;
  const old = registry.repository('old');
  putImage(old, image, 'v1', 'v2');
  for (const referrer of referrers) putImage(old, referrer);
  // For the registry without the API of referrers.
  const manifests = referrers.map(({ descriptor }) => descriptor);
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  old.putManifest({ schemaVersion: 2, mediaType, manifests }, { tag: image.digest.replace(':', '-') });
  putImage(registry.repository('index'), index, 'v1');
  for (const name of ['new', 'near', 'made']) putImage(registry.repository(name), older, 'v1');
  writeLayout(path('layout'), { v1: image });
  const { authority } = registry;
  const head = `version: 1\nplatforms: [linux/amd64]\nbase: docker://${authority}/old:v1\nname: ${authority}/made\ntags: [v1]\n`;
  writeFileSync(path('image.yaml'), `${head}${MANIFEST}`);
  writeFileSync(path('added'), noise(2_500_000, 42));
  const list = { version: 1, to: `${well.authority}/mirror`, images: [{ from: `${authority}/old`, tags: ['v1'] }] };
  writeFileSync(path('sync.yaml'), JSON.stringify(list));
  writeFileSync(path('auth.json'), '{}');
}

const named = ({ lab }: World, name: string) => parseReference(`docker://${lab.registry.authority}/${name}`);

/** That a registry has all of an image under a tag. */
function expectPublished(registry: TestRegistry, repository: string, expected: TestImage): void {
  const found = registry.repository(repository);
  expect(found.tags.get('v1')).toBe(expected.digest);
  for (const [digest, { bytes }] of expected.documents)
    expect(found.manifests.get(digest)?.bytes.equals(bytes)).toBe(true);
  for (const [digest, bytes] of expected.blobs) expect(found.blobs.get(digest)?.equals(bytes)).toBe(true);
}

function expectLayout(directory: string, { image, index }: Images): void {
  const { layers } = readLayout(directory, 'v1');
  const digests = JSON.parse(readFileSync(`${directory}/index.json`, 'utf8')).manifests.map(
    (item: { digest: string }) => item.digest,
  );
  expect([digests, layers.length]).toEqual([[index.digest], 2]);
  for (const layer of layers) expect([...image.blobs.values()].some((blob) => blob.equals(layer))).toBe(true);
  expect(readLayout(directory, 'v1', 'arm64').layers).toHaveLength(1);
}

/** The layer that the manifest above adds is the same whatever the base is called. */
function expectBuilt({ lab }: World, digest: string, { image }: Images): void {
  const made = lab.registry.repository('made');
  expect(made.tags.get('v1')).toBe(digest);
  const { layers } = made.manifest(digest)!.document;
  const below = JSON.parse(image.documents.get(image.digest)!.bytes.toString()).layers;
  expect(layers.slice(0, -1)).toEqual(below);
  expect(layers.at(-1).digest).toMatch(/^sha256:/);
  expect(made.blobs.get(layers.at(-1).digest)!.length).toBeGreaterThan(2_500_000);
}

/** Manifests, indexes, configs. */
const DOCUMENTS = 64 * 1024;

/** By the columns of the matrix. */
export function operationsOn(images: Images): Readonly<Record<string, Operation>> {
  const { image, index, referrers } = images;
  return {
    inspect: {
      bytes: DOCUMENTS,
      async run(world) {
        const reference = named(world, 'old:v1');
        const { digest, images: found } = await inspectImage(world.host, { ...world.options, reference });
        expect([digest, found.map((item) => item.digest)]).toEqual([image.digest, [image.digest]]);
      },
    },
    referrers: {
      bytes: DOCUMENTS,
      async run(world) {
        const request = { ...world.options, reference: named(world, `old@${image.digest}`), referrers: true };
        const result = await inspectImage(world.host, request);
        const found = result.referrers?.map(({ digest }) => digest);
        expect([result.digest, found]).toEqual([image.digest, referrers.map(({ digest }) => digest)]);
      },
    },
    files: {
      bytes: DOCUMENTS + image.totalBytes,
      async run(world) {
        const { entries } = await listFiles(world.host, { ...world.options, reference: named(world, 'old:v1') });
        expect(entries.map(({ path }) => path)).toEqual(['/noise', '/noise/101', '/noise/102']);
      },
    },
    pull: {
      bytes: DOCUMENTS + index.totalBytes,
      async run(world) {
        const to = parseReference(`oci:${world.path('out')}:v1`);
        const from = named(world, 'index:v1');
        const { digest } = await copyImage(world.host, { ...world.options, from, to, platform: 'all' });
        expect(digest).toBe(index.digest);
        expectLayout(world.path('out'), images);
      },
    },
    push: {
      bytes: DOCUMENTS + image.totalBytes,
      async run(world) {
        const from = parseReference(`oci:${world.path('layout')}:v1`);
        await copyImage(world.host, { ...world.options, from, to: named(world, 'new:v1') });
        expectPublished(world.lab.registry, 'new', image);
      },
    },
    within: {
      bytes: DOCUMENTS + 2 * image.totalBytes,
      async run(world) {
        const request = { from: named(world, 'old:v1'), to: named(world, 'near:v1') };
        await copyImage(world.host, { ...world.options, ...request });
        expectPublished(world.lab.registry, 'near', image);
      },
    },
    apply: {
      bytes: DOCUMENTS + 2 * image.totalBytes + 2_500_000,
      async run(world) {
        const request = { ...world.options, file: world.path('image.yaml'), destinations: [], push: true };
        const { digest } = await applyImage(world.host, request);
        expectBuilt(world, digest, images);
      },
    },
    tags: {
      bytes: DOCUMENTS,
      async run({ host, options, lab }) {
        const reference = parseRegistryReference(`${lab.registry.authority}/old`);
        const { tags } = await listTags(host, { ...options, reference });
        expect(tags).toEqual([image.digest.replace(':', '-'), 'v1', 'v2']);
      },
    },
    delete: {
      bytes: DOCUMENTS,
      async run({ host, options, lab }) {
        const reference = parseRegistryReference(`${lab.registry.authority}/old:v2`);
        await deleteImage(host, { ...options, reference });
        expect([...lab.registry.repository('old').tags.keys()]).not.toContain('v2');
        expect(lab.registry.repository('old').tags.get('v1')).toBe(image.digest);
      },
    },
    login: {
      bytes: DOCUMENTS,
      async run({ host, options, lab, path }) {
        const { authority: registry } = lab.registry;
        await logIn(host, { ...options, registry, username: labUser.name, password: labUser.password });
        const auth = Buffer.from(`${labUser.name}:${labUser.password}`).toString('base64');
        expect(JSON.parse(readFileSync(path('auth.json'), 'utf8'))).toEqual({ auths: { [registry]: { auth } } });
      },
    },
    sync: {
      bytes: DOCUMENTS + 2 * image.totalBytes,
      async run({ host, options, path, well }) {
        const { failures, images: synced } = await syncImages(host, { ...options, file: path('sync.yaml') });
        if (failures.length > 0) throw fail(failures[0]!.code, failures[0]!);
        expect(synced.map(({ digest, change }) => [digest, change])).toEqual([[image.digest, 'new']]);
        const [repository] = [...well.repositories.keys()];
        expectPublished(well, repository!, image);
      },
    },
  };
}
