import { createHash } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noise } from '../support/awkward-source.js';
import { sha256 } from '../support/layout.js';
import { makeTree } from '../support/make-tree.js';
import { need } from '../support/programs.js';
import { basicGuard, bearerGuard, type Guard } from '../support/registry/guards.js';
import { makeImage, putImage, type TestImage, writeLayout } from '../support/registry/images.js';
import { type Laboratory, labUser, openLaboratory } from '../support/registry/laboratory.js';
import { type RealRegistry, realPrograms, startRealRegistry } from '../support/registry/real.js';
import { startRegistry, type TestRegistry } from '../support/registry/registry.js';
import { outputOf } from '../support/run.js';
import { neutralEnv, program, tbuild } from '../support/tbuild.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const MIB = 1024 * 1024;

/** What servers saw while something ran. */
async function during({ requests }: Pick<Laboratory, 'requests'>, work: () => Promise<unknown>) {
  const before = requests.length;
  await work();
  const seen = requests.slice(before);
  const sum = (key: 'receivedBytes' | 'sentBytes') => seen.reduce((total, request) => total + request[key], 0);
  return {
    lines: seen.map(({ method, url, status }) => `${method} ${url} ${status}`),
    count: seen.length,
    receivedBytes: sum('receivedBytes'),
    sentBytes: sum('sentBytes'),
  };
}

/** An OCI layout with one layer of noise under the tag `v1`, which never is in memory as a whole; the image's digest. */
function writeLargeImage(layout: string, layerBytes: number): string {
  const blobs = join(layout, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  const block = noise(8 * MIB);
  const hash = createHash('sha256');
  const file = openSync(join(layout, 'layer'), 'wx');
  for (let written = 0; written < layerBytes; written += block.length) {
    writeSync(file, block);
    hash.update(block);
  }
  closeSync(file);
  const layer = hash.digest('hex');
  renameSync(join(layout, 'layer'), join(blobs, layer));
  const put = (mediaType: string, value: object) => {
    const bytes = Buffer.from(JSON.stringify(value));
    const digest = sha256(bytes);
    writeFileSync(join(blobs, digest.slice('sha256:'.length)), bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const type = (name: string) => `application/vnd.oci.image.${name}`;
  const rootfs = { type: 'layers', diff_ids: [`sha256:${layer}`] };
  const config = put(type('config.v1+json'), { architecture: 'amd64', os: 'linux', rootfs });
  const layers = [{ mediaType: type('layer.v1.tar'), digest: `sha256:${layer}`, size: layerBytes }];
  const mediaType = type('manifest.v1+json');
  const root = put(mediaType, { schemaVersion: 2, mediaType, config, layers });
  const annotations = { 'org.opencontainers.image.ref.name': 'v1' };
  writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(
    join(layout, 'index.json'),
    JSON.stringify({ schemaVersion: 2, manifests: [{ ...root, annotations }] }),
  );
  return root.digest;
}

describe('pushing an image that is there already', () => {
  const workspace = temporaryDirectory();
  let laboratory: Laboratory;
  const layers = [1, 3, 20];
  const images = new Map<number, TestImage>();
  beforeAll(async () => {
    laboratory = await openLaboratory();
    for (const count of layers) {
      const image = await makeImage({ layerBytes: Array(count).fill(20_000), seed: count });
      images.set(count, image);
      writeLayout(join(workspace.path, `layout-${count}`), { v1: image });
    }
  });
  afterAll(() => laboratory.close());

  const users = { [labUser.name]: labUser.password };
  const kinds: readonly { name: string; guard: () => Guard | undefined }[] = [
    { name: 'plain', guard: () => undefined },
    { name: 'with a password', guard: () => basicGuard(users) },
    { name: 'with tokens', guard: () => bearerGuard(laboratory.tokens) },
  ];
  const table = kinds.flatMap(({ name, guard }) => layers.map((count) => ({ name, guard, count })));

  it.each(table)(
    'to a registry $name sends nothing and asks little, with $count layers',
    async ({ name, guard, count }) => {
      const { registry, requests } = laboratory;
      registry.guard = guard();
      const repository = `${name.replaceAll(' ', '-')}/${count}`;
      const { authority } = registry;
      const env = {
        HOME: workspace.path,
        XDG_RUNTIME_DIR: undefined,
        TBUILD_REGISTRY: authority,
        TBUILD_USERNAME: labUser.name,
        TBUILD_PASSWORD: labUser.password,
      };
      const layout = `oci:${join(workspace.path, `layout-${count}`)}:v1`;
      const push = () =>
        tbuild(['copy', layout, `docker://${authority}/${repository}:v1`, '--cache', join(workspace.path, 'cache')], {
          env,
        });
      await push();
      expect(registry.repository(repository).tags.get('v1')).toBe(images.get(count)!.digest);
      const { lines, receivedBytes } = await during({ requests }, push);
      expect(lines.filter((line) => !/^(HEAD|GET) /.test(line))).toEqual([]);
      expect(receivedBytes).toBe(0);
      // It was asked for each layer, the config and the manifest.
      expect(lines.length).toBeGreaterThanOrEqual(count + 2);
      expect(lines.length).toBeLessThanOrEqual(3 + 2 * count);
    },
  );
});

describe('a change on top of a large base', () => {
  const workspace = temporaryDirectory();
  const layerBytes = Array<number>(5).fill(100_000_000);
  let registry: TestRegistry;
  let base: TestImage;
  beforeAll(async () => {
    registry = await startRegistry();
    base = await makeImage({ layerBytes, seed: 9 });
    putImage(registry.repository('base/large'), base, '1');
    mkdirSync(join(workspace.path, 'home'));
  });
  afterAll(() => registry.close());

  const cache = () => join(workspace.path, 'cache');

  /** Builds and publishes an image whose only layer of its own holds a text. */
  async function push(text: string, repository = 'team/app'): Promise<string> {
    const source = join(workspace.path, 'source');
    makeTree(source, {
      'image.yaml': `version: 1
name: ${registry.authority}/${repository}
tags: [v1]
platforms: [linux/amd64]
base: docker://${registry.authority}/base/large:1
layers:
  - name: app
    contents: [{ text: "${text}", to: /app/message }]
`,
    });
    const env = { HOME: join(workspace.path, 'home'), XDG_RUNTIME_DIR: undefined };
    // What the image costs: its record is one of its own.
    const args = ['apply', source, '--push', '--no-record', '--cache', cache(), '--quiet'];
    const digest = await tbuild(args, { env });
    expect(registry.repository(repository).tags.get('v1')).toBe(digest);
    return digest;
  }

  /** The bytes of what an image does not share with its base: layer, config and manifest. */
  function ownBytes(repository = 'team/app'): number {
    const { manifests, tags } = registry.repository(repository);
    const { bytes, document } = manifests.get(tags.get('v1')!)!;
    expect(document.layers).toHaveLength(layerBytes.length + 1);
    return bytes.length + document.config.size + document.layers.at(-1).size;
  }

  const readsIn = (lines: readonly string[]) => lines.filter((line) => line.startsWith('GET '));
  const mountsIn = (lines: readonly string[]) =>
    lines.filter((line) => /^POST .*mount=.*&from=base%2Flarge 201$/.test(line));

  it('fetches the base once, and sends the layer, the config and the manifest', async () => {
    const { lines, receivedBytes, sentBytes } = await during(registry, () => push('one'));
    expect(receivedBytes).toBe(ownBytes());
    expect(mountsIn(lines)).toHaveLength(layerBytes.length);
    // Its manifest, its config, and each layer to see what is in it.
    expect(readsIn(lines)).toHaveLength(2 + layerBytes.length);
    expect(sentBytes).toBeGreaterThanOrEqual(base.totalBytes);
    expect(sentBytes).toBeLessThan(base.totalBytes + 10_000);
  });

  it('fetches nothing more after another change', async () => {
    const { lines, receivedBytes, sentBytes } = await during(registry, () => push('two'));
    expect(receivedBytes).toBe(ownBytes());
    expect(mountsIn(lines)).toEqual([]);
    expect(sentBytes).toBe(0);
  });

  it('fetches the manifest and the config only where it is known what the layers hold', async () => {
    const blobs = join(cache(), 'blobs', 'sha256');
    for (const name of readdirSync(blobs)) rmSync(join(blobs, name));
    const { lines, receivedBytes, sentBytes } = await during(registry, () => push('two', 'team/other'));
    expect(receivedBytes).toBe(ownBytes('team/other'));
    expect(mountsIn(lines)).toHaveLength(layerBytes.length);
    expect(readsIn(lines)).toHaveLength(2);
    expect(sentBytes).toBeLessThan(10_000);
  });
});

describe.skipIf(!need('time', ...realPrograms))('a layer of a gigabyte', () => {
  const workspace = temporaryDirectory();
  const SIZE = 1024 * MIB;
  const limitMib = 300;
  let real: RealRegistry;
  let digest: string;
  beforeAll(async () => {
    real = await startRealRegistry('plain');
    digest = writeLargeImage(join(workspace.path, 'layout'), SIZE);
  });
  afterAll(() => real.close());

  /** The most memory that the process held, in MiB. */
  async function peakOf(from: string, to: string): Promise<number> {
    const report = join(workspace.path, 'time');
    const copy = [process.execPath, program, 'copy', from, to, '--cache', join(workspace.path, 'cache'), '--quiet'];
    const env = { ...neutralEnv, HOME: workspace.path, XDG_RUNTIME_DIR: undefined };
    expect(await outputOf('time', ['-f', '%M', '-o', report, ...copy], { env })).toBe(digest);
    return Number(readFileSync(report, 'utf8')) / 1024;
  }

  it(`goes to docker-registry and comes from it in less than ${limitMib} MiB of memory`, async () => {
    const name = `docker://${real.authority}/large:v1`;
    expect(await peakOf(`oci:${join(workspace.path, 'layout')}:v1`, name)).toBeLessThan(limitMib);
    expect(await peakOf(name, `oci:${join(workspace.path, 'pulled')}:v1`)).toBeLessThan(limitMib);
  }, 300_000);
});
