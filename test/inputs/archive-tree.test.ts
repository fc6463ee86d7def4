import { chmodSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contentsKey, readArchiveTree, type TreeArchive } from '../../src/inputs/archive-tree.js';
import { unpackMembers } from '../../src/inputs/archives/unpack-members.js';
import { digestOf } from '../../src/oci/index.js';
import { PIECE_BYTES, verifyCache } from '../../src/store/index.js';
import { readTar } from '../../src/tar/index.js';
import type { FileEntry, FileTree } from '../../src/tree/index.js';
import { collect } from '../../src/util/index.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { archive, block, content, pax } from '../tar/support.js';
import { type FetchWorld, fetchWorlds, tarOf } from './fetch-support.js';
import { at, failureOf, lines, textOf } from './support.js';

const top = temporaryDirectory();
const newWorld = fetchWorlds(top);

const origin = {
  kind: 'debian',
  label: 'package x 1.0',
  at,
  package: { name: 'x', version: '1.0', source: 'y' },
};

/** An archive that counts how often it is read. */
function archiveOf({ context, store }: FetchWorld, tar: Uint8Array, key = 'key'): TreeArchive & { readings: number } {
  const self = {
    key,
    origin,
    at,
    readings: 0,
    async unpack(into: string, tick: (bytes: number) => void) {
      self.readings++;
      const members = readTar([tar], { maxEntries: 1000, maxBytes: 1e9 });
      const found = await unpackMembers(members, {
        host: context.host,
        directory: store.directory,
        into,
        origin,
        tick,
      });
      return { ...found, facts: 'facts' };
    },
  };
  return self;
}

const read = async (archive: TreeArchive, { context }: FetchWorld): Promise<FileTree> =>
  (await readArchiveTree(archive, context)).tree;

const unpackedFiles = ({ store }: FetchWorld): readonly string[] =>
  readdirSync(join(store.directory, 'unpacked')).map((name) => join(store.directory, 'unpacked', name));

/** Changes a file of the cache behind its back. */
function damage(path: string, change: (path: string) => void): void {
  chmodSync(path, 0o644);
  change(path);
}

describe('the tree of an archive', () => {
  it('has modes, owners and attributes as they stand there, and hard links as files', async () => {
    const tar = await tarOf({ 'd/': '', 'd/run!': 'run', 'd/hard=': 'd/run', 'l@': 'd/run', 'e/f': '' });
    const world = newWorld();
    const tree = await read(archiveOf(world, tar), world);
    expect(lines(tree)).toEqual(['700 d', '4750 d/hard', '4750 d/run', '755 e', '640 e/f', 'l -> d/run']);
    expect(tree.get('d/run')).toMatchObject({ uid: 7, gid: 8, size: 3, digest: digestOf('run') });
    expect(tree.get('e')).toMatchObject({ uid: 0, gid: 0, claim: 'implied' });
    expect(tree.get('d')).toMatchObject({ uid: 7, claim: 'walked' });
    expect(tree.get('d/run')!.origin).toEqual({ ...origin, source: 'd/run' });
    expect([await textOf(tree.get('d/hard')), await textOf(tree.get('e/f'))]).toEqual(['run', '']);
    const withXattr = archive(pax(['SCHILY.xattr.user.a', 'b']), block({ name: 'f', size: 1 }), content('x'));
    const other = await read(archiveOf(world, withXattr, 'other'), world);
    const { xattrs } = other.get('f') as FileEntry;
    expect(Buffer.from(xattrs!.get('user.a')!).toString()).toBe('b');
  });

  it('is kept under its key, for another origin too', async () => {
    const world = newWorld();
    const tar = archiveOf(world, await tarOf({ a: 'A' }));
    await read(tar, world);
    const later = newWorld({ cache: world.store.directory });
    const known = await readArchiveTree({ ...tar, origin: { kind: 'fetch', label: 'fetch y' } }, later.context);
    const second = known.tree;
    expect(known.facts).toBe('facts');
    expect([tar.readings, await textOf(second.get('a')), second.get('a')!.origin]).toEqual([
      1,
      'A',
      { kind: 'fetch', label: 'fetch y', source: 'a' },
    ]);
    await read({ ...tar, key: 'another' }, later);
    expect(tar.readings).toBe(2);
  });

  it('is not kept where it cannot be read, and says which archive', async () => {
    const world = newWorld();
    const broken = archiveOf(world, (await tarOf({ a: 'A', b: 'B' })).subarray(0, -1024));
    for (const readings of [1, 2]) {
      const failure = await failureOf(read(broken, world));
      expect([failure.code, failure.at, broken.readings]).toEqual(['archive-ambiguous', at, readings]);
      expect(failure.message).toMatch(/^Cannot read package x 1\.0: The archive ends without/);
    }
    expect([unpackedFiles(world), world.temporaries()]).toEqual([[], 0]);
  });

  it('stops where the run is interrupted', async () => {
    const controller = new AbortController();
    const world = newWorld({ interruption: controller.signal });
    const source = archiveOf(world, await tarOf({ a: 'A', b: 'B' }));
    controller.abort(new Error('enough'));
    await expect(read(source, world)).rejects.toThrow('enough');
    expect([unpackedFiles(world), world.temporaries()]).toEqual([[], 0]);
  });
});

describe('the unpacked file of an archive', () => {
  const large = 'abcdefgh'.repeat(PIECE_BYTES / 4);
  const layout = { 'd/': '', 'd/small': 'small', 'd/large': large, 'd/empty': '', 'd/hard=': 'd/small', last: 'last' };

  async function unpacked() {
    const world = newWorld();
    const archive = archiveOf(world, await tarOf(layout));
    return { world, archive, tree: await read(archive, world) };
  }
  const wholeText = async (tree: FileTree, path: string): Promise<string> =>
    Buffer.from(await collect((tree.get(path) as FileEntry).open(), 1e8)).toString();
  const textsOf = async (tree: FileTree): Promise<readonly string[]> => {
    const texts = [];
    for (const path of ['d/small', 'd/large', 'd/empty', 'd/hard', 'last']) texts.push(await wholeText(tree, path));
    return texts;
  };
  const texts = ['small', large, '', 'small', 'last'];

  it('is one file of the cache for all contents, and no other', async () => {
    const { world, tree } = await unpacked();
    expect([unpackedFiles(world).length, world.blobs(), world.temporaries()]).toEqual([1, 0, 0]);
    expect(await textsOf(tree)).toEqual(texts);
    expect(await verifyCache(world.context.host, world.store.directory)).toMatchObject({ checked: 2, damaged: [] });
  });

  it('has the contents where the entries say, for those who read it themselves', async () => {
    const { world, tree } = await unpacked();
    const [path] = unpackedFiles(world);
    const bytes = readFileSync(path!);
    for (const entry of tree.entries) {
      if (entry.kind !== 'file') continue;
      const { extent, size, digest } = entry;
      expect(extent!.path).toBe(path);
      expect(digestOf(bytes.subarray(extent!.position, extent!.position! + size))).toBe(digest);
    }
  });

  const losses: Readonly<Record<string, (world: FetchWorld) => void>> = {
    'it was removed': (world) => world.context.host.files.removeTree(unpackedFiles(world)[0]!),
    'it was cut off': (world) => damage(unpackedFiles(world)[0]!, (path) => truncateSync(path, 10)),
    'all of it is other bytes': (world) =>
      damage(unpackedFiles(world)[0]!, (path) => writeFileSync(path, Buffer.alloc(readFileSync(path).length))),
    'it became a directory': (world) => {
      const [path] = unpackedFiles(world);
      world.context.host.files.removeTree(path!);
      world.context.host.files.makeDirectory(path!);
    },
  };
  it.each(Object.keys(losses))('is made again, once, where %s', async (loss) => {
    const { world, archive } = await unpacked();
    losses[loss]!(world);
    const tree = await read(archive, world);
    expect(archive.readings).toBe(1);
    expect([await textsOf(tree), archive.readings]).toEqual([texts, 2]);
    expect(await verifyCache(world.context.host, world.store.directory)).toMatchObject({ damaged: [] });
  });

  it('is made again where only the end of a large file in it is damaged, before anything of that is given out', async () => {
    const { world, archive } = await unpacked();
    const tree = await read(archive, world);
    const { extent, size } = tree.get('d/large') as FileEntry;
    damage(extent!.path, (path) => {
      const bytes = readFileSync(path);
      bytes[extent!.position! + size - 1]! ^= 1;
      writeFileSync(path, bytes);
    });
    expect([await wholeText(tree, 'd/large'), archive.readings]).toEqual([large, 2]);
  });

  it('that is damaged again after that is an error', async () => {
    const { world, archive, tree } = await unpacked();
    const [path] = unpackedFiles(world);
    const cut = (): void => damage(path!, (file) => truncateSync(file, 2));
    cut();
    expect(await textOf(tree.get('d/small'))).toBe('small');
    cut();
    expect(await failureOf(textOf(tree.get('d/small')))).toMatchObject({ code: 'blob-mismatch' });
    expect(archive.readings).toBe(2);
  });

  it('is told by "cache verify" where it is damaged', async () => {
    const { world } = await unpacked();
    const [path] = unpackedFiles(world);
    damage(path!, (file) => writeFileSync(file, readFileSync(file).fill('x', 0, 1)));
    const { damaged } = await verifyCache(world.context.host, world.store.directory);
    expect(damaged).toMatchObject([{ path, reason: expect.stringMatching(/^what lies in it is not what it was/) }]);
    damage(path!, (file) => truncateSync(file, 100));
    const later = await verifyCache(world.context.host, world.store.directory);
    expect(later.damaged).toEqual([{ path, reason: 'it does not end with the list of what is in it' }]);
  });

  it('has the name under which what lists it is kept, whoever reads the archive', async () => {
    const { world, archive } = await unpacked();
    expect(unpackedFiles(world)).toEqual([world.store.unpacked.pathOf(contentsKey(archive))]);
  });
});
