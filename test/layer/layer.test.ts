import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createNodeHost } from '../../src/host/index.js';
import { buildLayer, indexLayer, type LayerFormat, layerKey, openLayerThreads } from '../../src/layer/index.js';
import { type DiffId, type Digest, digestOf, digestOfHash, MediaTypes } from '../../src/oci/index.js';
import { type TarMember, type TarSource, writeTar } from '../../src/tar/index.js';
import { diffTrees, digestOfTree, emptyTree, type FileTree, treeOf } from '../../src/tree/index.js';
import { bytesOf, type Chunks, collect } from '../../src/util/index.js';
import { FIXTURES } from '../golden/fixtures.js';
import { failureOf } from '../support/failure-of.js';
import { directory, file, lines } from '../tree/support.js';

const origin = { kind: 'base', label: 'the base' };
const LIMIT = 64 * 2 ** 20;

async function build(tree: FileTree, format: LayerFormat) {
  const threads = openLayerThreads(createNodeHost(), 'pinned');
  let blob = new Uint8Array();
  let tarBytes = 0;
  const layer = await buildLayer(tree, format, {
    threads,
    async store(bytes: Chunks) {
      blob = new Uint8Array(await collect(bytes, LIMIT));
      return { digest: digestOf(blob), size: blob.length };
    },
    progress: (bytes) => {
      tarBytes += bytes;
    },
  });
  await threads.close();
  return { ...layer, blob, tarBytes };
}

async function index(blob: Uint8Array, mediaType: string, diffId: DiffId): Promise<FileTree> {
  const descriptor = { mediaType, digest: digestOf(blob), size: blob.length };
  return indexLayer(bytesOf(blob), { descriptor, diffId, origin, image: 'the base', progress: () => undefined });
}

/** A gzipped tar of these members, as another tool could have made it. */
async function foreign(members: readonly (Partial<TarMember> & { readonly body?: string })[]) {
  const sources = members.map(({ body = '', ...member }): TarSource => {
    const facts = { path: 'x', kind: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 5, size: Buffer.byteLength(body) };
    return { member: { ...facts, ...member } as TarMember, open: () => (body === '' ? [] : [Buffer.from(body)]) };
  });
  const tar = await collect(writeTar(sources), LIMIT);
  return { blob: gzipSync(tar), diffId: digestOfHash(createHash('sha256').update(tar)) as string as DiffId };
}

describe('a layer', () => {
  const formats: LayerFormat[] = [
    { compression: 'gzip', level: 6, created: 0 },
    { compression: 'zstd', level: 3, created: 2 ** 33 + 7 },
    { compression: 'none', level: 0, created: 1 },
  ];
  const mediaTypes = { gzip: MediaTypes.layerGzip, zstd: MediaTypes.layerZstd, none: MediaTypes.layer };

  it.each(
    Object.keys(FIXTURES).flatMap((name) => formats.map((format) => [name, format.compression, format] as const)),
  )('reads back as what was written: %s, %s', async (name, _compression, format) => {
    const { tree } = FIXTURES[name]!;
    const { blob, diffId, descriptor, tarBytes } = await build(tree, format);
    expect(descriptor).toEqual({
      mediaType: mediaTypes[format.compression],
      digest: digestOf(blob),
      size: blob.length,
    });
    const back = await index(blob, descriptor.mediaType, diffId);
    expect([...diffTrees(tree, back)]).toEqual([]);
    expect(digestOfTree(back)).toBe(digestOfTree(tree));
    if (format.compression === 'none') expect(tarBytes).toBe(blob.length);
  });

  it('of nothing is the archive of 1,024 zero bytes', async () => {
    const { blob, diffId } = await build(emptyTree, { compression: 'none', level: 0, created: 9 });
    expect(Buffer.from(blob).equals(Buffer.alloc(1024))).toBe(true);
    expect(diffId).toBe(digestOf(new Uint8Array(1024)) as string);
  });

  it('has one key for one content, and another for everything that decides its bytes', () => {
    const [gzip, zstd, none] = formats as [LayerFormat, LayerFormat, LayerFormat];
    const tree = treeOf([file('a', '1')]);
    const keys = [
      layerKey(tree, gzip),
      layerKey(tree, zstd),
      layerKey(tree, none),
      layerKey(tree, { ...gzip, level: 9 }),
      layerKey(tree, { ...gzip, created: 1 }),
      layerKey(treeOf([file('a', '2')]), gzip),
      layerKey(treeOf([file('a', '1', { mode: 0o600 })]), gzip),
      layerKey(treeOf([file('b', '1')]), gzip),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(layerKey(treeOf([file('a', '1', { label: 'files ./elsewhere' })]), gzip)).toBe(keys[0]);
  });

  it('stops where a file is not what its entry says', async () => {
    const lying = { ...file('a', '12345'), open: () => [Buffer.from('1234')] } as Parameters<
      typeof treeOf
    >[0] extends Iterable<infer E>
      ? E
      : never;
    const error = await failureOf(build(treeOf([lying]), formats[0]!));
    expect(error.code).toBe('input-changed');
  });
});

describe('a layer of another tool', () => {
  it('has hard links as files of their own, and whiteouts as whiteouts', async () => {
    const { blob, diffId } = await foreign([
      { path: 'd', kind: 'directory', mode: 0o755, size: 0 },
      { path: 'd/.wh..wh..opq' },
      { path: 'd/.wh.gone' },
      { path: 'd/.wh..wh.plnk', kind: 'directory', size: 0 },
      { path: 'd/a', body: 'content' },
      { path: 'd/b', kind: 'hardlink', linkTarget: 'd/a', size: 0 },
    ]);
    const tree = await index(blob, MediaTypes.dockerLayerGzip, diffId);
    expect(lines(tree.entries)).toEqual(['d/ 755', '-d/.wh..wh..opq', '-d/.wh.gone', 'd/a 644', 'd/b 644']);
    expect(tree.get('d/b')).toMatchObject({ kind: 'file', digest: digestOf('content'), size: 7 });
    expect(tree.get('d/.wh..wh..opq')).toMatchObject({ removes: 'd', opaque: true });
  });

  it('is decompressed as its bytes say, whatever its media type says', async () => {
    const { blob, diffId } = await foreign([{ path: 'a', body: 'x' }]);
    for (const bytes of [blob, gunzipSync(blob)]) {
      for (const mediaType of [MediaTypes.layer, MediaTypes.layerGzip, MediaTypes.layerZstd]) {
        expect(lines((await index(bytes, mediaType, diffId)).entries)).toEqual(['a 644']);
      }
    }
  });

  it('is refused where a whiteout would remove the directory that it is in, or more', async () => {
    for (const path of ['d/.wh.', 'd/.wh..', 'd/.wh...']) {
      const { blob, diffId } = await foreign([{ path }]);
      const error = await failureOf(index(blob, MediaTypes.layerGzip, diffId));
      expect(error).toMatchObject({
        code: 'archive-ambiguous',
        message: expect.stringContaining(JSON.stringify(path)),
      });
    }
  });

  it('is refused where its tar is not the one that the config names', async () => {
    const { blob } = await foreign([{ path: 'a', body: 'x' }]);
    const error = await failureOf(index(blob, MediaTypes.layerGzip, digestOf('other') as string as DiffId));
    expect(error).toMatchObject({ code: 'blob-mismatch', exit: 4 });
  });

  it('is refused where a hard link leads to nothing', async () => {
    const { blob, diffId } = await foreign([{ path: 'a', kind: 'hardlink', linkTarget: 'b', size: 0 }]);
    expect((await failureOf(index(blob, MediaTypes.layerGzip, diffId))).code).toBe('archive-ambiguous');
  });

  it('is refused where it grows a thousandfold', async () => {
    const bomb = gzipSync(Buffer.alloc(LIMIT), { level: 9 });
    const error = await failureOf(index(bomb, MediaTypes.layerGzip, digestOf('') as string as DiffId));
    expect(error.code).toBe('compression-limit');
    expect(error.message).toContain(`Cannot read layer ${digestOf(bomb)}`);
  });

  it('is refused where its media type is not one of a layer', async () => {
    const error = await failureOf(index(new Uint8Array(3), 'text/plain', digestOf('') as string as DiffId));
    expect(error).toMatchObject({ code: 'image-invalid' });
  });

  it('names the layer where its archive is damaged', async () => {
    const blob = gzipSync(Buffer.from('this is no tar, but long enough to be one '.repeat(40)));
    const error = await failureOf(index(blob, MediaTypes.layerGzip, digestOf('') as Digest as string as DiffId));
    expect(error.code).toBe('archive-ambiguous');
    expect(error.message).toMatch(/^Cannot read layer sha256:[0-9a-f]{64} of the base: /);
  });
});

it('lists nothing twice', () => {
  expect(() => treeOf([directory('a'), directory('a')])).toThrow(RangeError);
});
