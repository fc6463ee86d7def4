import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Descriptor, digestOf, hexOf, MediaTypes, parseReference, withTag } from '../../src/oci/index.js';
import {
  copyImage,
  type ImageSink,
  openImageSink,
  openImageSource,
  readConfig,
  readDocument,
} from '../../src/store/index.js';
import { collect } from '../../src/util/index.js';
import { need } from '../support/programs.js';
import { outputOf, run } from '../support/run.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { addImage, addIndex, type Blobs, blobsInMemory, errorOf, host, hostWith, surroundingsOf } from './support.js';

const temporary = temporaryDirectory();
const newDirectory = (): string => mkdtempSync(join(temporary.path, 'images-'));
const NAME = 'registry.example.com/team/app';

const sinkAt = (directory: string, text: string, name: string | undefined = NAME): ImageSink =>
  openImageSink(host, parseReference(text), { ...surroundingsOf(directory), name });
const sourceAt = (directory: string, text: string) =>
  openImageSource(host, parseReference(text), surroundingsOf(directory));

interface Job {
  readonly blobs: Blobs;
  readonly root: Descriptor;
  readonly to: string;
  readonly tags?: readonly (string | undefined)[];
  readonly name?: string;
}

async function write(directory: string, { blobs, root, to, tags = ['v1'], name = NAME }: Job) {
  const sink = sinkAt(directory, to, name);
  const reference = parseReference(to);
  await copyImage(blobs, sink, root);
  for (const tag of tags) await sink.tag(tag === undefined ? reference : withTag(reference, tag), root);
  return sink.commit();
}

async function resolveAt(directory: string, text: string): Promise<Descriptor> {
  const source = sourceAt(directory, text);
  try {
    return await source.resolve(parseReference(text));
  } finally {
    source.close();
  }
}

const indexOf = (layout: string) => JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8'));
const blobPath = (layout: string, { digest }: Descriptor): string => join(layout, 'blobs', 'sha256', hexOf(digest));
const transports = ['oci:x', 'oci-archive:x', 'docker-archive:x'] as const;

describe.each(transports)('%s', (to) => {
  it('gives back an image with all its blobs', async () => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    const { manifest, layer } = await addImage(blobs, 'hello');
    const written = await write(directory, { blobs, root: manifest, to });
    const bytesWritten = [...blobs.map.values()].reduce((sum, bytes) => sum + bytes.length, 0);
    expect(written).toEqual({ blobsWritten: 3, bytesWritten, blobsMounted: 0 });

    const source = sourceAt(directory, `${to}:v1`);
    const found = await source.resolve(parseReference(`${to}:v1`));
    expect(found).toEqual(manifest);
    const document = await readDocument(source, found);
    expect(document.kind).toBe('manifest');
    if (document.kind !== 'manifest') return;
    expect(await readConfig(source, document.manifest.config)).toMatchObject({ architecture: 'amd64' });
    expect(Buffer.from(await collect(await source.open(layer), 1e6)).equals(blobs.map.get(layer.digest)!)).toBe(true);
    const unknown = { mediaType: 'x', digest: digestOf('unknown'), size: 7 };
    expect(await errorOf(() => source.open(unknown))).toMatchObject({ code: 'blob-missing' });
    source.close();
  });

  it('takes an index with both platforms', async () => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    const root = await addIndex(blobs);
    expect(await write(directory, { blobs, root, to })).toMatchObject({ blobsWritten: 7 });
    const [source, copied] = [sourceAt(directory, to), blobsInMemory()];
    const sink = {
      has: async () => false,
      async put({ mediaType }: Descriptor, open: () => Promise<AsyncIterable<Uint8Array>>) {
        copied.add(await collect(await open(), 1e6), mediaType);
      },
    };
    await copyImage(source, sink, await source.resolve(parseReference(to)));
    source.close();
    expect([...copied.map.keys()].sort()).toEqual([...blobs.map.keys()].sort());
  });

  it('names an image by several tags, and says which there are', async () => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    const { manifest } = await addImage(blobs, 'hello');
    await write(directory, { blobs, root: manifest, to, tags: ['v2', 'v1'] });
    for (const text of [to, `${to}:v1`, `${to}:v2`]) expect(await resolveAt(directory, text)).toEqual(manifest);
    expect(await errorOf(() => resolveAt(directory, `${to}:v3`))).toMatchObject({
      code: 'image-missing',
      message: `${JSON.stringify(to)} has no tag "v3"`,
      hint: 'It holds the tags "v1", "v2". Name one after a colon.',
    });
  });

  it('takes an image without a tag', async () => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    const { manifest } = await addImage(blobs, 'hello');
    await write(directory, { blobs, root: manifest, to, tags: [undefined] });
    expect(await resolveAt(directory, to)).toEqual(manifest);
    expect(await errorOf(() => resolveAt(directory, `${to}:v1`))).toMatchObject({ code: 'image-missing' });
  });

  it('refuses wrong bytes, and no image appears', async () => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    const { manifest, layer } = await addImage(blobs, 'hello');
    blobs.map.set(layer.digest, Buffer.alloc(layer.size));
    expect(await errorOf(() => write(directory, { blobs, root: manifest, to }))).toMatchObject({
      code: 'blob-mismatch',
    });
    await expect(resolveAt(directory, to)).rejects.toMatchObject({ exit: 1 });
    expect(readdirSync(directory, { recursive: true }).filter((name) => String(name).includes('.tbuild'))).toEqual([]);
  });

  it('that is not there is missing', async () => {
    expect(await errorOf(() => sourceAt(newDirectory(), to))).toMatchObject({ code: 'image-missing' });
  });

  it.each(['ENOSPC', 'EROFS', 'EIO'])('says why it cannot be written: %s', async (code) => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    const { manifest } = await addImage(blobs, 'hello');
    const createFile = (): never => {
      throw Object.assign(new Error(code), { code });
    };
    const reference = parseReference(to);
    const sink = openImageSink(hostWith({ files: { createFile } }), reference, {
      ...surroundingsOf(directory),
      name: undefined,
    });
    const error = await errorOf(async () => {
      await copyImage(blobs, sink, manifest);
      await sink.commit();
    });
    expect(error).toMatchObject({ code: 'destination-failed', message: expect.stringContaining(`(${code})`) });
    sink.abort();
  });
});

describe('a layout', () => {
  async function layoutWith(text: string, tags: readonly (string | undefined)[] = ['v1']) {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    const image = await addImage(blobs, text);
    await write(directory, { blobs, root: image.manifest, to: 'oci:x', tags });
    return { directory, blobs, layout: join(directory, 'x'), ...image };
  }

  it('has exactly the documented files', async () => {
    const { layout, manifest, config, layer } = await layoutWith('hello', ['b', 'a', undefined]);
    expect(readdirSync(layout).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
    expect(readFileSync(join(layout, 'oci-layout'), 'utf8')).toBe('{"imageLayoutVersion":"1.0.0"}');
    expect(readdirSync(join(layout, 'blobs', 'sha256')).sort()).toEqual(
      [manifest, config, layer].map(({ digest }) => hexOf(digest)).sort(),
    );
    const { digest, size } = manifest;
    const entry = `"digest":"${digest}","mediaType":"${MediaTypes.manifest}","size":${size}}`;
    const named = (tag: string) => `{"annotations":{"org.opencontainers.image.ref.name":"${tag}"},${entry}`;
    expect(readFileSync(join(layout, 'index.json'), 'utf8')).toBe(
      `{"manifests":[{${entry},${named('a')},${named('b')}],"mediaType":"${MediaTypes.index}","schemaVersion":2}`,
    );
  });

  it('keeps what others wrote to it', async () => {
    const { directory, layout, blobs } = await layoutWith('hello');
    const foreign = {
      mediaType: 'application/x-own',
      digest: digestOf('x'),
      size: 1,
      annotations: { 'org.opencontainers.image.ref.name': 'zz' },
      'x-own': true,
    };
    const signature = { mediaType: MediaTypes.manifest, digest: digestOf('y'), size: 1, artifactType: 'x/sig' };
    const before = indexOf(layout);
    before.annotations = { a: 'b' };
    before['x-own'] = [1];
    before.manifests.push(foreign, signature);
    writeFileSync(join(layout, 'index.json'), JSON.stringify(before));
    const { manifest } = await addImage(blobs, 'other');
    await write(directory, { blobs, root: manifest, to: 'oci:x', tags: [undefined, 'v2'] });
    const after = indexOf(layout);
    expect(after).toMatchObject({ annotations: { a: 'b' }, 'x-own': [1] });
    expect(after.manifests).toEqual(expect.arrayContaining([foreign, signature]));
    expect(after.manifests).toHaveLength(5);
  });

  it('names one image by each tag, and one by none', async () => {
    const { directory, layout, blobs } = await layoutWith('hello', ['v1', undefined]);
    const { manifest } = await addImage(blobs, 'other');
    await write(directory, { blobs, root: manifest, to: 'oci:x', tags: [undefined, 'v1'] });
    expect(indexOf(layout).manifests).toHaveLength(2);
    expect(await resolveAt(directory, 'oci:x')).toEqual(manifest);
  });

  it('is the same whichever image came first', async () => {
    const blobs = blobsInMemory();
    const [a, b] = [await addImage(blobs, 'a'), await addImage(blobs, 'b')];
    const texts: string[] = [];
    for (const order of [
      ['a', 'b'],
      ['b', 'a'],
    ]) {
      const directory = newDirectory();
      for (const tag of order) {
        await write(directory, { blobs, root: (tag === 'a' ? a : b).manifest, to: 'oci:x', tags: [tag] });
      }
      texts.push(readFileSync(join(directory, 'x', 'index.json'), 'utf8'));
    }
    expect(texts[0]).toBe(texts[1]);
  });

  it('with several images wants a tag', async () => {
    const { directory, blobs } = await layoutWith('hello');
    await write(directory, { blobs, root: (await addImage(blobs, 'b')).manifest, to: 'oci:x', tags: ['v2'] });
    expect(await errorOf(() => resolveAt(directory, 'oci:x'))).toMatchObject({
      code: 'image-missing',
      message: '"oci:x" holds 2 images',
      details: { tags: ['v1', 'v2'] },
    });
  });

  it('refuses a tag on two images', async () => {
    const { directory, layout } = await layoutWith('hello');
    const index = indexOf(layout);
    index.manifests.push({ ...index.manifests[0], digest: digestOf('x') });
    writeFileSync(join(layout, 'index.json'), JSON.stringify(index));
    expect(await errorOf(() => resolveAt(directory, 'oci:x:v1'))).toMatchObject({ code: 'image-invalid' });
  });

  it('writes nothing twice, and heals what is damaged', async () => {
    const { directory, blobs, layout, manifest, layer } = await layoutWith('hello');
    const job = { blobs, root: manifest, to: 'oci:x' };
    expect(await write(directory, job)).toEqual({ blobsWritten: 0, bytesWritten: 0, blobsMounted: 0 });
    rmSync(blobPath(layout, layer));
    writeFileSync(blobPath(layout, layer), Buffer.alloc(layer.size));
    expect(await write(directory, job)).toEqual({ blobsWritten: 1, bytesWritten: layer.size, blobsMounted: 0 });
    expect(await write(directory, job)).toMatchObject({ blobsWritten: 0 });
  });

  it('with a damaged blob is not read, and stays as it is', async () => {
    const { directory, layout, layer } = await layoutWith('hello');
    rmSync(blobPath(layout, layer));
    writeFileSync(blobPath(layout, layer), Buffer.alloc(layer.size));
    const source = sourceAt(directory, 'oci:x');
    const error = await errorOf(async () => collect(await source.open(layer), 1e6));
    expect(error).toMatchObject({ code: 'blob-mismatch', message: expect.stringContaining(blobPath(layout, layer)) });
    expect(readdirSync(join(layout, 'blobs', 'sha256'))).toHaveLength(3);
  });

  const broken: readonly [string, (layout: string) => void, string][] = [
    ['no oci-layout', (layout) => rmSync(join(layout, 'oci-layout')), 'it has no file "oci-layout"'],
    ['another version', (layout) => writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"2"}'), '"2"'],
    ['a bad oci-layout', (layout) => writeFileSync(join(layout, 'oci-layout'), 'x'), 'is not JSON'],
    ['no index', (layout) => rmSync(join(layout, 'index.json')), 'has no "index.json"'],
    [
      'an oci-layout that is too large',
      (layout) => writeFileSync(join(layout, 'oci-layout'), `{"imageLayoutVersion":"1.0.0"${' '.repeat(5000)}}`),
      'of at most 4096 bytes',
    ],
    [
      'an index that is too large',
      (layout) => writeFileSync(join(layout, 'index.json'), ' '.repeat(4 * 1024 * 1024 + 1)),
      'not a file of at most',
    ],
    [
      'a directory for an index',
      (layout) => {
        rmSync(join(layout, 'index.json'));
        mkdirSync(join(layout, 'index.json'));
      },
      'not a file of at most',
    ],
    ['a bad index', (layout) => writeFileSync(join(layout, 'index.json'), '{}'), '"schemaVersion" is missing'],
  ];
  it.each(broken)('with %s is not valid', async (_title, damage, problem) => {
    const { directory, layout } = await layoutWith('hello');
    damage(layout);
    expect(await errorOf(() => resolveAt(directory, 'oci:x'))).toMatchObject({
      code: 'image-invalid',
      message: expect.stringContaining(problem),
    });
  });

  it('is not written into a directory of other files', async () => {
    const directory = newDirectory();
    mkdirSync(join(directory, 'x', 'src'), { recursive: true });
    const error = await errorOf(() => sinkAt(directory, 'oci:x'));
    expect(error).toMatchObject({ code: 'destination-failed', hint: expect.stringContaining('empty') });
    expect(readdirSync(join(directory, 'x'))).toEqual(['src']);
    writeFileSync(join(directory, 'y'), '');
    expect(await errorOf(() => sinkAt(directory, 'oci:y'))).toMatchObject({ code: 'destination-failed' });
  });

  it('is written where a killed run began one', async () => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    const { manifest } = await addImage(blobs, 'hello');
    const killed = sinkAt(directory, 'oci:x');
    await copyImage(blobs, killed, manifest);
    expect(readdirSync(join(directory, 'x'))).toEqual(['blobs']);
    expect(await errorOf(() => sourceAt(directory, 'oci:x'))).toMatchObject({ code: 'image-invalid' });
    expect(await write(directory, { blobs, root: manifest, to: 'oci:x' })).toMatchObject({ blobsWritten: 0 });
    expect(await resolveAt(directory, 'oci:x')).toEqual(manifest);
  });

  it('loses no tag where two processes write at once', async () => {
    const { directory, layout, blobs } = await layoutWith('hello');
    const { manifest } = await addImage(blobs, 'other');
    let pauses = 0;
    let lock = '';
    const other = hostWith({
      files: {
        createFile(path) {
          // Another process takes the lock at the same moment.
          if (path.includes('.tbuild-lock') && lock === '') {
            lock = path.replace(/[0-9a-f]{32}$/, '0'.repeat(32));
            writeFileSync(lock, '');
          }
          return host.files.createFile(path);
        },
      },
      clock: {
        pause() {
          if (++pauses === 2) rmSync(lock);
        },
      },
    });
    const sink = openImageSink(other, parseReference('oci:x'), { ...surroundingsOf(directory), name: NAME });
    await copyImage(blobs, sink, manifest);
    await sink.tag(parseReference('oci:x:v2'), manifest);
    await sink.commit();
    expect(pauses).toBe(2);
    expect(indexOf(layout).manifests).toHaveLength(2);
    expect(readdirSync(layout)).toHaveLength(3);
  });

  it('says who holds it where that does not end', async () => {
    const { directory, layout } = await layoutWith('hello');
    let lock = '';
    const other = hostWith({
      files: {
        createFile(path) {
          if (path.includes('.tbuild-lock')) {
            lock = path.replace(/[0-9a-f]{32}$/, '0'.repeat(32));
            writeFileSync(lock, '');
          }
          return host.files.createFile(path);
        },
      },
      clock: { pause: () => undefined },
    });
    const sink = openImageSink(other, parseReference('oci:x'), { ...surroundingsOf(directory), name: NAME });
    expect(await errorOf(() => sink.commit())).toMatchObject({
      code: 'destination-failed',
      message: expect.stringContaining(`process ${process.pid} is writing to it`),
    });
    rmSync(lock);
    expect(readdirSync(layout)).toHaveLength(3);
  });
});

describe('an archive', () => {
  const archiveOf = async (to: string, tags: readonly (string | undefined)[], name?: string) => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    const root = await addIndex(blobs);
    const sink = sinkAt(directory, to, name);
    await copyImage(blobs, sink, root);
    for (const tag of tags) await sink.tag({ transport: 'oci-archive', path: 'x', ...(tag && { tag }) }, root);
    await sink.commit();
    return { path: join(directory, 'x'), bytes: readFileSync(join(directory, 'x')), directory };
  };

  it('has the same bytes each time, by either transport and in any order of tags', async () => {
    const archives = [
      await archiveOf('oci-archive:x', ['v1', 'v2'], NAME),
      await archiveOf('oci-archive:x', ['v2', 'v1'], NAME),
      await archiveOf('docker-archive:x', ['v1', 'v2'], NAME),
    ];
    expect(new Set(archives.map(({ bytes }) => digestOf(bytes))).size).toBe(1);
  });

  it.skipIf(!need('tar'))('has sorted members of fixed owner, time and mode', async () => {
    const { path } = await archiveOf('oci-archive:x', ['v1'], NAME);
    const list = await outputOf('tar', ['--full-time', '--numeric-owner', '-tvf', path], { env: { TZ: 'UTC' } });
    const lines = list.split('\n').map((line) => line.split(/ +/));
    expect(new Set(lines.map(([mode, owner, , day, time]) => [mode, owner, day, time].join(' ')))).toEqual(
      new Set(['drwxr-xr-x 0/0 1970-01-01 00:00:00', '-rw-r--r-- 0/0 1970-01-01 00:00:00']),
    );
    const names = lines.map((line) => line.at(-1)!);
    expect(names).toEqual([...names].sort());
    expect(names.filter((name) => !/[0-9a-f]{64}$/.test(name))).toEqual([
      'blobs/',
      'blobs/sha256/',
      'index.json',
      'manifest.json',
      'oci-layout',
    ]);
  });

  const lists: readonly [string, string | undefined, readonly (string | undefined)[], unknown, string | undefined][] = [
    ['name and tags', NAME, ['v2', 'v1'], [`${NAME}:v1`, `${NAME}:v2`], `${NAME}:v1`],
    ['a short name', 'app', ['v1'], ['app:v1'], 'docker.io/library/app:v1'],
    ['a name of the hub', 'me/app', ['v1'], ['me/app:v1'], 'docker.io/me/app:v1'],
    ['a local registry', 'localhost:5000/app', ['v1'], ['localhost:5000/app:v1'], 'localhost:5000/app:v1'],
    ['a name and no tag', NAME, [undefined], null, undefined],
    ['tags and no name', undefined, ['v1'], null, undefined],
  ];
  it.each(lists)('tells docker and containerd of %s', async (_title, name, tags, repoTags, full) => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    const root = await addIndex(blobs);
    const sink = openImageSink(host, parseReference('docker-archive:x'), { ...surroundingsOf(directory), name });
    await copyImage(blobs, sink, root);
    for (const tag of tags) await sink.tag({ transport: 'docker-archive', path: 'x', ...(tag && { tag }) }, root);
    await sink.commit();
    const read = async (file: string) => JSON.parse(await outputOf('tar', ['-xOf', join(directory, 'x'), file]));
    const [item, ...others] = await read('manifest.json');
    expect(others).toEqual([]);
    expect(item.RepoTags).toEqual(repoTags);
    expect(item.Layers).toHaveLength(1);
    const { config } = await addImage(blobs, 'amd64', { os: 'linux', architecture: 'amd64' });
    expect(item.Config).toBe(`blobs/sha256/${hexOf(config.digest)}`);
    const [entry] = (await read('index.json')).manifests;
    expect(entry.annotations?.['io.containerd.image.name']).toBe(full);
    expect(entry.annotations?.['org.opencontainers.image.ref.name']).toBe([...tags].sort()[0]);
  });

  it('replaces the archive that is there, behind a link too', async () => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    mkdirSync(join(directory, 'real'));
    const older = await addImage(blobs, 'older');
    await write(directory, { blobs, root: older.manifest, to: 'oci-archive:real/file' });
    symlinkSync('real/file', join(directory, 'x'));
    const { manifest } = await addImage(blobs, 'hello');
    await write(directory, { blobs, root: manifest, to: 'oci-archive:x' });
    expect(readdirSync(directory).sort()).toEqual(['real', 'x']);
    expect(readdirSync(join(directory, 'real'))).toEqual(['file']);
    expect(await resolveAt(directory, 'oci-archive:real/file:v1')).toEqual(manifest);
  });

  it('replaces neither a directory nor a file that is no archive', async () => {
    const directory = newDirectory();
    mkdirSync(join(directory, 'x'));
    writeFileSync(join(directory, 'thesis'), 'years of work');
    for (const to of ['oci-archive:x', 'oci-archive:thesis', 'docker-archive:thesis']) {
      expect(await errorOf(() => sinkAt(directory, to))).toMatchObject({ code: 'destination-failed' });
    }
    writeFileSync(join(directory, 'empty'), '');
    sinkAt(directory, 'oci-archive:empty').abort();
  });

  it('that is cut or flipped is not read', async () => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    const { manifest, layer } = await addImage(blobs, 'hello');
    await write(directory, { blobs, root: manifest, to: 'oci-archive:x' });
    const good = readFileSync(join(directory, 'x'));
    writeFileSync(join(directory, 'cut'), good.subarray(0, -1024));
    expect(await errorOf(() => resolveAt(directory, 'oci-archive:cut'))).toMatchObject({ code: 'archive-ambiguous' });
    const at = good.indexOf(blobs.map.get(layer.digest)!);
    good[at + 20]! ^= 1;
    writeFileSync(join(directory, 'flipped'), good);
    const source = sourceAt(directory, 'oci-archive:flipped');
    await source.resolve(parseReference('oci-archive:flipped'));
    const error = await errorOf(async () => collect(await source.open(layer), 1e6));
    expect(error).toMatchObject({ code: 'blob-mismatch', message: expect.stringContaining(hexOf(layer.digest)) });
    source.close();
  });

  it('that holds no image is not valid', async () => {
    const directory = newDirectory();
    await outputOf('tar', [
      '--format=ustar',
      '-cf',
      join(directory, 'x'),
      '-C',
      directory,
      '--files-from',
      '/dev/null',
    ]);
    expect(await errorOf(() => resolveAt(directory, 'oci-archive:x'))).toMatchObject({ code: 'image-invalid' });
    expect(await errorOf(() => sourceAt(directory, 'oci-archive:.'))).toMatchObject({ code: 'image-invalid' });
  });
});

describe.skipIf(!need('skopeo'))('skopeo', () => {
  it.each(transports)('reads what is written to %s, and keeps the digest', async (to) => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    const { manifest } = await addImage(blobs, 'hello');
    await write(directory, { blobs, root: manifest, to });
    const tag = to.startsWith('docker') ? `${NAME}:v1` : 'v1';
    const reference = `${to.replace(':x', `:${join(directory, 'x')}`)}:${tag}`;
    const inspected = JSON.parse(await outputOf('skopeo', ['inspect', reference]));
    if (!to.startsWith('docker')) expect(inspected.Digest).toBe(manifest.digest);
    expect(inspected.Layers).toHaveLength(1);
    const keep = to.startsWith('docker') ? [] : ['--preserve-digests'];
    const copy = ['copy', '--insecure-policy', ...keep, reference, `oci:${join(directory, 'copy')}:v1`];
    expect(await run('skopeo', copy)).toMatchObject({ status: 0 });
  });

  it.each([
    ['oci', 'oci:out:v1', true],
    ['oci-archive', 'oci-archive:out:v1', true],
    ['docker-archive', 'docker-archive:out:v1', false],
  ] as const)('writes %s that is read', async (_title, to, keepsDigest) => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    const { manifest, config } = await addImage(blobs, 'hello');
    await write(directory, { blobs, root: manifest, to: 'oci:x' });
    const skopeoName = to.startsWith('docker') ? 'docker-archive:out:app:v1' : to;
    await outputOf('skopeo', ['copy', '--insecure-policy', 'oci:x:v1', skopeoName], { cwd: directory });
    const source = sourceAt(directory, to);
    const found = await source.resolve(parseReference(to));
    expect(found.digest === manifest.digest).toBe(keepsDigest);
    const document = await readDocument(source, found);
    if (document.kind !== 'manifest') throw new Error('no manifest');
    if (keepsDigest) expect(document.manifest.config.digest).toBe(config.digest);
    expect(document.manifest.layers).toHaveLength(1);
    await readConfig(source, document.manifest.config);
    await copyImage(source, sinkAt(directory, 'oci:again'), found);
    expect(await errorOf(() => source.resolve(parseReference(`${to}x`)))).toMatchObject({ code: 'image-missing' });
    source.close();
  });
});

describe.skipIf(!need('umoci'))('umoci', () => {
  it('reads a layout', async () => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    await write(directory, { blobs, root: (await addImage(blobs, 'hello')).manifest, to: 'oci:x' });
    expect(await outputOf('umoci', ['stat', '--image', `${join(directory, 'x')}:v1`])).toContain('LAYER');
    await outputOf('umoci', ['unpack', '--rootless', '--image', `${join(directory, 'x')}:v1`, join(directory, 'out')]);
    expect(readFileSync(join(directory, 'out', 'rootfs', 'file'), 'utf8')).toBe('hello');
  });

  it('makes an empty layout that is written to', async () => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    await outputOf('umoci', ['init', '--layout', join(directory, 'x')]);
    const { manifest } = await addImage(blobs, 'hello');
    await write(directory, { blobs, root: manifest, to: 'oci:x' });
    expect(await resolveAt(directory, 'oci:x')).toEqual(manifest);
  });
});

describe.skipIf(!need('oci-image-tool'))('oci-image-tool', () => {
  it('finds a layout valid', async () => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    await write(directory, { blobs, root: (await addImage(blobs, 'hello')).manifest, to: 'oci:x' });
    const args = ['validate', '--type', 'image', '--ref', 'name=v1', join(directory, 'x')];
    expect(await run('oci-image-tool', args)).toMatchObject({ status: 0 });
  });
});
