import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Files, Host } from '../../src/host/index.js';
import { type BlobSource, type Descriptor, digestOf, hexOf, MediaTypes, parseReference } from '../../src/oci/index.js';
import {
  type ContentStore,
  type CopyEvent,
  copyImage,
  openContentStore,
  openImageSink,
} from '../../src/store/index.js';
import { bytesOf, collect } from '../../src/util/index.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { addImage, blobsInMemory, errorOf, hostWith, surroundingsOf } from './support.js';

const temporary = temporaryDirectory();
const newDirectory = (): string => mkdtempSync(join(temporary.path, 'place-'));

const failing = (code: string) => (): never => {
  throw Object.assign(new Error(code), { code });
};
/** As on ext4. */
const WITHOUT_CLONES: Partial<Files> = { clone: failing('EOPNOTSUPP') };

/** Changes one byte, without a trace in size and mode. */
function damage(path: string): void {
  const bytes = readFileSync(path);
  bytes[20]! ^= 1;
  chmodSync(path, 0o644);
  writeFileSync(path, bytes);
  chmodSync(path, 0o444);
}

/** A host that tells which blobs were opened to be read. */
function watching(changes: Partial<Files> = WITHOUT_CLONES): { host: Host; opened: string[] } {
  const plain = hostWith({});
  const opened: string[] = [];
  const openRead: Files['openRead'] = (path) => {
    opened.push(path);
    return plain.files.openRead(path);
  };
  return { host: hostWith({ files: { openRead, ...changes } }), opened };
}

interface World {
  readonly host: Host;
  readonly store: ContentStore;
  readonly root: Descriptor;
  readonly layer: Descriptor;
  readonly opened: string[];
  readonly directory: string;
  /** The blob in the cache. */
  readonly cached: string;
}

async function fill(store: ContentStore, text = 'hello') {
  const blobs = blobsInMemory();
  const { manifest: root, layer, config } = await addImage(blobs, text);
  for (const target of [layer, config, root]) await store.put(target, () => blobs.open(target));
  return { root, layer };
}

/** An image in a cache: built by this run, or by one before. */
async function world(built: 'now' | 'before', changes?: Partial<Files>): Promise<World> {
  const directory = newDirectory();
  const { host, opened } = watching(changes);
  const open = () => openContentStore(host, join(directory, 'cache'));
  let store = open();
  const image = await fill(store);
  if (built === 'before') {
    store.close();
    store = open();
  }
  const cached = store.pathOf(image.layer.digest);
  return { host, store, opened, directory, cached, ...image };
}

async function write({ host, store, root, directory }: World, to = 'oci:layout', events: CopyEvent[] = []) {
  const options = { ...surroundingsOf(directory), name: undefined, seen: store.seen };
  const sink = openImageSink(host, parseReference(to), options);
  try {
    await copyImage(store, sink, root, { progress: (event) => void events.push(event) });
    await sink.tag(parseReference(to), root);
    return await sink.commit();
  } catch (error) {
    sink.abort();
    throw error;
  }
}

const placed = ({ directory, layer }: World, name = 'layout'): string =>
  join(directory, name, name.startsWith('dir') ? '' : 'blobs/sha256', hexOf(layer.digest));
const leftovers = (directory: string): unknown[] =>
  readdirSync(directory, { recursive: true }).filter((name) => String(name).includes('.tbuild-'));
const contentOf = (path: string) => digestOf(readFileSync(path));

describe.each(['oci:layout', 'dir:directory'])('a blob of the cache that is written to %s', (to) => {
  const name = to.split(':')[1]!;

  it('is the same file there, for reading only, and stays when the cache goes', async () => {
    const at = await world('now');
    await write(at, to);
    const [there, here] = [statSync(placed(at, name)), statSync(at.cached)];
    expect([there.ino, there.nlink, there.mode & 0o7777]).toEqual([here.ino, 2, 0o444]);
    rmSync(join(at.directory, 'cache'), { recursive: true });
    expect(contentOf(placed(at, name))).toBe(at.layer.digest);
    expect(leftovers(at.directory)).toEqual([]);
  });

  it.each(['EXDEV', 'EPERM', 'EMLINK', 'EOPNOTSUPP', 'EACCES'])(
    'is copied where linking fails with %s',
    async (code) => {
      const at = await world('now', { ...WITHOUT_CLONES, link: failing(code) });
      expect(await write(at, to)).toMatchObject({ blobsWritten: 3 });
      expect(statSync(at.cached).nlink).toBe(1);
      expect(contentOf(placed(at, name))).toBe(at.layer.digest);
      expect(statSync(placed(at, name)).mode & 0o7777).toBe(0o444);
      expect(leftovers(at.directory)).toEqual([]);
    },
  );

  it('is a file of its own where the file system can share blocks', async () => {
    const at = await world('now', { clone: (from, to) => copyFileSync(from, to), link: failing('EIO') });
    await write(at, to);
    expect(statSync(placed(at, name)).ino).not.toBe(statSync(at.cached).ino);
    expect(contentOf(placed(at, name))).toBe(at.layer.digest);
    expect(leftovers(at.directory)).toEqual([]);
  });

  it('is refused where it is damaged, and leaves nothing of it behind', async () => {
    const at = await world('before');
    damage(at.cached);
    expect((await errorOf(() => write(at, to))).code).toBe('blob-mismatch');
    expect(existsSync(placed(at, name))).toBe(false);
    expect(existsSync(at.cached)).toBe(false);
    expect(leftovers(at.directory)).toEqual([]);
  });
});

describe('a blob that is linked', () => {
  it('is not read where this run has written it', async () => {
    const at = await world('now');
    await write(at);
    expect(at.opened).not.toContain(at.cached);
    expect(at.opened).not.toContain(placed(at));
  });

  it('is read once where a run before has written it, for any number of destinations', async () => {
    const at = await world('before');
    for (const to of ['oci:layout:a', 'oci:layout:b', 'oci:other', 'dir:directory']) await write(at, to);
    const reads = [at.cached, placed(at), placed(at, 'other'), placed(at, 'directory')];
    expect(at.opened.filter((path) => reads.includes(path))).toEqual([at.cached]);
    expect(statSync(at.cached).nlink).toBe(4);
  });

  it('is read again where something was done to it since this run wrote it', async () => {
    const at = await world('now');
    const { atime, mtime } = statSync(at.cached);
    damage(at.cached);
    utimesSync(at.cached, atime, mtime);
    expect((await errorOf(() => write(at))).code).toBe('blob-mismatch');
  });

  it('and is damaged through the layout is found by whoever reads the cache', async () => {
    const at = await world('now');
    await write(at);
    chmodSync(placed(at), 0o644);
    appendFileSync(placed(at), 'x');
    const read = async () => collect(await at.store.open(at.layer), 1e6);
    expect((await errorOf(read)).code).toBe('blob-mismatch');
    expect(existsSync(at.cached)).toBe(false);
  });

  it('counts as written, with its bytes', async () => {
    const at = await world('now');
    const events: CopyEvent[] = [];
    const { blobsWritten, bytesWritten } = await write(at, 'oci:layout', events);
    expect(blobsWritten).toBe(3);
    const told = events.reduce((sum, event) => sum + (event.kind === 'bytes' ? event.count : 0), 0);
    expect(told).toBe(bytesWritten);
    expect(events.filter(({ kind }) => kind === 'copied').length).toBe(3);
  });

  it('takes the place of a damaged one', async () => {
    const at = await world('now');
    await write(at);
    rmSync(placed(at));
    writeFileSync(placed(at), 'x'.repeat(at.layer.size));
    await write(at);
    expect(statSync(placed(at)).ino).toBe(statSync(at.cached).ino);
  });
});

describe('a blob of the cache gets no second name', () => {
  it('where somebody else may write to it', async () => {
    const at = await world('now');
    chmodSync(at.cached, 0o464);
    await write(at);
    expect([statSync(at.cached).nlink, contentOf(placed(at))]).toEqual([1, at.layer.digest]);
  });

  it('where it belongs to somebody else', async () => {
    const at = await world('now');
    const env = Object.create(at.host.env, { userId: { value: at.host.env.userId + 1 } }) as Host['env'];
    const store = openContentStore({ ...at.host, env }, join(at.directory, 'cache'));
    await write({ ...at, store });
    expect([statSync(at.cached).nlink, contentOf(placed(at))]).toEqual([1, at.layer.digest]);
    store.close();
  });

  it('where another file is there by the time it is linked', async () => {
    const other = join(newDirectory(), 'other');
    writeFileSync(other, 'something else');
    const at = await world('now', { ...WITHOUT_CLONES, link: (_, to) => linkSync(other, to) });
    await write(at);
    expect([statSync(other).nlink, contentOf(placed(at))]).toEqual([1, at.layer.digest]);
  });

  it('where another file is there by the time it was cloned', async () => {
    const clone: Files['clone'] = (from, to) => {
      copyFileSync(from, to);
      const bytes = readFileSync(from);
      rmSync(from);
      writeFileSync(from, bytes, { mode: 0o444 });
    };
    const at = await world('now', { clone });
    await write(at);
    expect(contentOf(placed(at))).toBe(at.layer.digest);
    expect(leftovers(at.directory)).toEqual([]);
  });
});

describe('a blob that the destination has', () => {
  it('is read to its end once in a run, and again where it was changed', async () => {
    const at = await world('now');
    const elsewhere = { ...at, store: openContentStore(at.host, join(at.directory, 'cache')) };
    await write(at, 'oci:layout:a');
    const reads = () => at.opened.filter((path) => path === placed(at)).length;
    for (const tag of ['b', 'c']) await write(elsewhere, `oci:layout:${tag}`);
    expect(reads()).toBe(1);
    rmSync(placed(at));
    writeFileSync(placed(at), 'x'.repeat(at.layer.size));
    await write(elsewhere, 'oci:layout:d');
    expect([reads(), contentOf(placed(at))]).toEqual([2, at.layer.digest]);
    elsewhere.store.close();
  });
});

describe('bytes on their way to a sink', () => {
  const right = Buffer.from('right');
  const target = { mediaType: MediaTypes.config, digest: digestOf(right), size: right.length };
  const rawSource = (raw: Uint8Array): BlobSource => ({
    open: async () => bytesOf(right),
    openRaw: async () => bytesOf(raw),
  });
  const copy = async (source: BlobSource, to: string) => {
    const directory = newDirectory();
    const blobs = blobsInMemory();
    const document = { schemaVersion: 2, mediaType: MediaTypes.manifest, config: target, layers: [] };
    const manifest = blobs.addJson(document, MediaTypes.manifest);
    const { host } = watching();
    const sink = openImageSink(host, parseReference(to), { ...surroundingsOf(directory), name: undefined });
    const open: BlobSource['open'] = (wanted) => (wanted.digest === target.digest ? source : blobs).open(wanted);
    await copyImage({ ...source, open }, sink, manifest);
    await sink.tag(parseReference(to), manifest);
    await sink.commit();
    return directory;
  };

  it.each(['oci:x', 'dir:x'])('that verifies them are those as they come: %s', async (to) => {
    await copy(rawSource(right), to);
    expect((await errorOf(() => copy(rawSource(Buffer.from('wrong')), to))).code).toBe('blob-mismatch');
    expect((await errorOf(() => copy(rawSource(Buffer.from('short'.slice(1))), to))).code).toBe('blob-mismatch');
  });

  it('that does not verify them are the verified ones', async () => {
    const directory = await copy(rawSource(Buffer.from('wrong')), 'oci-archive:x');
    expect(readFileSync(join(directory, 'x')).includes('right')).toBe(true);
  });
});

const MIB = 1024 * 1024;

describe('a blob that is written while more of it comes', () => {
  /** Chunks that share one buffer, as many sources give them. */
  async function* shared(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array> {
    const buffer = Buffer.alloc(chunkBytes);
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      const part = bytes.subarray(at, at + chunkBytes);
      buffer.set(part);
      yield buffer.subarray(0, part.length);
      buffer.fill(0);
    }
  }
  const contentOfSize = (size: number): Buffer =>
    Buffer.from(Uint8Array.from({ length: size }, (_, i) => (i * i) >> 7));
  const sizes = [0, 1, MIB - 1, MIB, MIB + 1, 2 * MIB, 5 * MIB + 3];

  it.each(sizes.flatMap((size) => [65_536, 1_000_003, 3 * MIB].map((chunk) => [size, chunk] as const)))(
    'is right with %i bytes in chunks of %i',
    async (size, chunkBytes) => {
      const bytes = contentOfSize(size);
      const target = { mediaType: MediaTypes.config, digest: digestOf(bytes), size };
      const store = openContentStore(watching().host, newDirectory());
      await store.put(target, async () => shared(bytes, chunkBytes));
      expect(digestOf(readFileSync(store.pathOf(target.digest)))).toBe(target.digest);
      store.close();
    },
  );

  it.each([1, 3, 5])('is not there where write number %i fails, and nothing of it is left', async (failed) => {
    const { host } = watching();
    let writes = 0;
    const createFile: Files['createFile'] = (path) => {
      const handle = host.files.createFile(path);
      const writing = async (bytes: Uint8Array): Promise<void> => {
        writes += 1;
        await handle.writing(bytes);
        if (writes === failed) failing('ENOSPC')();
      };
      return { ...handle, writing };
    };
    const store = openContentStore({ ...host, files: { ...host.files, createFile } }, newDirectory());
    const bytes = contentOfSize(5 * MIB);
    const target = { mediaType: MediaTypes.config, digest: digestOf(bytes), size: bytes.length };
    const error = await errorOf(() => store.put(target, async () => shared(bytes, 65_536)));
    expect(error).toMatchObject({ code: 'cache-failed', message: expect.stringContaining('ENOSPC') });
    expect(writes).toBe(failed);
    expect(await store.has(target)).toBe(false);
    expect(readdirSync(join(store.directory, 'tmp'))).toEqual([]);
    store.close();
  });
});
