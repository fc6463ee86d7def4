import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Env, Files } from '../../src/host/index.js';
import { type Digest, digestOf, hexOf } from '../../src/oci/index.js';
import { type ContentStore, cacheDirectoryOf, openContentStore } from '../../src/store/index.js';
import { bytesOf, collect } from '../../src/util/index.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { errorOf, host, hostWith, isSuperuser } from './support.js';

const temporary = temporaryDirectory();
let count = 0;
const newDirectory = (): string => join(temporary.path, `cache-${count++}`);
const pathOf = (store: ContentStore, digest: Digest): string => join(store.directory, 'blobs', 'sha256', hexOf(digest));
const blobOf = (text: string | Uint8Array) => {
  const bytes = Buffer.from(text);
  return { mediaType: 'x', digest: digestOf(bytes), size: bytes.length, bytes };
};
const text = async (store: ContentStore, target: ReturnType<typeof blobOf>): Promise<string> =>
  Buffer.from(await collect(await store.open(target), 1e9)).toString();
const temporaries = (store: ContentStore): string[] => readdirSync(join(store.directory, 'tmp'));

async function withStore(work: (store: ContentStore) => unknown, directory = newDirectory()): Promise<void> {
  const store = openContentStore(host, directory);
  try {
    await work(store);
  } finally {
    store.close();
  }
}

describe('a blob at any position', () => {
  const blob = blobOf(Buffer.alloc(2_500_000, 'tbuild'));

  it('is read in pieces, also once its name is gone', () =>
    withStore(async (store) => {
      await store.put(blob, async () => bytesOf(blob.bytes));
      const opened = await store.openAt(blob);
      rmSync(pathOf(store, blob.digest), { force: true });
      expect(opened.size).toBe(blob.size);
      for (const [position, length] of [
        [0, 0],
        [0, 10],
        [2_000_001, 499_999],
        [blob.size, 0],
      ] as const) {
        expect(blob.bytes.subarray(position, position + length).equals(opened.read(position, length))).toBe(true);
      }
      for (const [position, length] of [
        [-1, 1],
        [0, blob.size + 1],
        [blob.size, 1],
      ] as const) {
        expect(() => opened.read(position, length)).toThrow(RangeError);
      }
      opened.close();
    }));

  it('is refused where it is not there or damaged, and then it is removed', () =>
    withStore(async (store) => {
      expect((await errorOf(store.openAt(blob))).code).toBe('blob-missing');
      await store.put(blob, async () => bytesOf(blob.bytes));
      const path = pathOf(store, blob.digest);
      chmodSync(path, 0o644);
      writeFileSync(path, Buffer.from(blob.bytes).fill('x', 2_400_000, 2_400_001));
      expect((await errorOf(store.openAt(blob))).code).toBe('blob-mismatch');
      expect(existsSync(path)).toBe(false);
    }));

  it('that became shorter meanwhile is an error', () =>
    withStore(async (store) => {
      await store.put(blob, async () => bytesOf(blob.bytes));
      const opened = await store.openAt(blob);
      const path = pathOf(store, blob.digest);
      chmodSync(path, 0o644);
      writeFileSync(path, 'short');
      expect((await errorOf(() => opened.read(100, 100))).code).toBe('cache-failed');
      opened.close();
    }));
});

describe('a blob', () => {
  it.each([0, 1, 1024 * 1024 - 1, 1024 * 1024, 1024 * 1024 + 1, 3_500_000])('of %i bytes comes back', (size) =>
    withStore(async (store) => {
      const blob = blobOf(Buffer.alloc(size, 'tbuild'));
      expect(await store.has(blob)).toBe(false);
      expect(store.sizeOf(blob.digest)).toBeUndefined();
      await store.put(blob, async () => bytesOf(blob.bytes));
      expect(await store.has(blob)).toBe(true);
      expect(store.sizeOf(blob.digest)).toBe(size);
      expect(blob.bytes.equals(await collect(await store.open(blob), 1e9))).toBe(true);
      expect(blob.bytes.equals(await collect(store.chunks(blob), 1e9))).toBe(true);
      expect(statSync(pathOf(store, blob.digest)).mode & 0o7777).toBe(0o444);
      expect(temporaries(store)).toEqual([]);
    }),
  );

  it('is not asked for again where it is there', () =>
    withStore(async (store) => {
      const blob = blobOf('a');
      await store.put(blob, async () => bytesOf(blob.bytes));
      await store.put(blob, () => Promise.reject(new Error('opened twice')));
      expect(await store.ingest([blob.bytes])).toEqual({ digest: blob.digest, size: 1 });
      expect(temporaries(store)).toEqual([]);
    }));

  it('is named by what came, where that was not known before', () =>
    withStore(async (store) => {
      const [blob, empty] = [blobOf('hello'), blobOf('')];
      const pieces = [Buffer.from('he'), Buffer.from('llo')];
      expect(await store.ingest(pieces)).toEqual({ digest: blob.digest, size: 5 });
      expect(await store.ingest(bytesOf(...pieces))).toEqual({ digest: blob.digest, size: 5 });
      expect(await store.ingest([])).toEqual({ digest: empty.digest, size: 0 });
      expect(await text(store, blob)).toBe('hello');
      expect(statSync(pathOf(store, blob.digest)).mode & 0o7777).toBe(0o444);
    }));

  it('is one of many, each flushed before the first has a name, and the names flushed once', () => {
    const calls: string[] = [];
    const noting =
      (name: string, call: (...paths: never[]) => unknown) =>
      (...paths: never[]): never => {
        calls.push(name);
        return call(...paths) as never;
      };
    const { files } = host;
    const createFile: Files['createFile'] = (path) => {
      const handle = files.createFile(path);
      const syncing = async (): Promise<void> => {
        await handle.syncing();
        calls.push('sync');
      };
      return { ...handle, syncing };
    };
    const rename = noting('rename', files.rename);
    const syncDirectory = noting('sync names', files.syncDirectory);
    const noted = hostWith({ files: { createFile, rename, syncDirectory } });
    const store = openContentStore(noted, newDirectory());
    const texts = ['one', 'two', 'one', '', 'three'];
    const expected = texts.map(blobOf).map(({ digest, size }) => ({ digest, size }));
    return store
      .ingestAll(texts.map((content) => [Buffer.from(content)]))
      .then(async (contents) => {
        expect(contents).toEqual(expected);
        const four = (name: string): string[] => Array.from({ length: 4 }, () => name);
        expect(calls).toEqual([...four('sync'), ...four('rename'), 'sync names']);
        expect(await text(store, blobOf('three'))).toBe('three');
        expect(statSync(pathOf(store, expected[0]!.digest)).mode & 0o7777).toBe(0o444);
        expect(await store.ingestAll([[Buffer.from('two')]])).toEqual([expected[1]]);
        expect([calls.length, temporaries(store)]).toEqual([9, []]);
      })
      .finally(store.close);
  });

  it('is not there where one of many cannot be flushed, however many are being flushed then', async () => {
    for (const broken of [0, 5, 19]) {
      let count = 0;
      let running = 0;
      let most = 0;
      const createFile: Files['createFile'] = (path) => {
        const handle = host.files.createFile(path);
        const syncing = async (): Promise<void> => {
          const isBroken = count++ === broken;
          most = Math.max(most, ++running);
          await new Promise((resolve) => setTimeout(resolve, isBroken ? 1 : 5));
          running--;
          if (isBroken) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
        };
        return { ...handle, syncing };
      };
      const store = openContentStore(hostWith({ files: { createFile } }), newDirectory());
      const texts = Array.from({ length: 20 }, (_, index) => `text ${index}`);
      const ingested = store.ingestAll(texts.map((content) => [Buffer.from(content)]));
      await expect(ingested).rejects.toMatchObject({
        code: 'cache-failed',
        message: expect.stringContaining('ENOSPC'),
      });
      expect([running, temporaries(store), await store.has(blobOf('text 0'))]).toEqual([0, [], false]);
      expect(most).toBeLessThanOrEqual(8);
      store.close();
    }
  });

  it('is not there where another one of many cannot be read', () =>
    withStore(async (store) => {
      function* broken(): Generator<Uint8Array> {
        yield Buffer.from('ri');
        throw new RangeError('broken');
      }
      await expect(store.ingestAll([[Buffer.from('fine')], broken()])).rejects.toThrow('broken');
      async function* brokenList() {
        yield [Buffer.from('fine')];
        throw new Error('the list is broken');
      }
      await expect(store.ingestAll(brokenList())).rejects.toThrow('the list is broken');
      expect([await store.has(blobOf('fine')), temporaries(store)]).toEqual([false, []]);
    }));

  const good = blobOf('right');
  const wrong: readonly [string, string, string][] = [
    ['other bytes', 'wrong', 'its digest is'],
    ['fewer bytes', 'righ', 'it has 4 bytes instead of 5'],
    ['more bytes', 'right!', 'it has 6 bytes instead of 5'],
    ['no bytes', '', 'it has 0 bytes instead of 5'],
  ];
  it.each(wrong)('is refused with %s, and nothing stays', (_title, found, problem) =>
    withStore(async (store) => {
      const error = await errorOf(() => store.put(good, async () => bytesOf(Buffer.from(found))));
      expect(error).toMatchObject({ code: 'blob-mismatch', exit: 4, message: expect.stringContaining(problem) });
      expect(await store.has(good)).toBe(false);
      expect(temporaries(store)).toEqual([]);
    }),
  );

  it('that does not end is read no further than its size', () =>
    withStore(async (store) => {
      let given = 0;
      async function* endless() {
        for (;;) yield Buffer.alloc(++given);
      }
      await errorOf(() => store.put(good, async () => endless()));
      expect(given).toBe(3);
    }));

  it('leaves nothing where its stream fails', () =>
    withStore(async (store) => {
      async function* broken() {
        yield Buffer.from('ri');
        throw new RangeError('broken');
      }
      await expect(store.put(good, async () => broken())).rejects.toThrow('broken');
      await expect(store.ingest(broken())).rejects.toThrow('broken');
      expect(await store.has(good)).toBe(false);
      expect(temporaries(store)).toEqual([]);
    }));

  it('that is not there is missing', () =>
    withStore(async (store) => {
      expect(await errorOf(() => store.open(good))).toMatchObject({ code: 'blob-missing' });
      expect(await errorOf(() => [...store.chunks(good)])).toMatchObject({ code: 'blob-missing' });
    }));

  it('is written by many at once', async () => {
    const directory = newDirectory();
    const stores = Array.from({ length: 8 }, () => openContentStore(host, directory));
    const blob = blobOf(Buffer.alloc(2_000_000, 'x'));
    async function* slowly() {
      for (let done = 0; done < blob.size; done += 100_000) {
        await new Promise((resolve) => setImmediate(resolve));
        yield blob.bytes.subarray(done, done + 100_000);
      }
    }
    // Twice in each process too: two images of one command may have a layer in common.
    await Promise.all([...stores, ...stores].map((store) => store.put(blob, async () => slowly())));
    await Promise.all(stores.map((store) => store.ingest(slowly())));
    expect(await text(stores[0]!, blob)).toBe(blob.bytes.toString());
    expect(readdirSync(join(directory, 'blobs', 'sha256'))).toEqual([hexOf(blob.digest)]);
    for (const store of stores) store.close();
  });

  it('stops where the run is interrupted', async () => {
    const controller = new AbortController();
    const store = openContentStore({ ...host, interruption: controller.signal }, newDirectory());
    const blob = blobOf(Buffer.alloc(3_000_000));
    await store.put(blob, async () => bytesOf(blob.bytes));
    controller.abort(new Error('stop'));
    await expect(collect(await store.open(blob), 1e9)).rejects.toThrow('stop');
    store.close();
  });
});

describe('a damaged blob', () => {
  const damages: readonly [string, (path: string) => void][] = [
    ['cut', (path) => writeFileSync(path, readFileSync(path).subarray(0, -1))],
    ['empty', (path) => writeFileSync(path, '')],
    ['longer', (path) => writeFileSync(path, 'x', { flag: 'a' })],
    ['flipped at its start', (path) => flip(path, 0)],
    ['flipped at its end', (path) => flip(path, -1)],
    ['zeroed', (path) => writeFileSync(path, Buffer.alloc(statSync(path).size))],
    ['a directory', (path) => replaceBy(path, () => mkdirSync(join(path, 'x'), { recursive: true }))],
    ['a dangling link', (path) => replaceBy(path, () => symlinkSync('nowhere', path))],
    ['a fifo', (path) => replaceBy(path, () => execFileSync('mkfifo', [path]))],
  ];
  function flip(path: string, at: number): void {
    const bytes = readFileSync(path);
    bytes[(bytes.length + at) % bytes.length]! ^= 1;
    writeFileSync(path, bytes);
  }
  function replaceBy(path: string, make: () => void): void {
    rmSync(path);
    make();
  }
  const sizes = [5, 2_500_000];
  const cases = damages.flatMap(([title, damage]) => sizes.map((size) => [title, size, damage] as const));

  it.each(cases)('that is %s (%i bytes) never gives its last piece, and is made again', (title, size, damage) =>
    withStore(async (store) => {
      const blob = blobOf(Buffer.alloc(size, 'ab'));
      await store.put(blob, async () => bytesOf(blob.bytes));
      const path = pathOf(store, blob.digest);
      chmodSync(path, 0o644);
      damage(path);

      let given = 0;
      const error = await errorOf(async () => {
        for await (const piece of await store.open(blob)) given += piece.length;
      });
      expect(given).toBeLessThan(size);
      if (title === 'a dangling link') expect(error.code).toBe('blob-missing');
      else {
        expect(error).toMatchObject({ code: 'blob-mismatch', exit: 4, details: { path } });
        expect(error.message).toContain(JSON.stringify(path));
        expect(error.hint).toContain('tbuild cache verify');
        expect(existsSync(path)).toBe(false);
      }
      await store.put(blob, async () => bytesOf(blob.bytes));
      expect(await text(store, blob)).toBe(blob.bytes.toString());
    }),
  );

  it('is made again also where nobody has read it since', () =>
    withStore(async (store) => {
      const blob = blobOf('content');
      await store.put(blob, async () => bytesOf(blob.bytes));
      rmSync(pathOf(store, blob.digest));
      mkdirSync(join(pathOf(store, blob.digest), 'x'), { recursive: true });
      expect(await store.has(blob)).toBe(false);
      await store.put(blob, async () => bytesOf(blob.bytes));
      expect(await text(store, blob)).toBe('content');
    }));

  it('is not assumed where only the asked size is wrong', () =>
    withStore(async (store) => {
      const blob = blobOf('content');
      await store.put(blob, async () => bytesOf(blob.bytes));
      const error = await errorOf(async () => collect(await store.open({ ...blob, size: 3 }), 10));
      expect(error.code).toBe('blob-mismatch');
      expect(await text(store, blob)).toBe('content');
    }));
});

describe('a record', () => {
  const fileOf = (directory: string, key: string): string => join(directory, 'records', 'layer', hexOf(digestOf(key)));

  it.each(['', 'text', 'line\nline\n', '\ufeff\u0000é😀'])('comes back as written: %j', (value) =>
    withStore(({ records }) => {
      expect(records.read('layer', 'key')).toBeUndefined();
      records.write('layer', 'key', 'before');
      records.write('layer', 'key', value);
      expect(records.read('layer', 'key')).toBe(value);
      expect(records.read('base', 'key')).toBeUndefined();
      expect(records.read('layer', 'key ')).toBeUndefined();
    }),
  );

  it('can be removed, also where there is none, and others stay', () =>
    withStore(({ records }) => {
      records.write('upload', 'key', 'value');
      records.write('layer', 'key', 'value');
      records.write('upload', 'other', 'value');
      records.remove('upload', 'key');
      records.remove('upload', 'key');
      expect(records.read('upload', 'key')).toBeUndefined();
      expect([records.read('layer', 'key'), records.read('upload', 'other')]).toEqual(['value', 'value']);
    }));

  it('that cannot be removed is told', () =>
    withStore(async (store) => {
      store.close();
      const removeTree = (): never => {
        throw Object.assign(new Error('EROFS'), { code: 'EROFS' });
      };
      const { records } = openContentStore(hostWith({ files: { removeTree } }), store.directory);
      expect(await errorOf(() => records.remove('upload', 'key'))).toMatchObject({ code: 'cache-failed' });
    }));

  it('begins with a digest of how records are written and of the rest', () =>
    withStore(({ records, directory }) => {
      records.write('layer', '../../key', 'a\nb');
      const [first, ...rest] = readFileSync(fileOf(directory, '../../key'), 'utf8').split('\n');
      expect(`sha256:${first}`).toBe(digestOf('records 2\na\nb'));
      expect(rest).toEqual(['a', 'b']);
    }));

  it.each([
    ['cut', (path: string) => writeFileSync(path, readFileSync(path).subarray(0, -1))],
    ['longer', (path: string) => writeFileSync(path, '!', { flag: 'a' })],
    ['empty', (path: string) => writeFileSync(path, '')],
    ['not UTF-8', (path: string) => writeFileSync(path, Buffer.from([0xff]), { flag: 'a' })],
    [
      'a directory',
      (path: string) => {
        rmSync(path);
        mkdirSync(join(path, 'x'), { recursive: true });
      },
    ],
  ])('that is %s counts as absent and can be written again', (_title, damage) =>
    withStore(({ records, directory }) => {
      records.write('layer', 'key', 'value');
      chmodSync(fileOf(directory, 'key'), 0o644);
      damage(fileOf(directory, 'key'));
      expect(records.read('layer', 'key')).toBeUndefined();
      records.write('layer', 'key', 'value');
      expect(records.read('layer', 'key')).toBe('value');
    }),
  );
});

describe('use', () => {
  it('shows in the time of blobs and records', () =>
    withStore(async (store) => {
      const blob = blobOf('content');
      await store.put(blob, async () => bytesOf(blob.bytes));
      store.records.write('layer', 'key', 'value');
      const record = join(store.directory, 'records', 'layer', hexOf(digestOf('key')));
      const uses: readonly [string, () => unknown][] = [
        [pathOf(store, blob.digest), () => store.has(blob)],
        [pathOf(store, blob.digest), () => store.sizeOf(blob.digest)],
        [pathOf(store, blob.digest), () => [...store.chunks(blob)]],
        [record, () => store.records.read('layer', 'key')],
      ];
      for (const [path, use] of uses) {
        utimesSync(path, 1, 1);
        await use();
        expect(statSync(path).mtimeMs).toBeGreaterThan(Date.now() - 60_000);
      }
    }));

  it.each(['EROFS', 'EPERM', 'EACCES'])('does not need to show: %s', async (code) => {
    const touch: Files['touch'] = () => {
      throw Object.assign(new Error(code), { code });
    };
    const store = openContentStore(hostWith({ files: { touch } }), newDirectory());
    const blob = blobOf('content');
    await store.put(blob, async () => bytesOf(blob.bytes));
    utimesSync(pathOf(store, blob.digest), 1, 1);
    expect(await store.has(blob)).toBe(true);
    expect(await text(store, blob)).toBe('content');
    store.close();
  });
});

describe('a temporary directory', () => {
  it('is private, new each time, and goes when the store is closed', async () => {
    const store = openContentStore(host, newDirectory());
    const [first, second] = [store.temporaryDirectory(), store.temporaryDirectory()];
    expect(first).not.toBe(second);
    expect(statSync(first).mode & 0o7777).toBe(0o700);
    expect(statSync(join(store.directory, 'tmp')).mode & 0o7777).toBe(0o700);
    writeFileSync(join(first, 'x'), '');
    store.close();
    expect(temporaries(store)).toEqual([]);
    store.close();
  });
});

describe('a cache that cannot be used', () => {
  const unwritable: readonly [string, () => string][] = [
    [
      'a file in its place',
      () => {
        const path = newDirectory();
        writeFileSync(path, '');
        return path;
      },
    ],
    ['a device above it', () => '/dev/null/tbuild'],
  ];
  it.each(unwritable)('is reported with its path and what to do: %s', async (_title, make) => {
    const directory = make();
    const error = await errorOf(() => openContentStore(host, directory));
    expect(error).toMatchObject({ code: 'cache-failed', hint: expect.stringContaining('XDG_CACHE_HOME') });
    expect(error.message).toContain(JSON.stringify(directory));
  });

  it.skipIf(isSuperuser)('is reported where permission is missing', async () => {
    const directory = newDirectory();
    mkdirSync(directory, { mode: 0o500 });
    expect(await errorOf(() => openContentStore(host, directory))).toMatchObject({
      code: 'cache-failed',
      message: expect.stringContaining('permission denied'),
    });
  });

  const failing = ['createFile', 'chmod', 'rename', 'syncDirectory'] as const;
  const errnos = ['ENOSPC', 'EIO', 'EROFS', 'EDQUOT'];
  const faults = failing.flatMap((call) => errnos.map((code) => [call, code] as const));
  it.each(faults)('says why where %s fails with %s, and the next run works', async (call, code) => {
    const directory = newDirectory();
    let isFailing = false;
    const faulty = {
      [call]: (...args: never[]) => {
        if (isFailing) throw Object.assign(new Error(code), { code });
        return (host.files[call] as (...args: never[]) => unknown)(...args);
      },
    };
    const store = openContentStore(hostWith({ files: faulty as Partial<Files> }), directory);
    const blob = blobOf('content');
    isFailing = true;
    const error = await errorOf(() => store.put(blob, async () => bytesOf(blob.bytes)));
    expect(error).toMatchObject({ code: 'cache-failed', message: expect.stringContaining(`(${code})`) });
    expect(await errorOf(() => store.records.write('layer', 'key', 'x'))).toMatchObject({ code: 'cache-failed' });
    expect(temporaries(store)).toEqual([]);
    store.close();
    await withStore(async (next) => {
      await next.put(blob, async () => bytesOf(blob.bytes));
      expect(await text(next, blob)).toBe('content');
    }, directory);
  });

  it.each(['writing', 'syncing', 'close'] as const)('says why where %s fails', async (call) => {
    const createFile: Files['createFile'] = (path) => {
      const handle = host.files.createFile(path);
      if (!path.includes('/tmp/file.')) return handle;
      const fails = (): never => {
        throw Object.assign(new Error('EIO'), { code: 'EIO' });
      };
      return { ...handle, [call]: fails };
    };
    const store = openContentStore(hostWith({ files: { createFile } }), newDirectory());
    const blob = blobOf('content');
    const error = await errorOf(() => store.put(blob, async () => bytesOf(blob.bytes)));
    expect(error).toMatchObject({ code: 'cache-failed', message: expect.stringContaining('input/output error') });
    expect(await store.has(blob)).toBe(false);
    expect(temporaries(store)).toEqual([]);
    store.close();
  });
});

describe('the place of the cache', () => {
  it.each([
    ['/caches', '/caches/tbuild'],
    ['relative', '/home/x/.cache/tbuild'],
    [undefined, '/home/x/.cache/tbuild'],
  ])('with XDG_CACHE_HOME %s is %s', (value, expected) => {
    const env = {
      homeDirectory: '/home/x',
      variable: (name: string) => (name === 'XDG_CACHE_HOME' ? value : undefined),
    };
    expect(cacheDirectoryOf(env as Env)).toBe(expected);
  });
});
