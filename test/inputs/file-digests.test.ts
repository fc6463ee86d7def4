import { appendFileSync, chmodSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFiles } from '../../src/inputs/index.js';
import { decodeWalks, encodeWalks, Kinds, NUMBERS, type WalkTable } from '../../src/inputs/walk-table.js';
import { contextIn, filesContent, hostAhead, inDirectory, lay, memoryRecords, selection } from './support.js';

const layout = { 'src/a': 'a', 'src/b': 'bb', 'src/sub/c': 'ccc' };

/** The files whose digests a later run will find, by their absolute paths, sorted. */
function remembered(records: ReturnType<typeof memoryRecords>): string[] {
  const walks = [...decodeWalks([...records.values.values()][0])];
  const files = walks.flatMap(([key, { paths, kinds, numbers }]) => {
    const isKnown = (index: number) =>
      (kinds[index]! & Kinds.mask) === Kinds.file && !Number.isNaN(numbers[index * NUMBERS]);
    return paths.filter((_, index) => isKnown(index)).map((path) => `${key.slice(0, key.indexOf('\0'))}/${path}`);
  });
  return files.sort();
}

function tableOf(paths: readonly string[]): WalkTable {
  const count = paths.length;
  return {
    paths,
    kinds: Uint8Array.from(paths, (_, i) => i % 7),
    modes: Uint16Array.from(paths, (_, i) => i * 37),
    numbers: Float64Array.from({ length: count * NUMBERS }, (_, i) => (i % 4 === 0 ? Number.NaN : i * 1e12 + 0.25)),
    digests: Uint8Array.from({ length: count * 32 }, (_, i) => i),
    targets: paths.map((path, i) => (i % 2 === 0 ? '' : path)),
  };
}

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
      expect(remembered(records)).not.toContain(join(directory, 'src/a'));
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
      expect(remembered(records)).toEqual([join(directory, 'src/a'), join(directory, 'src/sub/c')]);
    }));

  it('are found again in whatever a record holds that is whole, and nothing in one that is not', () => {
    const path = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\0'));
    const tables = fc.dictionary(path, fc.uniqueArray(path, { minLength: 1, maxLength: 20 }).map(tableOf), {
      maxKeys: 4,
    });
    const cut = fc.double({ min: 0, max: 0.999, noNaN: true });
    fc.assert(
      fc.property(tables, cut, (byKey, part) => {
        const walks = new Map(Object.entries(byKey));
        const bytes = encodeWalks(walks);
        expect(decodeWalks(bytes)).toEqual(walks);
        const shorter = decodeWalks(bytes.subarray(0, Math.floor(bytes.length * part)));
        for (const [key, table] of shorter) expect(table).toEqual(walks.get(key));
      }),
    );
  });

  it.each([
    '',
    'digests 1\na\t1\tsha256:00',
    'walks  1',
    'walks  2abc',
    'walks  2\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00',
  ])('are unknown where the record is %j', (text) => expect(decodeWalks(Buffer.from(text, 'latin1')).size).toBe(0));
});
