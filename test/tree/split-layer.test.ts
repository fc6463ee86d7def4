import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assembleLayer,
  digestOfTree,
  type Entry,
  emptyTree,
  type FileTree,
  overlay,
  splitLayer,
  treeOf,
} from '../../src/tree/index.js';
import { directory, file, lines, symlink, whiteout } from './support.js';

/** The package that a test entry is of: the text after `@` in its name. */
const groupOf = ({ path }: Entry): string | undefined => /@([a-z]+)$/.exec(path)?.[1];

function split(entries: readonly Entry[]): [string | undefined, string[]][] {
  return [...splitLayer(treeOf(entries), groupOf)].map(([group, tree]) => [group, lines(tree.entries)]);
}

describe('a layer that is split', () => {
  const cases: readonly [string, readonly Entry[], readonly [string | undefined, readonly string[]][]][] = [
    [
      'has a part for each group, sorted, and the rest last',
      [file('0'), file('1@b'), symlink('2@a', 'x')],
      [
        ['a', ['2@a -> x']],
        ['b', ['1@b 644']],
        [undefined, ['0 644']],
      ],
    ],
    [
      'has the parents in every part that needs them, with their metadata',
      [directory('d', 'declared', 0o1777), file('d/x@a'), file('d/y@b')],
      [
        ['a', ['d/ 1777', 'd/x@a 644']],
        ['b', ['d/ 1777', 'd/y@b 644']],
      ],
    ],
    [
      'asks only an empty directory for its group',
      [directory('d@a'), file('d@a/x@b'), directory('e@a')],
      [
        ['a', ['e@a/ 755']],
        ['b', ['d@a/ 755', 'd@a/x@b 644']],
      ],
    ],
    [
      'keeps removals in the rest',
      [directory('d'), whiteout('d/x@a'), file('d/y@a')],
      [
        ['a', ['d/ 755', 'd/y@a 644']],
        [undefined, ['d/ 755', '-d/.wh.x@a']],
      ],
    ],
    [
      'keeps what is put into an emptied directory beside the removal',
      [directory('d'), whiteout('d', true), directory('d/e'), file('d/e/x@a'), file('f@a')],
      [
        ['a', ['f@a 644']],
        [undefined, ['d/ 755', '-d/.wh..wh..opq', 'd/e/ 755', 'd/e/x@a 644']],
      ],
    ],
    ['has no part at all for nothing', [], []],
  ];
  it.each(cases)('%s', (_title, entries, expected) => {
    expect(split(entries)).toEqual(expected);
  });
});

const name = fc.constantFrom('+', 'a', 'b@p', 'c@q', 'd@r');
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));

function ancestors(at: string): string[] {
  return [...at.matchAll(/\//g)].map((slash) => at.slice(0, slash.index));
}

/** A whole tree: every path is a file, or a directory where another lies below it. */
function wholeTree(paths: readonly string[], mode: number): FileTree {
  const holders = new Set(paths.flatMap(ancestors));
  const files = paths.filter((at) => !holders.has(at)).map((at) => file(at, `${mode}`));
  return treeOf([...files, ...[...holders].map((at) => directory(at, 'declared', mode))]);
}

function orders<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, i) =>
    orders([...items.slice(0, i), ...items.slice(i + 1)]).map((rest) => [item, ...rest]),
  );
}

describe('any layer that is split', () => {
  const paths = fc.uniqueArray(path, { maxLength: 10 });

  it('gives the same image in any order of its parts', () => {
    fc.assert(
      fc.property(paths, paths, paths, (below, removed, put) => {
        const lower = wholeTree(below, 0o700);
        const isPath = (at: string): boolean =>
          ![...ancestors(at)].some((parent) => lower.get(parent)?.kind === 'file');
        const contents = [
          treeOf(removed.filter(isPath).map((at) => whiteout(at))),
          wholeTree(put.filter(isPath), 0o755),
        ];
        const layer = assembleLayer(
          lower,
          contents.map((tree) => ({ tree, replace: true })),
        ).tree;
        const parts = splitLayer(layer, groupOf);
        const whole = digestOfTree(overlay(lower, layer));
        for (const order of orders([...parts.values()])) {
          expect(digestOfTree(order.reduce(overlay, lower))).toBe(whole);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('loses nothing, and every entry but parents is in one part', () => {
    fc.assert(
      fc.property(paths, (put) => {
        const layer = wholeTree(put, 0o755);
        const parts = [...splitLayer(layer, groupOf).values()];
        expect(digestOfTree(parts.reduce(overlay, emptyTree))).toBe(digestOfTree(layer));
        const leaves = parts.flatMap(({ entries }) => entries.filter(({ kind }) => kind !== 'directory'));
        expect(leaves.length).toBe(layer.entries.filter(({ kind }) => kind !== 'directory').length);
      }),
      { numRuns: 300 },
    );
  });
});
