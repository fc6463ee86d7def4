import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf, hexOf } from '../../src/oci/index.js';
import { cacheStats, collectGarbage, openContentStore, verifyCache } from '../../src/store/index.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { errorOf, host, hostWith, isSuperuser } from './support.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const temporary = temporaryDirectory();
let count = 0;
const newDirectory = (): string => join(temporary.path, `cache-${count++}`);
const blobPath = (directory: string, text: string): string => join(directory, 'blobs', 'sha256', hexOf(digestOf(text)));
const recordPath = (directory: string, key: string): string =>
  join(directory, 'records', 'layer', hexOf(digestOf(key)));

/** A cache with the blobs "old" and "new", and records of these names, last used ten days ago and now. */
async function filledCache(): Promise<string> {
  const directory = newDirectory();
  const store = openContentStore(host, directory);
  for (const text of ['old', 'new!']) {
    await store.ingest([Buffer.from(text)]);
    store.records.write('layer', text, 'x');
  }
  store.close();
  const tenDaysAgo = (Date.now() - 10 * DAY_MS) / 1000;
  for (const path of [blobPath(directory, 'old'), recordPath(directory, 'old')])
    utimesSync(path, tenDaysAgo, tenDaysAgo);
  return directory;
}

/** The id of a process that has ended. */
const deadProcess = (): number => spawnSync('true').pid;

/** A host that is another process. */
const process2 = (processId: number) => hostWith({ env: { processId } });

/** A host in another pid namespace, as in a container. */
const container = (processId = 1) =>
  hostWith({ env: { processId }, files: { readLink: () => Buffer.from('pid:[1]') } });

describe('statistics', () => {
  it('count blobs and records', async () => {
    const directory = await filledCache();
    const kinds = {
      applied: 0,
      artifact: 0,
      base: 0,
      blocks: 0,
      contents: 0,
      digests: 0,
      grounds: 0,
      layer: 2,
      listing: 0,
      tool: 0,
      upload: 0,
    };
    expect(cacheStats(host, directory)).toEqual({
      directory,
      blobs: 2,
      blobBytes: 7,
      unpacked: 0,
      unpackedBytes: 0,
      records: kinds,
      recordBytes: 132,
    });
  });

  it('of a cache that is not there are zero, and it is not made', async () => {
    const directory = newDirectory();
    expect(cacheStats(host, directory)).toMatchObject({ blobs: 0, records: {} });
    expect(await verifyCache(host, directory)).toEqual({ directory, checked: 0, damaged: [] });
    expect(collectGarbage(host, directory, { olderThanMs: 0, dryRun: false })).toMatchObject({ removedBlobs: 0 });
    expect(existsSync(directory)).toBe(false);
  });
});

describe('verification', () => {
  it('finds nothing in a good cache', async () => {
    const directory = await filledCache();
    expect(await verifyCache(host, directory)).toEqual({ directory, checked: 4, damaged: [] });
  });

  it('names every damaged file with the reason, and repairs nothing', async () => {
    const directory = await filledCache();
    const [old, fresh, record] = [
      blobPath(directory, 'old'),
      blobPath(directory, 'new!'),
      recordPath(directory, 'old'),
    ];
    for (const path of [old, fresh, record]) chmodSync(path, 0o644);
    writeFileSync(old, 'odd');
    writeFileSync(fresh, '');
    writeFileSync(record, 'x');
    writeFileSync(join(directory, 'blobs', 'sha256', 'stray'), '');
    mkdirSync(blobPath(directory, 'directory'));
    mkdirSync(recordPath(directory, 'directory'));
    const before = readdirSync(directory, { recursive: true });
    const { checked, damaged } = await verifyCache(host, directory);
    expect(checked).toBe(7);
    expect(new Map(damaged.map(({ path, reason }) => [path, reason]))).toEqual(
      new Map([
        [old, `its digest is ${digestOf('odd')}`],
        [fresh, `its digest is ${digestOf('')}`],
        [join(directory, 'blobs', 'sha256', 'stray'), 'its name is not a digest'],
        [blobPath(directory, 'directory'), 'it is not a file'],
        [record, 'its first line is not the digest of the rest'],
        [recordPath(directory, 'directory'), 'it is not a file'],
      ]),
    );
    expect(readdirSync(directory, { recursive: true })).toEqual(before);
  });

  it('can be interrupted', async () => {
    const directory = await filledCache();
    const interruption = AbortSignal.abort(new Error('stop'));
    await expect(verifyCache({ ...host, interruption }, directory)).rejects.toThrow('stop');
  });
});

describe('garbage collection', () => {
  const removed = {
    removedBlobs: 1,
    removedUnpacked: 0,
    removedRecords: 1,
    removedTemporary: 0,
    freedBytes: 3 + 66,
    keptBlobs: 1,
    keptUnpacked: 0,
    keptBytes: 4,
  };

  it('removes what was not used lately', async () => {
    const directory = await filledCache();
    const report = collectGarbage(host, directory, { olderThanMs: DAY_MS, dryRun: false });
    expect(report).toEqual({ directory, ...removed });
    expect(existsSync(blobPath(directory, 'old'))).toBe(false);
    expect(existsSync(recordPath(directory, 'old'))).toBe(false);
    expect(existsSync(blobPath(directory, 'new!'))).toBe(true);
    expect(existsSync(recordPath(directory, 'new!'))).toBe(true);
    expect(readdirSync(join(directory, 'leases'))).toEqual([]);
  });

  it('keeps what was used since', async () => {
    const directory = await filledCache();
    const store = openContentStore(host, directory);
    await store.has({ mediaType: 'x', digest: digestOf('old'), size: 3 });
    store.close();
    expect(collectGarbage(host, directory, { olderThanMs: DAY_MS, dryRun: false })).toMatchObject({ removedBlobs: 0 });
  });

  it('removes unpacked archives that were not used lately, and counts them', async () => {
    const directory = await filledCache();
    const store = openContentStore(host, directory);
    for (const [key, seconds] of [
      ['unused', 1],
      ['used', 1],
      ['new', Date.now() / 1000],
    ] as const) {
      const path = store.unpacked.temporaryPath();
      writeFileSync(path, key);
      store.unpacked.publish(path, key);
      utimesSync(join(directory, 'unpacked', hexOf(digestOf(key))), seconds, seconds);
    }
    const kept = ['used', 'new'].map((key) => store.unpacked.pathOf(key));
    store.close();
    expect(cacheStats(host, directory)).toMatchObject({ unpacked: 3, unpackedBytes: 13 });
    const report = collectGarbage(host, directory, { olderThanMs: DAY_MS, dryRun: false });
    expect(report).toMatchObject({ removedUnpacked: 1, keptUnpacked: 2, freedBytes: 3 + 66 + 6, keptBytes: 4 + 7 });
    expect(readdirSync(join(directory, 'unpacked')).sort()).toEqual(kept.map((path) => basename(path)).sort());
  });

  it('removes what is remembered of uploads by its age too', async () => {
    const directory = await filledCache();
    const store = openContentStore(host, directory);
    store.records.write('upload', 'old', 'x');
    store.records.write('upload', 'new', 'x');
    store.close();
    utimesSync(join(directory, 'records', 'upload', hexOf(digestOf('old'))), 1, 1);
    const report = collectGarbage(host, directory, { olderThanMs: DAY_MS, dryRun: false });
    expect(report.removedRecords).toBe(2);
    expect(readdirSync(join(directory, 'records', 'upload'))).toEqual([hexOf(digestOf('new'))]);
  });

  it('removes everything at age zero, also what is from the future', async () => {
    const directory = await filledCache();
    const tomorrow = (Date.now() + DAY_MS) / 1000;
    utimesSync(blobPath(directory, 'new!'), tomorrow, tomorrow);
    const report = collectGarbage(host, directory, { olderThanMs: 0, dryRun: false });
    expect(report).toMatchObject({ removedBlobs: 2, removedRecords: 2, keptBlobs: 0, keptBytes: 0 });
  });

  it('only tells, as a dry run, even while the cache is in use', async () => {
    const directory = await filledCache();
    const store = openContentStore(host, directory);
    const before = readdirSync(directory, { recursive: true });
    expect(collectGarbage(host, directory, { olderThanMs: DAY_MS, dryRun: true })).toEqual({ directory, ...removed });
    expect(readdirSync(directory, { recursive: true })).toEqual(before);
    store.close();
  });

  it('refuses while a build runs, and says which', async () => {
    const directory = await filledCache();
    const store = openContentStore(host, directory);
    const error = await errorOf(() => collectGarbage(host, directory, { olderThanMs: 0, dryRun: false }));
    expect(error).toMatchObject({ code: 'cache-busy', details: { processes: [String(process.pid)] } });
    expect(existsSync(blobPath(directory, 'old'))).toBe(true);
    store.close();
    expect(collectGarbage(host, directory, { olderThanMs: 0, dryRun: false }).removedBlobs).toBe(2);
  });

  it('passes over builds that were killed, and clears up after them', async () => {
    const directory = await filledCache();
    const killed = openContentStore(process2(deadProcess()), directory);
    writeFileSync(join(killed.temporaryDirectory(), 'x'), '12345');
    const report = collectGarbage(host, directory, { olderThanMs: DAY_MS, dryRun: false });
    expect(report).toMatchObject({ removedTemporary: 1, freedBytes: 3 + 66 + 5 });
    expect(readdirSync(join(directory, 'tmp'))).toEqual([]);
    expect(readdirSync(join(directory, 'leases'))).toEqual([]);
  });

  it('takes a build in another container for running until it is silent for an hour', async () => {
    const directory = await filledCache();
    openContentStore(container(), directory).temporaryDirectory();
    const collect = () => collectGarbage(host, directory, { olderThanMs: DAY_MS, dryRun: false });
    expect(await errorOf(collect)).toMatchObject({ code: 'cache-busy' });
    const longAgo = Date.now() / 1000 - 3700;
    const [lease] = readdirSync(join(directory, 'leases'));
    utimesSync(join(directory, 'leases', lease!), longAgo, longAgo);
    const [left] = readdirSync(join(directory, 'tmp'));
    utimesSync(join(directory, 'tmp', left!), longAgo, longAgo);
    expect(collect()).toMatchObject({ removedTemporary: 1 });
  });
});

describe('a build', () => {
  const collector = (directory: string): string => {
    const store = openContentStore(host, directory);
    const [name] = readdirSync(join(directory, 'leases'));
    store.close();
    return join(directory, 'leases', name!.replace('build', 'collect'));
  };

  it('waits for garbage collection to end', () => {
    const directory = newDirectory();
    const lock = collector(directory);
    writeFileSync(lock, '');
    let pauses = 0;
    const pause = (): void => {
      if (++pauses === 3) host.files.remove(lock);
    };
    openContentStore(hostWith({ clock: { pause } }), directory).close();
    expect(pauses).toBe(3);
  });

  it('does not wait for ever, and leaves no lease', async () => {
    const directory = newDirectory();
    const lock = collector(directory);
    writeFileSync(lock, '');
    const impatient = hostWith({ clock: { pause: () => undefined } });
    expect(await errorOf(() => openContentStore(impatient, directory))).toMatchObject({ code: 'cache-busy' });
    expect(readdirSync(join(directory, 'leases'))).toHaveLength(1);
  });

  it('does not wait for a collector that was killed', () => {
    const directory = newDirectory();
    const lock = collector(directory).replace(/\.[0-9]+\./, `.${deadProcess()}.`);
    writeFileSync(lock, '');
    const pause = (): never => expect.fail('waited');
    openContentStore(hostWith({ clock: { pause } }), directory).close();
    expect(existsSync(lock)).toBe(false);
  });

  it('removes what killed runs left, and nothing of living ones', async () => {
    const directory = newDirectory();
    const [killed, alive] = [openContentStore(process2(deadProcess()), directory), openContentStore(host, directory)];
    const [left, used] = [killed.temporaryDirectory(), alive.temporaryDirectory()];
    writeFileSync(join(left, 'x'), '');
    chmodSync(left, 0o000);
    const foreign = openContentStore(container(), directory).temporaryDirectory();
    const store = openContentStore(host, directory);
    expect([left, used, foreign].map((path) => existsSync(path))).toEqual([false, true, true]);
    expect(readdirSync(join(directory, 'leases'))).toHaveLength(3);
    store.close();
    alive.close();
  });

  it('renews its lease while it works, also one that others took for dead', async () => {
    const directory = newDirectory();
    let now = 0;
    const store = openContentStore(hostWith({ clock: { monotonic: () => now } }), directory);
    const [name] = readdirSync(join(directory, 'leases'));
    const lease = join(directory, 'leases', name!);
    utimesSync(lease, 1, 1);
    await store.ingest([Buffer.from('a')]);
    expect(host.files.lstat(lease)!.modifiedMs).toBe(1e3);
    now = 61_000;
    await store.ingest([Buffer.from('b')]);
    expect(host.files.lstat(lease)!.modifiedMs).toBeGreaterThan(1e3);
    host.files.remove(lease);
    now = 122_000;
    await store.ingest([Buffer.from('c')]);
    expect(existsSync(lease)).toBe(true);
    store.close();
    expect(existsSync(lease)).toBe(false);
  });

  it.skipIf(isSuperuser)('cannot read a cache of another user', async () => {
    const directory = newDirectory();
    mkdirSync(directory, { mode: 0o000 });
    expect(await errorOf(() => cacheStats(host, directory))).toMatchObject({ code: 'cache-failed' });
  });
});
