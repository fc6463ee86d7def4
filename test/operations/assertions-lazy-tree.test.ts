import fc from 'fast-check';
import { expect, it } from 'vitest';
import { withLayersNeeded } from '../../src/operations/lazy-tree.js';
import { type Entry, emptyTree, type FileTree, overlay, treeOf } from '../../src/tree/index.js';
import { directory, file, symlink, whiteout } from '../tree/support.js';

const PATHS = ['a', 'a/b', 'a/b/c', 'a/d', 'e', 'e/f'];

/** One thing at a path of a layer; parents are listed as layers of tbuild do, or not. */
const item = fc.tuple(fc.constantFrom(...PATHS), fc.constantFrom('file', 'directory', 'link', 'whiteout', 'opaque'));

function entryOf([path, kind]: readonly [string, string], text: string): Entry {
  if (kind === 'directory') return directory(path);
  if (kind === 'link') return symlink(path, 'target');
  if (kind === 'whiteout') return whiteout(path);
  return kind === 'opaque' ? whiteout(path, true) : file(path, text);
}

/** A layer without what no layer has: something below what is no directory. */
function layerOf(items: readonly (readonly [string, string])[], text: string): FileTree {
  const entries = new Map<string, Entry>();
  for (const one of items) {
    const entry = entryOf(one, text);
    entries.set(entry.path, entry);
  }
  const isBelowOther = ({ path }: Entry): boolean =>
    [...entries.values()].some(
      (other) => other.kind !== 'directory' && other.kind !== 'whiteout' && path.startsWith(`${other.path}/`),
    );
  return treeOf([...entries.values()].filter((entry) => !isBelowOther(entry)));
}

it('says of every path what all layers together say, however few of them it reads', async () => {
  const layers = fc.array(fc.array(item, { maxLength: 5 }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(layers, fc.constantFrom(...PATHS), async (items, path) => {
      const trees = items.map((one, position) => layerOf(one, `layer ${position}`));
      const whole = trees.reduce((below, layer) => overlay(below, layer), emptyTree);
      const readers = trees.map((tree) => async () => tree);
      const { result } = await withLayersNeeded(readers, (tree) => tree.get(path));
      const factsOf = (entry: Entry | undefined) => (entry === undefined ? undefined : { ...entry, open: undefined });
      expect(factsOf(result)).toEqual(factsOf(whole.get(path)));
    }),
  );
});

it('reads no layer below the one that decides', async () => {
  const read: number[] = [];
  const trees = [treeOf([file('a')]), treeOf([directory('e'), file('e/f')]), treeOf([whiteout('a')])];
  const readers = trees.map((tree, position) => async () => {
    read.push(position);
    return tree;
  });
  const look = async (path: string) => (await withLayersNeeded(readers, (tree) => tree.get(path)?.path)).result;
  expect([await look('a'), read.splice(0)]).toEqual([undefined, [2]]);
  expect([await look('e/f'), read.splice(0)]).toEqual(['e/f', [2, 1]]);
  expect([await look('none'), read.splice(0)]).toEqual([undefined, [2, 1, 0]]);
});
