import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fail } from '../../src/errors/index.js';
import {
  type BlobSink,
  type Descriptor,
  type Digest,
  digestOf,
  MediaTypes,
  parseReference,
  type RegistryReference,
} from '../../src/oci/index.js';
import {
  type CopyEvent,
  copyImage,
  openContentStore,
  openImageSink,
  openImageSource,
  readDocument,
} from '../../src/store/index.js';
import { type Bytes, bytesOf, collect } from '../../src/util/index.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { addImage, addIndex, type Blobs, blobsInMemory, errorOf, host, surroundingsOf } from './support.js';

const temporary = temporaryDirectory();
const newDirectory = (): string => mkdtempSync(join(temporary.path, 'copies-'));
const pause = (milliseconds = 1): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** An image of so many layers, of some bytes each. */
function addLayers(blobs: Blobs, count: number, name = 'layer') {
  const layers = Array.from({ length: count }, (_, number) =>
    blobs.add(Buffer.from(`${name} ${number} ${'x'.repeat(100)}`), MediaTypes.layer),
  );
  const rootfs = { type: 'layers', diff_ids: layers.map(({ digest }) => digest) };
  const config = blobs.addJson({ os: 'linux', architecture: 'amd64', rootfs }, MediaTypes.config);
  const document = { schemaVersion: 2, mediaType: MediaTypes.manifest, config, layers };
  return { manifest: blobs.addJson(document, MediaTypes.manifest), config, layers };
}

/** A source that gives each blob in single bytes, with a turn of the loop between them. */
function slowly(blobs: Blobs): Pick<Blobs, 'open'> {
  return {
    async open({ digest }) {
      const bytes = blobs.map.get(digest)!;
      async function* read(): Bytes & AsyncGenerator<Uint8Array> {
        for (const byte of bytes) {
          await new Promise((resolve) => setImmediate(resolve));
          yield Uint8Array.of(byte);
        }
      }
      return read();
    },
  };
}

/** A sink that reads everything, and says in which order things began and ended. */
function recordingSink(fails: (target: Descriptor) => boolean = () => false) {
  const events: string[] = [];
  const ended: Digest[] = [];
  let running = 0;
  let most = 0;
  const sink: BlobSink = {
    has: async () => false,
    async put(target, open) {
      events.push(`begin ${target.digest}`);
      most = Math.max(most, ++running);
      try {
        await pause();
        if (fails(target)) throw new Error(`no room for ${target.digest}`);
        const bytes = await collect(await open(), 1e9);
        expect(digestOf(bytes)).toBe(target.digest);
        ended.push(target.digest);
        events.push(`end ${target.digest}`);
      } catch (error) {
        events.push(`fail ${target.digest}`);
        throw error;
      } finally {
        running -= 1;
      }
    },
  };
  return { sink, events, ended, running: () => running, most: () => most };
}

describe('a sink that keeps what opens a document', () => {
  it('keeps no bytes of it: they come from the source again', async () => {
    const blobs = blobsInMemory();
    const { manifest } = addLayers(blobs, 1);
    const asked: Digest[] = [];
    const source = {
      open(target: Descriptor): Promise<Bytes> {
        asked.push(target.digest);
        return blobs.open(target);
      },
    };
    const kept = new Map<Digest, () => Promise<Bytes>>();
    const sink: BlobSink = {
      has: async () => false,
      async put(target, open) {
        kept.set(target.digest, open);
        await collect(await open(), 10_000);
      },
    };
    await copyImage(source, sink, manifest);
    const isManifest = (digest: Digest): boolean => digest === manifest.digest;
    expect(asked.filter(isManifest)).toHaveLength(1);
    const bytes = await collect(await kept.get(manifest.digest)!(), 10_000);
    expect(digestOf(bytes)).toBe(manifest.digest);
    expect(asked.filter(isManifest)).toHaveLength(2);
  });
});

describe('copying', () => {
  it('from layout to archive to directory to layout keeps the digest and every byte', async () => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    const root = await addIndex(blobs);
    const surroundings = surroundingsOf(directory);
    const copy = async (from: string, to: string, image: Descriptor, source = sourceAt(from)): Promise<void> => {
      const sink = openImageSink(host, parseReference(to), { ...surroundings, name: undefined });
      await copyImage(source, sink, image);
      await sink.tag(parseReference(to), image);
      await sink.commit();
      source.close();
    };
    const sourceAt = (text: string) => openImageSource(host, parseReference(text), surroundings);
    await copy('', 'oci:a:v1', root, { ...blobs, resolve: async () => root, close: () => undefined });
    const steps = ['oci:a:v1', 'oci-archive:b:v1', 'docker-archive:c:v1', 'dir:d', 'oci:e:v1'];
    for (const [number, from] of steps.slice(0, -1).entries()) {
      const source = sourceAt(from);
      const found = await source.resolve(parseReference(from));
      expect(found.digest).toBe(root.digest);
      await copy(from, steps[number + 1]!, found, source);
    }
    const files = readdirSync(join(directory, 'a'), { recursive: true, withFileTypes: true });
    expect(files.filter((name) => name.isFile())).toHaveLength(9);
    for (const name of files.filter((file) => file.isFile())) {
      const other = join(name.parentPath.replace(join(directory, 'a'), join(directory, 'e')), name.name);
      expect(readFileSync(other).equals(readFileSync(join(name.parentPath, name.name)))).toBe(true);
    }
  });

  it.each([1, 2, 4, 16])('puts children before parents, and each blob once: %i at a time', async (parallel) => {
    const blobs = blobsInMemory();
    const images = [addLayers(blobs, 5, 'a'), addLayers(blobs, 5, 'b'), addLayers(blobs, 5, 'a')];
    const manifests = images.map(({ manifest }) => manifest);
    const root = blobs.addJson({ schemaVersion: 2, mediaType: MediaTypes.index, manifests }, MediaTypes.index);
    const { sink, events, ended, most } = recordingSink();
    await copyImage(slowly(blobs), sink, root, { parallel });
    expect([...ended].sort()).toEqual([...blobs.map.keys()].sort());
    expect(ended.at(-1)).toBe(root.digest);
    for (const { manifest, config, layers } of images) {
      const begun = events.indexOf(`begin ${manifest.digest}`);
      for (const child of [config, ...layers]) expect(events.indexOf(`end ${child.digest}`)).toBeLessThan(begun);
    }
    expect(most()).toBe(Math.min(parallel, 12));
  });

  describe('where the source lacks a layer', () => {
    const copyWithout = async (mediaType: string) => {
      const blobs = blobsInMemory();
      const layer = blobs.add(Buffer.from('of someone else'), mediaType);
      const config = blobs.addJson({ os: 'windows', architecture: 'amd64' }, MediaTypes.config);
      const document = { schemaVersion: 2, mediaType: MediaTypes.manifest, config, layers: [layer] };
      const manifest = blobs.addJson(document, MediaTypes.manifest);
      blobs.map.delete(layer.digest);
      const open: Blobs['open'] = async (target) => {
        if (!blobs.map.has(target.digest)) throw fail('blob-missing', { message: `no ${target.digest}` });
        return blobs.open(target);
      };
      const { sink, ended } = recordingSink();
      const events: CopyEvent[] = [];
      await copyImage({ open }, sink, manifest, { progress: (event) => events.push(event) });
      return { ended, expected: [config.digest, manifest.digest], events, layer };
    };

    it.each([
      'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
      'application/vnd.oci.image.layer.nondistributable.v1.tar',
      'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
    ])('that is had elsewhere, the rest is copied: %s', async (mediaType) => {
      const { ended, expected, events, layer } = await copyWithout(mediaType);
      expect(ended).toEqual(expected);
      expect(events).toContainEqual({ kind: 'foreign', target: layer });
    });

    it('of any other kind, the copy fails', async () => {
      expect(await errorOf(copyWithout(MediaTypes.layerGzip))).toMatchObject({ code: 'blob-missing' });
    });
  });

  it('has four blobs on the way unless it is told otherwise', async () => {
    const blobs = blobsInMemory();
    const { sink, most } = recordingSink();
    await copyImage(blobs, sink, addLayers(blobs, 20).manifest);
    expect(most()).toBe(4);
  });

  it('ends with the first failure, when everything that was under way has ended', async () => {
    const blobs = blobsInMemory();
    const { manifest, layers } = addLayers(blobs, 30);
    const bad = layers[6]!;
    const { sink, events, running } = recordingSink((target) => target.digest === bad.digest);
    await expect(copyImage(slowly(blobs), sink, manifest)).rejects.toThrow(`no room for ${bad.digest}`);
    expect(running()).toBe(0);
    const begun = events.filter((event) => event.startsWith('begin'));
    expect(begun.length).toBeLessThan(12);
    const after = events.slice(events.indexOf(`fail ${bad.digest}`));
    expect(after.filter((event) => event.startsWith('begin'))).toEqual([]);
    const settled = events.length;
    await pause(20);
    expect(events).toHaveLength(settled);
  });

  it('stops streams that would never end of themselves', async () => {
    const blobs = blobsInMemory();
    const { manifest, layers } = addLayers(blobs, 4);
    const [bad, ...endless] = layers;
    let open = 0;
    const source = {
      async open(target: Descriptor) {
        if (!endless.some(({ digest }) => digest === target.digest)) return blobs.open(target);
        async function* read(): AsyncGenerator<Uint8Array> {
          open += 1;
          try {
            for (;;) {
              await pause();
              yield Buffer.from('x');
            }
          } finally {
            open -= 1;
          }
        }
        return read();
      },
    };
    let held = 0;
    const sink: BlobSink = {
      has: async () => false,
      async put(target, from) {
        for await (const _ of await from()) {
          held += 1;
          if (target.digest === bad!.digest) {
            while (open < 3) await pause();
            throw new Error('no room');
          }
        }
      },
    };
    await expect(copyImage(source, sink, manifest, { parallel: 8 })).rejects.toThrow('no room');
    expect(open).toBe(0);
    const after = held;
    await pause(20);
    expect(held).toBe(after);
  });

  it('puts no document whose child could not be put, and does not wait for other images', async () => {
    const blobs = blobsInMemory();
    const images = Array.from({ length: 9 }, (_, number) => addLayers(blobs, 3, `image ${number}`));
    const manifests = images.map(({ manifest }) => manifest);
    const root = blobs.addJson({ schemaVersion: 2, mediaType: MediaTypes.index, manifests }, MediaTypes.index);
    const bad = images[1]!.layers[1]!;
    const { sink, events } = recordingSink((target) => target.digest === bad.digest);
    await expect(copyImage(slowly(blobs), sink, root)).rejects.toThrow('no room');
    for (const digest of [root.digest, images[1]!.manifest.digest, images[8]!.manifest.digest]) {
      expect(events).not.toContain(`begin ${digest}`);
    }
  });

  it('tells of every blob, of its bytes, and whether they were needed', async () => {
    const blobs = blobsInMemory();
    const { manifest, config, layers } = addLayers(blobs, 3);
    const store = openContentStore(host, newDirectory());
    await store.put(layers[1]!, () => blobs.open(layers[1]!));
    const events: CopyEvent[] = [];
    await copyImage(blobs, store, manifest, { progress: (event) => events.push(event) });
    const told = (kind: CopyEvent['kind']): readonly Digest[] =>
      events.flatMap((event) => (event.kind === kind && 'target' in event ? [event.target.digest] : [])).sort();
    const all = [manifest, config, ...layers].map(({ digest }) => digest);
    expect(told('found')).toEqual([...all].sort());
    expect(told('present')).toEqual([layers[1]!.digest]);
    expect(told('copied')).toEqual(all.filter((digest) => digest !== layers[1]!.digest).sort());
    const bytes = events.reduce((sum, event) => sum + (event.kind === 'bytes' ? event.count : 0), 0);
    const expected = [manifest, config, layers[0]!, layers[2]!].reduce((sum, { size }) => sum + size, 0);
    expect(bytes).toBe(expected);
    store.close();
  });

  it('tells the destination where in a registry a blob is', async () => {
    const blobs = blobsInMemory();
    const { manifest, layers } = addLayers(blobs, 1);
    const place: RegistryReference = { transport: 'docker', registry: 'example.com', repository: 'a/b' };
    const locations = new Map<Digest, RegistryReference | undefined>();
    const sink: BlobSink = {
      has: async () => false,
      put: async ({ digest }, _, places) => void locations.set(digest, places?.location),
    };
    const locate = ({ digest }: Descriptor) => (digest === layers[0]!.digest ? place : undefined);
    await copyImage({ ...blobs, locate }, sink, manifest);
    expect(locations.size).toBe(3);
    expect(locations.get(layers[0]!.digest)).toBe(place);
    expect(locations.get(manifest.digest)).toBeUndefined();
  });

  it('goes two indexes deep and no further, and copies what it does not know as it is', async () => {
    const blobs = blobsInMemory();
    const wrap = (child: Descriptor) =>
      blobs.addJson({ schemaVersion: 2, manifests: [child, blobs.add(Buffer.from('own'), 'x/own')] }, MediaTypes.index);
    const once = wrap((await addImage(blobs, 'hello')).manifest);
    const store = openContentStore(host, newDirectory());
    await copyImage(blobs, store, wrap(once));
    expect(store.sizeOf(digestOf('own'))).toBe(3);
    expect(await errorOf(() => copyImage(blobs, store, wrap(wrap(once))))).toMatchObject({ code: 'image-invalid' });
    expect(await errorOf(() => copyImage(blobs, store, { ...once, mediaType: 'x' }))).toMatchObject({
      code: 'image-invalid',
    });
    store.close();
  });

  it('copies a digest that stands both for an image and for something unknown as both', async () => {
    const blobs = blobsInMemory();
    const { manifest } = addLayers(blobs, 1);
    const manifests = [{ ...manifest, mediaType: 'x/own' }, manifest];
    const root = blobs.addJson({ schemaVersion: 2, mediaType: MediaTypes.index, manifests }, MediaTypes.index);
    const types: string[] = [];
    const sink: BlobSink = { has: async () => false, put: async ({ mediaType }) => void types.push(mediaType) };
    await copyImage(blobs, sink, root);
    expect(types.sort()).toEqual(
      ['x/own', MediaTypes.config, MediaTypes.index, MediaTypes.layer, MediaTypes.manifest].sort(),
    );
  });

  it('reads no document that is too large', async () => {
    const open = async () => bytesOf(Buffer.from('never'));
    const huge = { mediaType: MediaTypes.manifest, digest: digestOf('x'), size: 2 ** 40 };
    expect(await errorOf(() => readDocument({ open }, huge))).toMatchObject({ code: 'image-invalid' });
  });
});

describe.each(['oci:x', 'dir:x', 'oci-archive:x'])('a sink at %s', (to) => {
  it('takes one blob several times at once, and counts it once', async () => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    const { manifest, config, layers } = addLayers(blobs, 1);
    const sink = openImageSink(host, parseReference(to), { ...surroundingsOf(directory), name: undefined });
    const all = [config, ...layers, manifest].flatMap((target) => [target, target, target]);
    await Promise.all(all.map((target) => sink.put(target, () => slowly(blobs).open(target))));
    await sink.tag(parseReference(to), manifest);
    const bytesWritten = [...blobs.map.values()].reduce((sum, bytes) => sum + bytes.length, 0);
    expect(await sink.commit()).toEqual({ blobsWritten: 3, bytesWritten, blobsMounted: 0 });
    const source = openImageSource(host, parseReference(to), surroundingsOf(directory));
    const store = openContentStore(host, newDirectory());
    await copyImage(source, store, await source.resolve(parseReference(to)));
    for (const target of [manifest, config, ...layers]) expect(await store.has(target)).toBe(true);
    store.close();
    source.close();
  });

  it('takes a blob from the second who has it where the first fails at the same time', async () => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    const { manifest, config, layers } = addLayers(blobs, 1);
    const sink = openImageSink(host, parseReference(to), { ...surroundingsOf(directory), name: undefined });
    const wrong = async () => bytesOf(Buffer.alloc(config.size));
    // An archive asks for blobs only in `commit`, but for documents at once.
    const target = to.startsWith('oci-archive') ? manifest : config;
    const [first, second] = await Promise.allSettled([
      sink.put(target, wrong),
      sink.put(target, () => blobs.open(target)),
    ]);
    expect([first.status, second.status]).toEqual(['rejected', 'fulfilled']);
    for (const item of [config, ...layers, manifest]) await sink.put(item, () => blobs.open(item));
    await sink.tag(parseReference(to), manifest);
    expect(await sink.commit()).toMatchObject({ blobsWritten: 3 });
  });
});
