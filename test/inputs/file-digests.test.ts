import { appendFileSync, chmodSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeDigests, encodeDigests } from '../../src/inputs/digest-lines.js';
import { readFiles } from '../../src/inputs/index.js';
import { digestOf } from '../../src/oci/index.js';
import { contextIn, filesContent, hostAhead, inDirectory, lay, memoryRecords, selection } from './support.js';

const layout = { 'src/a': 'a', 'src/b': 'bb', 'src/sub/c': 'ccc' };

/** Reads `src` with a new memory over the same records; returns how many files had to be read. */
async function hashed(directory: string, records = memoryRecords(), seconds = 10, only?: string[]): Promise<number> {
  const context = contextIn(directory, hostAhead(seconds), records);
  await readFiles(filesContent('src', '/', { selection: selection(only) }), context);
  context.digests.save();
  return context.digests.hashedFiles;
}

describe('digests of files', () => {
  it('are not made again for files that did not change, and nothing is written then', () =>
    inDirectory(async (directory) => {
      lay(directory, layout);
      const records = memoryRecords();
      expect(await hashed(directory, records)).toBe(3);
      expect(records.writes).toBe(1);
      const opened: string[] = [];
      const { files } = hostAhead();
      const openRead = (path: string) => {
        opened.push(path);
        return files.openRead(path);
      };
      const context = contextIn(directory, hostAhead(10, { openRead }), records);
      await readFiles(filesContent('src', '/'), context);
      context.digests.save();
      expect(opened).toEqual([]);
      expect(records.writes).toBe(1);
      expect([context.digests.hashedFiles, context.digests.hashedBytes]).toEqual([0, 0]);
    }));

  it('are made once within one run, also of files that are too new to be remembered', () =>
    inDirectory(async (directory) => {
      lay(directory, layout);
      const context = contextIn(directory, hostAhead(0));
      await readFiles(filesContent('src', '/'), context);
      await readFiles(filesContent('src', '/'), context);
      expect([context.digests.hashedFiles, context.digests.hashedBytes]).toEqual([3, 6]);
    }));

  it('are not kept of files that were written just now', () =>
    inDirectory(async (directory) => {
      lay(directory, layout);
      const records = memoryRecords();
      expect(await hashed(directory, records, 0)).toBe(3);
      expect(records.writes).toBe(0);
      expect(await hashed(directory, records, 1.5)).toBe(3);
      expect(await hashed(directory, records, 10)).toBe(3);
      expect(await hashed(directory, records, 0)).toBe(0);
    }));

  it('are made again for what changed, and only for that', () =>
    inDirectory(async (directory) => {
      lay(directory, layout);
      const records = memoryRecords();
      await hashed(directory, records);
      appendFileSync(join(directory, 'src/a'), 'x');
      chmodSync(join(directory, 'src/b'), 0o600);
      expect(await hashed(directory, records)).toBe(2);
      expect(await hashed(directory, records)).toBe(0);
    }));

  it('forget a file that changed a moment ago', () =>
    inDirectory(async (directory) => {
      lay(directory, layout);
      const records = memoryRecords();
      await hashed(directory, records);
      writeFileSync(join(directory, 'src/a'), 'A');
      expect(await hashed(directory, records, 0)).toBe(1);
      expect(await hashed(directory, records, 0)).toBe(1);
      expect([...records.texts.values()][0]).not.toMatch(/^src\/a\t/m);
    }));

  it('stay for files that another selection reads, and go with the files', () =>
    inDirectory(async (directory) => {
      lay(directory, layout);
      const records = memoryRecords();
      await hashed(directory, records);
      writeFileSync(join(directory, 'src/a'), 'A');
      unlinkSync(join(directory, 'src/b'));
      expect(await hashed(directory, records, 10, ['a'])).toBe(1);
      expect(await hashed(directory, records)).toBe(0);
      expect([...records.texts.values()][0]!.split('\n').map((line) => line.split('\t')[0])).toEqual([
        'digests 1',
        'src/a',
        'src/sub/c',
      ]);
    }));

  it('survive any name', () => {
    const known = fc
      .uniqueArray(fc.string({ unit: 'binary', minLength: 1 }), { maxLength: 20 })
      .map((names) => new Map(names.map((name) => [name, { fingerprint: '1 2 3 4 5', digest: digestOf(name) }])));
    fc.assert(
      fc.property(known, (map) => {
        expect(decodeDigests(encodeDigests(map))).toEqual(map);
      }),
    );
  });

  it.each([
    '',
    'digests 2\na\t1\tsha256:00',
    'digests 1\na',
    'digests 1\na\t1 2',
    'digests 1\na\t1\tsha256:zz',
    'digests 1\n\t\t',
  ])('are unknown where the record is %j', (text) => expect(decodeDigests(text).size).toBe(0));
});
