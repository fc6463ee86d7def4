import { describe, expect, it } from 'vitest';
import { readArchiveTree, type TreeArchive } from '../../src/inputs/archive-tree.js';
import { digestOf } from '../../src/oci/index.js';
import { type ReadMember, readTar } from '../../src/tar/index.js';
import type { FileEntry } from '../../src/tree/index.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { archive, block, content, pax } from '../tar/support.js';
import { fetchWorlds, tarOf } from './fetch-support.js';
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
function archiveOf(tar: Uint8Array, key = 'key'): TreeArchive & { readings: number } {
  const self = {
    key,
    origin,
    at,
    readings: 0,
    async *members(): AsyncGenerator<ReadMember> {
      self.readings++;
      yield* readTar([tar], { maxEntries: 1000, maxBytes: 1e9 });
    },
  };
  return self;
}

describe('the tree of an archive', () => {
  it('has modes, owners and attributes as they stand there, and hard links as files', async () => {
    const tar = await tarOf({ 'd/': '', 'd/run!': 'run', 'd/hard=': 'd/run', 'l@': 'd/run', 'e/f': '' });
    const world = newWorld();
    const tree = await readArchiveTree(archiveOf(tar), world.context);
    expect(lines(tree)).toEqual(['700 d', '4750 d/hard', '4750 d/run', '755 e', '640 e/f', 'l -> d/run']);
    expect(tree.get('d/run')).toMatchObject({ uid: 7, gid: 8, size: 3, digest: digestOf('run') });
    expect(tree.get('e')).toMatchObject({ uid: 0, gid: 0, claim: 'implied' });
    expect(tree.get('d')).toMatchObject({ uid: 7, claim: 'walked' });
    expect(tree.get('d/run')!.origin).toEqual({ ...origin, source: 'd/run' });
    expect([await textOf(tree.get('d/hard')), await textOf(tree.get('e/f'))]).toEqual(['run', '']);
    const withXattr = archive(pax(['SCHILY.xattr.user.a', 'b']), block({ name: 'f', size: 1 }), content('x'));
    const other = await readArchiveTree(archiveOf(withXattr, 'other'), world.context);
    const { xattrs } = other.get('f') as FileEntry;
    expect(Buffer.from(xattrs!.get('user.a')!).toString()).toBe('b');
  });

  it('is kept under its key, for another origin too', async () => {
    const tar = archiveOf(await tarOf({ a: 'A' }));
    const world = newWorld();
    await readArchiveTree(tar, world.context);
    const later = newWorld({ cache: world.store.directory });
    const second = await readArchiveTree({ ...tar, origin: { kind: 'fetch', label: 'fetch y' } }, later.context);
    expect([tar.readings, await textOf(second.get('a')), second.get('a')!.origin]).toEqual([
      1,
      'A',
      { kind: 'fetch', label: 'fetch y', source: 'a' },
    ]);
    await readArchiveTree({ ...tar, key: 'another' }, later.context);
    expect(tar.readings).toBe(2);
  });

  it('is not kept where it cannot be read, and says which archive', async () => {
    const broken = archiveOf((await tarOf({ a: 'A', b: 'B' })).subarray(0, -1024));
    const world = newWorld();
    for (const readings of [1, 2]) {
      const failure = await failureOf(readArchiveTree(broken, world.context));
      expect([failure.code, failure.at, broken.readings]).toEqual(['archive-ambiguous', at, readings]);
      expect(failure.message).toMatch(/^Cannot read package x 1\.0: The archive ends without/);
    }
    expect([world.blobs(), world.temporaries()]).toEqual([0, 0]);
  });

  it('stops where the run is interrupted', async () => {
    const controller = new AbortController();
    const world = newWorld({ interruption: controller.signal });
    const source = archiveOf(await tarOf({ a: 'A', b: 'B' }));
    controller.abort(new Error('enough'));
    await expect(readArchiveTree(source, world.context)).rejects.toThrow('enough');
    expect([world.blobs(), world.temporaries()]).toEqual([0, 0]);
  });
});
