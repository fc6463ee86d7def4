import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Digest } from '../../../src/oci/index.js';
import { noise } from '../../support/awkward-source.js';
import { need } from '../../support/programs.js';
import { startCuttingProxy } from '../../support/registry/cutting-proxy.js';
import { makeImage, makeIndex, makeReferrer, type TestImage } from '../../support/registry/images.js';
import { type RealKind, type RealRegistry, realPrograms, startRealRegistry } from '../../support/registry/real.js';
import { digestOf } from '../../support/registry/registry.js';
import { errorOf } from '../support.js';
import { descriptorOf, pushBlob, pushImage, sessionsInMemory, startPushing } from './push-support.js';

const optionsFor = ({ certificateDirectory, user }: RealRegistry) => ({ certificateDirectory, user });

/** What the registry has under a name, read with nothing of what is tested here. */
function uploadsLeft({ data }: RealRegistry): readonly string[] {
  const directory = join(data, 'docker/registry/v2/repositories/a/b/_uploads');
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

async function expectThere(registry: RealRegistry, name: string, image: TestImage) {
  const pushing = startPushing(`${registry.authority}/${name}`, optionsFor(registry));
  const found = await pushing.endpoint.send({
    method: 'GET',
    path: `manifests/${pushing.reference.tag}`,
    headers: { accept: image.mediaType },
    access: 'pull',
    repeat: 'safely',
    task: 'test',
  });
  expect(found.status).toBe(200);
  expect(Buffer.from(await found.whole(1e7)).equals(image.documents.get(image.digest)!.bytes)).toBe(true);
  for (const [digest, { length: size }] of image.blobs) {
    expect(await pushing.sink.has({ mediaType: 'x/y', digest: digest as Digest, size })).toBe(true);
  }
  await pushing.close();
}

describe.skipIf(!need(...realPrograms))('docker-registry', () => {
  const kinds = ['plain', 'password', 'token', 'redirect'] as const satisfies readonly RealKind[];
  describe.each(kinds)('of kind %s', (kind) => {
    let registry: RealRegistry;
    beforeAll(async () => {
      registry = await startRealRegistry(kind);
    });
    afterAll(() => registry.close());
    const name = (rest: string) => `${registry.authority}/${rest}`;

    it('takes images, in pieces and not, of both families, and indexes', async () => {
      const oci = await makeImage({ seed: 1 });
      await pushImage(oci, name('a/b:oci'), optionsFor(registry));
      await expectThere(registry, 'a/b:oci', oci);
      const docker = await makeImage({ seed: 2, family: 'docker', gzip: true });
      await pushImage(docker, name('a/b:docker'), { ...optionsFor(registry), chunkBytes: 7000 });
      await expectThere(registry, 'a/b:docker', docker);
      const index = makeIndex([oci, await makeImage({ seed: 3, architecture: 'arm64' })]);
      await pushImage(index, [name('a/b:index'), name('a/b:other')], optionsFor(registry));
      await expectThere(registry, 'a/b:other', index);
      expect(uploadsLeft(registry)).toEqual([]);
    });

    it('is asked for no more than must be where nothing changed', async () => {
      const image = await makeImage({ seed: 4, layerBytes: [5000, 6000, 7000] });
      await pushImage(image, name('a/same:1'), optionsFor(registry));
      const written = await pushImage(image, name('a/same:1'), optionsFor(registry));
      expect(written).toMatchObject({ blobsWritten: 0, bytesWritten: 0 });
      expect(written.traffic.sentBytes).toBe(0);
      expect(written.traffic.requests).toBeLessThanOrEqual(3 + 2 * 3);
    });

    it('takes layers over from another repository', async () => {
      const image = await makeImage({ seed: 5 });
      await pushImage(image, name('a/base:1'), optionsFor(registry));
      const written = await pushImage(image, name('a/mounted:1'), { ...optionsFor(registry), from: 'a/base' });
      expect(written).toMatchObject({ blobsWritten: 0, blobsMounted: 3 });
      await expectThere(registry, 'a/mounted:1', image);
      const nowhere = await makeImage({ seed: 6 });
      const sent = await pushImage(nowhere, name('a/mounted:2'), { ...optionsFor(registry), from: 'a/base' });
      expect(sent).toMatchObject({ blobsWritten: 3, blobsMounted: 0 });
    });

    it('has what refers to an image under a tag', async () => {
      const image = await makeImage({ seed: 7 });
      await pushImage(image, name('a/ref:1'), optionsFor(registry));
      const items = ['text/sbom', 'text/signature'].map((type) => makeReferrer(image.descriptor, type));
      for (const item of items) await pushImage(item, name(`a/ref@${item.digest}`), optionsFor(registry));
      const pushing = startPushing(name('a/ref'), optionsFor(registry));
      const list = await pushing.endpoint.send({
        method: 'GET',
        path: `manifests/${image.digest.replace(':', '-')}`,
        headers: { accept: 'application/vnd.oci.image.index.v1+json' },
        access: 'pull',
        repeat: 'safely',
        task: 'test',
      });
      const { manifests } = JSON.parse(Buffer.from(await list.whole(1e6)).toString());
      expect(manifests).toMatchObject(items.map(({ descriptor }) => descriptor));
      await pushing.close();
    });
  });

  const open: { close(): Promise<void> }[] = [];
  const start = async (...args: Parameters<typeof startRealRegistry>) => {
    const registry = await startRealRegistry(...args);
    open.push(registry);
    return registry;
  };
  const startProxy = async ({ authority }: RealRegistry) => {
    const proxy = await startCuttingProxy(authority);
    open.push(proxy);
    return proxy;
  };
  afterEach(async () => {
    for (const item of open.splice(0).reverse()) await item.close();
  });

  it('that only lets itself be read refuses', async () => {
    const registry = await start('read-only');
    const error = await errorOf(pushImage(await makeImage(), `${registry.authority}/a/b:1`));
    expect(error).toMatchObject({ code: 'registry-refused', details: { status: 405 } });
  });

  it('lacks a blob that is sent again', async () => {
    const registry = await start('plain');
    const image = await makeImage();
    const pushing = startPushing(`${registry.authority}/a/b:1`);
    for (const [digest, bytes] of image.blobs) {
      const target = { mediaType: 'x/y', digest: digest as Digest, size: bytes.length };
      await pushing.sink.put(target, async () => streamOf(bytes));
    }
    const [layer] = image.blobs.keys();
    const deleted = await pushing.endpoint.send({
      method: 'DELETE',
      path: `blobs/${layer}`,
      access: 'delete',
      repeat: 'never',
      task: 'test',
    });
    expect(deleted.status).toBe(202);
    await pushing.sink.put(descriptorOf(image), async () => streamOf(image.documents.get(image.digest)!.bytes));
    await pushing.sink.tag(pushing.reference, descriptorOf(image));
    expect(await pushing.sink.commit()).toMatchObject({ blobsWritten: 4 });
    await expectThere(registry, 'a/b:1', image);
    await pushing.close();
  });

  const content = Buffer.from(noise(6 * 1024 * 1024, 11));
  it.each([undefined, 1024 * 1024])('behind a line that breaks gets the blob in the end', async (chunkBytes) => {
    const registry = await start('plain');
    const proxy = await startProxy(registry);
    proxy.cutAfter(4_500_000);
    const options = chunkBytes === undefined ? {} : { chunkBytes };
    await pushBlob(`${proxy.authority}/a/b`, content, digestOf(content), options);
    expect(proxy.cuts).toBe(1);
    expect(proxy.sentBytes).toBeLessThan(2 * content.length + 100_000);
  });

  it('goes on with an upload in a new process, from the last piece that it had whole', async () => {
    const registry = await start('plain');
    const sessions = sessionsInMemory();
    const name = `${registry.authority}/a/b`;
    let pieces = 0;
    async function* dying() {
      for (let start = 0; start < content.length; start += 65_536) {
        if (++pieces === 65) throw new Error('killed');
        yield content.subarray(start, start + 65_536);
      }
    }
    const first = startPushing(name, { sessions, chunkBytes: 1024 * 1024 });
    const target = { mediaType: 'x/y', digest: digestOf(content) as Digest, size: content.length };
    await expect(first.sink.put(target, async () => dying())).rejects.toThrow('killed');
    await first.close();
    expect(JSON.parse([...sessions.texts.values()][0]!).offset).toBe(4 * 1024 * 1024);
    const second = await pushBlob(name, content, digestOf(content), { sessions });
    expect(second.traffic.sentBytes).toBe(2 * 1024 * 1024);
    expect(uploadsLeft(registry)).toEqual([]);
  });

  it('of kind token gives new tokens in the middle of a push', async () => {
    const registry = await start('token', { tokenSeconds: 1 });
    const slow = { ...optionsFor(registry), chunkBytes: 100_000 };
    await pushBlob(`${registry.authority}/a/b`, content, digestOf(content), slow);
    expect(uploadsLeft(registry)).toEqual([]);
  });
});

async function* streamOf(bytes: Uint8Array) {
  yield bytes;
}
