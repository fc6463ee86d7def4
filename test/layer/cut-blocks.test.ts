import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutBlocks } from '../../src/layer/cut-blocks.js';
import type { LayerFormat } from '../../src/layer/index.js';
import { tarOfTree } from '../../src/layer/tar-of-tree.js';
import { digestOf } from '../../src/oci/index.js';
import { writeTar } from '../../src/tar/index.js';
import { type Entry, type FileTree, treeOf } from '../../src/tree/index.js';
import { collect } from '../../src/util/index.js';
import { FIXTURES } from '../golden/fixtures.js';
import { directory } from '../tree/support.js';

const FORMAT: LayerFormat = { compression: 'gzip', level: 6, created: 0 };
const KIB = 1024;

/** A file of so many zeros that nobody opens. */
function zeros(path: string, size: number): Entry {
  const open = () => (size === 0 ? [] : [new Uint8Array(size)]);
  const origin = { kind: 'files', label: 'files ./test' };
  return { kind: 'file', path, mode: 0o644, uid: 0, gid: 0, size, digest: digestOf(`${path} ${size}`), open, origin };
}

async function tarOf(tree: FileTree): Promise<Buffer> {
  const members = tarOfTree(tree, FORMAT.created);
  const sources = Array.from(members, ({ member, entry }) =>
    entry === undefined ? { member } : { member, open: entry.open },
  );
  return Buffer.from(await collect(writeTar(sources), 2 ** 28));
}

/** Where the blocks of a tar end, by its bytes alone: the rule of format 1, written down a second time. */
function endsIn(tar: Buffer, [least, mean, most]: readonly [number, number, number]): number[] {
  const ends: number[] = [];
  let start = 0;
  const endAt = (end: number): void => {
    ends.push(end);
    start = end;
  };
  const endAtMost = (limit: number): void => {
    while (start + most <= limit) endAt(start + most);
  };
  const octal = (at: number, length: number): number => Number.parseInt(tar.toString('latin1', at, at + length - 1), 8);
  const whole = (size: number): number => Math.ceil(size / 512) * 512;
  for (let at = 0; at < tar.length - 1024; ) {
    let header = at;
    let path: string | undefined;
    if (tar.toString('latin1', header + 156, header + 157) === 'x') {
      const size = octal(header + 124, 12);
      const records = tar.toString('utf8', header + 512, header + 512 + size);
      path = /(?:^|\n)\d+ path=(.*)\n/.exec(records)?.[1];
      header += 512 + whole(size);
    }
    path ??= tar.toString('utf8', header, header + 100).replace(/\0.*$/s, '');
    const end = header + 512 + whole(octal(header + 124, 12));
    const mixed = Math.imul(crc32(path.replace(/\/$/, '')), 0x9e3779b1) >>> 0;
    const isChosen = at - start >= least && mixed / 2 ** 32 < (end - at) / mean;
    if (at > start && (end - at >= mean || isChosen)) endAt(at);
    endAtMost(end);
    at = end;
  }
  endAtMost(tar.length);
  return start === tar.length ? ends : [...ends, tar.length];
}

const lengthsOf = (tree: FileTree, format = FORMAT): number[] =>
  Array.from(cutBlocks(tree, format), ({ tar }) => tar.length);
const endsOf = (tree: FileTree, format = FORMAT): number[] => {
  let end = 0;
  return lengthsOf(tree, format).map((length) => (end += length));
};
const RULES = { gzip: [256 * KIB, 512 * KIB, 1024 * KIB], zstd: [512 * KIB, 1024 * KIB, 4096 * KIB] } as const;

const files = (count: number, size: (i: number) => number): Entry[] =>
  Array.from({ length: count }, (_, i) => zeros(`f${String(i).padStart(5, '0')}`, size(i)));
const TREES: Readonly<Record<string, FileTree>> = {
  ...Object.fromEntries(Object.entries(FIXTURES).map(([name, { tree }]) => [name, tree])),
  'small files': treeOf(files(3_000, (i) => (i * 7_919) % 6_000)),
  'files of all sizes': treeOf(files(120, (i) => 2 ** (i % 23))),
  'one large file among small ones': treeOf([...files(600, () => 900), zeros('f00300x', 20_000_000)]),
  'long and foreign names': treeOf(
    files(900, () => 3_000).map((entry) => ({ ...entry, path: `${entry.path}/${'é'.repeat(70)}` })),
  ),
  'directories only': treeOf(Array.from({ length: 4_000 }, (_, i) => directory(`d${i}`))),
};

describe.each(['gzip', 'zstd'] as const)('the blocks of a layer with %s', (compression) => {
  const format = { ...FORMAT, compression };

  it.each(Object.keys(TREES))('end where the bytes of the tar say: %s', async (name) => {
    const tree = TREES[name]!;
    const tar = await tarOf(tree);
    const ends = endsOf(tree, format);
    expect(ends).toEqual(endsIn(tar, RULES[compression]));
    expect(ends.at(-1)).toBe(tar.length);
  });

  it('end where the bytes of the tar say, for any sizes', async () => {
    const sizes = fc.array(
      fc.integer({ min: 0, max: 22 }).map((power) => 2 ** power - 1),
      { maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(sizes, async (list) => {
        const tree = treeOf(list.map((size, i) => zeros(`x${i}`, size)));
        expect(endsOf(tree, format)).toEqual(endsIn(await tarOf(tree), RULES[compression]));
      }),
      { numRuns: 30 },
    );
  });

  it('have about the same size, whatever files have', () => {
    const [least, mean] = RULES[compression];
    for (const size of [0, 500, 5_000, 50_000, 200_000]) {
      const lengths = lengthsOf(treeOf(files(Math.ceil(40_000_000 / (size + 512)), () => size)), format);
      const average = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
      expect(average).toBeGreaterThan(least);
      expect(average).toBeLessThan(2 * mean);
    }
  });
});

describe('the key of a block', () => {
  const keysOf = (entries: readonly Entry[]): Set<string> =>
    new Set(Array.from(cutBlocks(treeOf(entries), FORMAT), ({ key }) => key));
  const before = files(2_000, (i) => (i * 7_919) % 6_000);

  it('is the same exactly where the block is', () => {
    const known = keysOf(before);
    expect(keysOf([...before])).toEqual(known);
    const edits: readonly (readonly [string, (entry: Entry) => Entry])[] = [
      ['content', (entry) => ({ ...entry, digest: digestOf('other') }) as Entry],
      ['mode', (entry) => ({ ...entry, mode: 0o755 }) as Entry],
      ['owner', (entry) => ({ ...entry, uid: 7 }) as Entry],
      ['attribute', (entry) => ({ ...entry, xattrs: new Map([['user.a', Buffer.from('b')]]) }) as Entry],
    ];
    for (const [what, edit] of edits) {
      const fresh = [...keysOf(before.map((entry, i) => (i === 1_000 ? edit(entry) : entry)))];
      expect([what, fresh.filter((key) => !known.has(key)).length]).toEqual([what, 1]);
    }
  });
});
