import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Host } from '../../src/host/index.js';
import { type Descriptor, digestOf, hexOf, MediaTypes, parseReference } from '../../src/oci/index.js';
import { copyImage, openImageSink, openImageSource, readDocument } from '../../src/store/index.js';
import { collect } from '../../src/util/index.js';
import { need } from '../support/programs.js';
import { outputOf, run } from '../support/run.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { addImage, addIndex, type Blobs, blobsInMemory, errorOf, host, hostWith, surroundingsOf } from './support.js';

const temporary = temporaryDirectory();
const newDirectory = (): string => mkdtempSync(join(temporary.path, 'directories-'));
const reference = parseReference('dir:x');
const VERSION = 'Directory Transport Version: 1.1\n';

const sinkAt = (directory: string, on: Host = host) =>
  openImageSink(on, reference, { ...surroundingsOf(directory), name: undefined });
const sourceAt = (directory: string, text = 'dir:x') =>
  openImageSource(host, parseReference(text), surroundingsOf(directory));

async function write(directory: string, blobs: Pick<Blobs, 'open'>, root: Descriptor, on: Host = host) {
  const sink = sinkAt(directory, on);
  try {
    await copyImage(blobs, sink, root);
    await sink.tag(reference, root);
    return await sink.commit();
  } catch (error) {
    sink.abort();
    throw error;
  }
}

const resolveAt = (directory: string, text?: string): Promise<Descriptor> =>
  sourceAt(directory, text).resolve(parseReference(text ?? 'dir:x'));

/** Names and bytes of the files. */
const contentOf = (directory: string): Record<string, string> =>
  Object.fromEntries(readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'latin1')]));

describe('an image in a directory', () => {
  it('has exactly the files of the transport', async () => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    const { manifest, config, layer } = await addImage(blobs, 'hello');
    const bytesWritten = [...blobs.map.values()].reduce((sum, bytes) => sum + bytes.length, 0);
    expect(await write(directory, blobs, manifest)).toEqual({ blobsWritten: 3, bytesWritten, blobsMounted: 0 });
    const text = ({ digest }: Descriptor): string => Buffer.from(blobs.map.get(digest)!).toString('latin1');
    expect(contentOf(join(directory, 'x'))).toEqual({
      version: VERSION,
      'manifest.json': text(manifest),
      [hexOf(config.digest)]: text(config),
      [hexOf(layer.digest)]: text(layer),
    });
    expect(statSync(join(directory, 'x', 'manifest.json')).mode & 0o777).toBe(0o644);
  });

  it('may be several, each manifest beside the index', async () => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    const root = await addIndex(blobs);
    await write(directory, blobs, root);
    const { manifests } = JSON.parse(readFileSync(join(directory, 'x', 'manifest.json'), 'utf8'));
    const names = readdirSync(join(directory, 'x'));
    expect(names).toHaveLength(8);
    for (const { digest } of manifests) expect(names).toContain(`${hexOf(digest)}.manifest.json`);
    expect(names).not.toContain(`${hexOf(root.digest)}.manifest.json`);

    const source = sourceAt(directory);
    const copied = blobsInMemory();
    expect(await source.resolve(reference)).toEqual(root);
    const sink = {
      has: async () => false,
      async put({ mediaType }: Descriptor, open: () => Promise<AsyncIterable<Uint8Array>>) {
        copied.add(await collect(await open(), 1e6), mediaType);
      },
    };
    await copyImage(source, sink, root);
    expect([...copied.map.keys()].sort()).toEqual([...blobs.map.keys()].sort());
  });

  it('keeps what an index names besides images', async () => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    const { manifest } = await addImage(blobs, 'hello');
    const own = blobs.add(Buffer.from('own'), 'x/own');
    const inner = blobs.addJson({ schemaVersion: 2, manifests: [manifest, own] }, MediaTypes.index);
    const root = blobs.addJson({ schemaVersion: 2, manifests: [inner] }, MediaTypes.index);
    await write(directory, blobs, root);
    const names = readdirSync(join(directory, 'x'));
    expect(names).toContain(hexOf(own.digest));
    expect(names).toContain(`${hexOf(inner.digest)}.manifest.json`);
    const again = newDirectory();
    await write(again, sourceAt(directory), await resolveAt(directory));
    expect(contentOf(join(again, 'x'))).toEqual(contentOf(join(directory, 'x')));
  });

  it('replaces the former one in the last step, with all that only that needed', async () => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    const older = await addIndex(blobs);
    await write(directory, blobs, older);
    const layout = join(directory, 'x');
    for (const name of ['signature-1', `${'a'.repeat(64)}.signature-2`]) writeFileSync(join(layout, name), 'old');
    for (const name of ['README', 'signature', `${'a'.repeat(63)}`]) writeFileSync(join(layout, name), 'mine');
    const newer = await addImage(blobs, 'newer');
    const sink = sinkAt(directory);
    await copyImage(blobs, sink, newer.manifest);
    await sink.tag(reference, newer.manifest);
    expect(await resolveAt(directory)).toEqual(older);
    await copyImage(
      sourceAt(directory),
      { has: async () => false, put: async (_, open) => void (await open()) },
      older,
    );

    const published: string[] = [];
    const order = hostWith({
      files: {
        rename(from, to) {
          published.push(to.slice(layout.length + 1));
          host.files.rename(from, to);
        },
        remove(path) {
          if (!path.includes('.tbuild-')) published.push('remove');
          host.files.remove(path);
        },
      },
    });
    await write(directory, blobs, newer.manifest, order);
    expect(published.indexOf('manifest.json')).toBeGreaterThanOrEqual(0);
    expect(published.lastIndexOf('manifest.json')).toBeLessThan(published.indexOf('remove'));
    expect(published.slice(published.indexOf('manifest.json') + 1).every((step) => step === 'remove')).toBe(true);
    expect(await resolveAt(directory)).toEqual(newer.manifest);
    const { config, layer } = newer;
    const files = [hexOf(config.digest), hexOf(layer.digest), 'README', 'a'.repeat(63), 'manifest.json', 'signature'];
    expect(readdirSync(layout).sort()).toEqual([...files, 'version'].sort());
  });

  it('may become one of several, and back', async () => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    const { manifest } = await addImage(blobs, 'hello');
    const index = blobs.addJson({ schemaVersion: 2, manifests: [manifest] }, MediaTypes.index);
    await write(directory, blobs, manifest);
    expect(await write(directory, blobs, index)).toMatchObject({ blobsWritten: 1 });
    const read = await readDocument(sourceAt(directory), manifest);
    expect(digestOf(read.bytes)).toBe(manifest.digest);
    expect(readdirSync(join(directory, 'x'))).toContain(`${hexOf(manifest.digest)}.manifest.json`);
    expect(await write(directory, blobs, manifest)).toMatchObject({ blobsWritten: 0 });
    expect(readdirSync(join(directory, 'x'))).toHaveLength(4);
    expect(await resolveAt(directory)).toEqual(manifest);
  });

  it('is not written twice, and heals what is damaged', async () => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    const { manifest, layer } = await addImage(blobs, 'hello');
    await write(directory, blobs, manifest);
    expect(await write(directory, blobs, manifest)).toEqual({ blobsWritten: 0, bytesWritten: 0, blobsMounted: 0 });
    for (const name of [hexOf(layer.digest), 'manifest.json']) {
      const size = statSync(join(directory, 'x', name)).size;
      rmSync(join(directory, 'x', name));
      writeFileSync(join(directory, 'x', name), Buffer.alloc(size));
    }
    expect(await write(directory, blobs, manifest)).toMatchObject({ blobsWritten: 2 });
    expect(await write(directory, blobs, manifest)).toMatchObject({ blobsWritten: 0 });
  });

  it('with a damaged blob is not read, and stays as it is', async () => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    const { manifest, layer } = await addImage(blobs, 'hello');
    await write(directory, blobs, manifest);
    const path = join(directory, 'x', hexOf(layer.digest));
    rmSync(path);
    writeFileSync(path, Buffer.alloc(layer.size));
    const error = await errorOf(async () => collect(await sourceAt(directory).open(layer), 1e6));
    expect(error).toMatchObject({ code: 'blob-mismatch', message: expect.stringContaining(path) });
    rmSync(path);
    expect(await errorOf(() => sourceAt(directory).open(layer))).toMatchObject({ code: 'blob-missing' });
  });

  it('is written where a killed run began one, which is no image yet', async () => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    const { manifest } = await addImage(blobs, 'hello');
    await copyImage(blobs, sinkAt(directory), manifest);
    expect(await errorOf(() => resolveAt(directory))).toMatchObject({
      code: 'image-invalid',
      message: expect.stringContaining('has no "manifest.json"'),
    });
    expect(await write(directory, blobs, manifest)).toMatchObject({ blobsWritten: 0 });
    expect(await resolveAt(directory)).toEqual(manifest);
    expect(readdirSync(join(directory, 'x'))).toHaveLength(4);
  });

  it('refuses wrong bytes, and the former image stays', async () => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    const older = await addImage(blobs, 'older');
    await write(directory, blobs, older.manifest);
    const { manifest, layer } = await addImage(blobs, 'newer');
    blobs.map.set(layer.digest, Buffer.alloc(layer.size));
    expect(await errorOf(() => write(directory, blobs, manifest))).toMatchObject({ code: 'blob-mismatch' });
    expect(await resolveAt(directory)).toEqual(older.manifest);
    expect(readdirSync(join(directory, 'x')).filter((name) => name.startsWith('.tbuild'))).toEqual([]);
  });

  it('is one image', async () => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    const [a, b] = [await addImage(blobs, 'a'), await addImage(blobs, 'b')];
    const sink = sinkAt(directory);
    expect(await errorOf(() => sink.commit())).toMatchObject({ code: 'destination-failed' });
    await sink.tag(reference, a.manifest);
    await sink.tag(reference, a.manifest);
    expect(await errorOf(() => sink.tag(reference, b.manifest))).toMatchObject({
      message: 'Cannot write "dir:x": it holds one image, not two',
    });
  });

  it('is not named where another process has removed a part of it', async () => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    const [mine, other] = [await addImage(blobs, 'mine'), await addImage(blobs, 'other')];
    const sink = sinkAt(directory);
    await copyImage(blobs, sink, mine.manifest);
    await sink.tag(reference, mine.manifest);
    await write(directory, blobs, other.manifest);
    expect(await errorOf(() => sink.commit())).toMatchObject({
      code: 'destination-failed',
      message: 'Cannot write "dir:x": another process has written to it in the meantime',
      hint: 'Try again.',
    });
    expect(await resolveAt(directory)).toEqual(other.manifest);
    expect(await write(directory, blobs, mine.manifest)).toMatchObject({ blobsWritten: 3 });
  });

  it.each(['ENOSPC', 'EROFS', 'EIO'])('says why it cannot be written: %s', async (code) => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    const { manifest } = await addImage(blobs, 'hello');
    const createFile = (): never => {
      throw Object.assign(new Error(code), { code });
    };
    const error = await errorOf(() => write(directory, blobs, manifest, hostWith({ files: { createFile } })));
    expect(error).toMatchObject({ code: 'destination-failed', message: expect.stringContaining(`(${code})`) });
  });

  it('comes into no directory of other files', async () => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    const { manifest } = await addImage(blobs, 'hello');
    const layout = openImageSink(host, parseReference('oci:y'), { ...surroundingsOf(directory), name: undefined });
    await copyImage(blobs, layout, manifest);
    await layout.commit();
    mkdirSync(join(directory, 'x'));
    sinkAt(directory).abort();
    const foreign: readonly [string, (path: string) => void][] = [
      ['a file', (path) => writeFileSync(join(path, 'thesis'), '')],
      // Blobs of a layout, which look like those of this transport.
      ['blobs', (path) => writeFileSync(join(path, hexOf(manifest.digest)), 'x')],
      ['another version', (path) => writeFileSync(join(path, 'version'), VERSION.replace('1.1', '1.0'))],
      ['a longer version', (path) => writeFileSync(join(path, 'version'), `${VERSION}x`)],
      ['a version that is a directory', (path) => mkdirSync(join(path, 'version'))],
    ];
    for (const [title, make] of foreign) {
      rmSync(join(directory, 'x'), { recursive: true });
      mkdirSync(join(directory, 'x'));
      make(join(directory, 'x'));
      const before = readdirSync(join(directory, 'x'));
      const error = await errorOf(() => sinkAt(directory));
      expect(error, title).toMatchObject({ code: 'destination-failed', hint: expect.stringContaining('empty') });
      expect(readdirSync(join(directory, 'x'))).toEqual(before);
    }
    rmSync(join(directory, 'x'), { recursive: true });
    writeFileSync(join(directory, 'x'), '');
    expect(await errorOf(() => sinkAt(directory))).toMatchObject({ code: 'destination-failed' });
    expect(await errorOf(() => resolveAt(directory))).toMatchObject({ code: 'image-invalid' });
    expect(await errorOf(() => resolveAt(directory, 'dir:y'))).toMatchObject({
      code: 'image-invalid',
      hint: 'An OCI layout is oci:DIR.',
    });
    expect(await errorOf(() => resolveAt(directory, 'dir:z'))).toMatchObject({ code: 'image-missing' });
  });

  const typed: readonly [string, object, string | undefined][] = [
    ['an OCI manifest that says so', { mediaType: MediaTypes.manifest, config: {} }, MediaTypes.manifest],
    ['an OCI manifest that does not', { config: { mediaType: MediaTypes.config } }, MediaTypes.manifest],
    ['an OCI index that does not', { manifests: [] }, MediaTypes.index],
    ['a Docker manifest', { mediaType: MediaTypes.dockerManifest }, MediaTypes.dockerManifest],
    ['a Docker list', { mediaType: MediaTypes.dockerList, manifests: [] }, MediaTypes.dockerList],
    ['something else', { mediaType: 'x/y' }, 'x/y'],
    ['a media type that is no text', { mediaType: 1 }, undefined],
    ['a list', [], undefined],
  ];
  it.each(typed)('begins with %s', async (_title, document, mediaType) => {
    const directory = newDirectory();
    mkdirSync(join(directory, 'x'));
    const bytes = Buffer.from(JSON.stringify(document));
    writeFileSync(join(directory, 'x', 'manifest.json'), bytes);
    if (mediaType === undefined) {
      expect(await errorOf(() => resolveAt(directory))).toMatchObject({ code: 'image-invalid' });
    } else {
      expect(await resolveAt(directory)).toEqual({ mediaType, digest: digestOf(bytes), size: bytes.length });
    }
  });

  it.each([
    ['too large', Buffer.alloc(4 * 1024 * 1024 + 1, ' ')],
    ['no JSON', Buffer.from('{')],
    ['ambiguous JSON', Buffer.from('{"mediaType":"a","mediaType":"b"}')],
  ])('with a manifest.json that is %s is not valid', async (_title, bytes) => {
    const directory = newDirectory();
    mkdirSync(join(directory, 'x'));
    writeFileSync(join(directory, 'x', 'manifest.json'), bytes);
    expect(await errorOf(() => resolveAt(directory))).toMatchObject({ code: 'image-invalid' });
  });
});

describe.skipIf(!need('skopeo'))('skopeo', () => {
  async function setUp(kind: 'image' | 'index') {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    const root = kind === 'image' ? (await addImage(blobs, 'hello')).manifest : await addIndex(blobs);
    const layout = openImageSink(host, parseReference('oci:layout'), { ...surroundingsOf(directory), name: undefined });
    await copyImage(blobs, layout, root);
    await layout.tag(parseReference('oci:layout:v1'), root);
    await layout.commit();
    const skopeo = (from: string, to: string): Promise<string> =>
      outputOf('skopeo', ['--insecure-policy', 'copy', '-q', '--all', '--preserve-digests', from, to], {
        cwd: directory,
      });
    return { directory, blobs, root, skopeo };
  }

  it.each(['image', 'index'] as const)('writes the same files for an %s', async (kind) => {
    const { directory, blobs, root, skopeo } = await setUp(kind);
    await skopeo('oci:layout:v1', 'dir:theirs');
    await write(directory, blobs, root);
    expect(contentOf(join(directory, 'x'))).toEqual(contentOf(join(directory, 'theirs')));
  });

  it.each(['image', 'index'] as const)('and tbuild copy what the other wrote, digest kept: an %s', async (kind) => {
    const { directory, blobs, root, skopeo } = await setUp(kind);
    await write(directory, blobs, root);
    await skopeo('dir:x', 'oci:again:v1');
    expect(await resolveAt(directory, 'oci:again:v1')).toEqual(root);

    await skopeo('oci:layout:v1', 'dir:theirs');
    expect(await resolveAt(directory, 'dir:theirs')).toEqual(root);
    const there = newDirectory();
    await write(there, sourceAt(directory, 'dir:theirs'), root);
    expect(contentOf(join(there, 'x'))).toEqual(contentOf(join(directory, 'theirs')));
  });

  it('and tbuild replace what the other wrote, and refuse what neither did', async () => {
    const { directory, blobs, skopeo } = await setUp('index');
    const { manifest } = await addImage(blobs, 'other');
    await skopeo('oci:layout:v1', 'dir:x');
    await write(directory, blobs, manifest);
    expect(readdirSync(join(directory, 'x'))).toHaveLength(4);
    await skopeo('oci:layout:v1', 'dir:x');
    expect(readdirSync(join(directory, 'x'))).toHaveLength(8);
    mkdirSync(join(directory, 'mine'));
    writeFileSync(join(directory, 'mine', 'thesis'), '');
    const args = ['--insecure-policy', 'copy', 'oci:layout:v1', `dir:${join(directory, 'mine')}`];
    expect((await run('skopeo', args, { cwd: directory })).status).not.toBe(0);
  });
});
