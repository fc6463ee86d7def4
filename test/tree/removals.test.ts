import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TbuildError } from '../../src/errors/index.js';
import { assembleLayer, type Contribution, type Entry, overlay, treeOf } from '../../src/tree/index.js';
import { directory, file, lines, symlink, whiteout } from './support.js';

const base = treeOf([
  symlink('doc', 'usr/share/doc'),
  directory('etc', 'declared', 0o700),
  file('etc/motd', 'base'),
  symlink('loop', 'loop'),
  directory('usr', 'declared'),
  directory('usr/share', 'declared', 0o755, 7),
  directory('usr/share/doc', 'declared', 0o750),
  directory('usr/share/doc/a', 'declared'),
  file('usr/share/doc/a/x', 'base'),
  file('usr/share/doc/y', 'base'),
]);

const parents = ['usr/ 755', 'usr/share/ 755 7'];

function contribution(entries: readonly Entry[], replace = false): Contribution {
  return { tree: treeOf(entries), replace };
}

function assembled(contents: readonly (readonly Entry[])[]): readonly string[] {
  const { tree } = assembleLayer(
    base,
    contents.map((entries) => contribution(entries)),
  );
  return lines(tree.entries);
}

describe('a layer that removes', () => {
  const cases: readonly [string, readonly (readonly Entry[])[], readonly string[]][] = [
    ['has a marker, and its parents as they are below', [[whiteout('etc/motd')]], ['etc/ 700', '-etc/.wh.motd']],
    ['has one marker for a directory', [[whiteout('usr/share/doc')]], [...parents, '-usr/share/.wh.doc']],
    [
      'follows the symlinks on the way',
      [[whiteout('doc/y')]],
      [...parents, 'usr/share/doc/ 750', '-usr/share/doc/.wh.y'],
    ],
    ['removes a symlink, not what it leads to', [[whiteout('doc')]], ['-.wh.doc']],
    ['says nothing of what is not there', [[whiteout('etc/nothing'), whiteout('no/such/path')]], []],
    [
      'says a removal once',
      [[whiteout('usr/share/doc'), whiteout('usr/share/doc/a')], [whiteout('doc/y')], [whiteout('usr/share/doc')]],
      [...parents, '-usr/share/.wh.doc'],
    ],
    [
      'forgets removals in what it removes as a whole',
      [[whiteout('usr/share/doc/a/x')], [whiteout('usr/share')]],
      ['usr/ 755', '-usr/.wh.share'],
    ],
    [
      'puts a file at the place of a file without a marker, also an equal one',
      [[whiteout('etc/motd')], [file('etc/motd', 'base')]],
      ['etc/ 700', 'etc/motd 644'],
    ],
    [
      'puts a file at the place of a directory without a marker',
      [[whiteout('usr/share/doc')], [file('usr/share/doc')]],
      [...parents, 'usr/share/doc 644'],
    ],
    [
      'empties a directory that is to be there again, and gives it metadata of its own',
      [[whiteout('usr/share/doc')], [file('usr/share/doc/y', 'base')]],
      [...parents, 'usr/share/doc/ 755', '-usr/share/doc/.wh..wh..opq', 'usr/share/doc/y 644'],
    ],
    [
      'takes a walked directory as it is where the old one is gone',
      [[whiteout('usr/share/doc')], [directory('usr/share/doc', 'walked', 0o711)]],
      [...parents, 'usr/share/doc/ 711', '-usr/share/doc/.wh..wh..opq'],
    ],
    [
      'makes a directory at the place of a symlink without a marker',
      [[whiteout('doc')], [file('doc/y')]],
      ['doc/ 755', 'doc/y 644'],
    ],
    [
      'follows no symlink that is gone',
      [[file('doc/new')], [whiteout('doc')], [symlink('doc', 'etc')], [file('doc/newer')]],
      ['doc -> etc', 'etc/ 700', 'etc/newer 644', ...parents, 'usr/share/doc/ 750', 'usr/share/doc/new 644'],
    ],
    [
      'empties a directory that stays',
      [[whiteout('doc', true)], [file('doc/y', 'base')]],
      [...parents, 'usr/share/doc/ 750', '-usr/share/doc/.wh..wh..opq', 'usr/share/doc/y 644'],
    ],
    ['empties the root', [[whiteout('', true)], [file('etc/x')]], ['-.wh..wh..opq', 'etc/ 755', 'etc/x 644']],
  ];
  it.each(cases)('%s', (_title, contents, expected) => {
    expect(assembled(contents)).toEqual(expected);
  });

  it('counts what it ships again in place of what it removes', () => {
    const contents = [contribution([whiteout('etc/motd')]), contribution([file('etc/motd', 'new')])];
    expect(assembleLayer(base, contents).shippedTwiceBytes).toBe(4);
  });

  it('removes also what the layer itself has where it is told to replace', () => {
    const first = contribution([file('etc/motd', 'new'), file('etc/own')]);
    const { tree } = assembleLayer(base, [first, contribution([whiteout('etc')], true)]);
    expect(lines(tree.entries)).toEqual(['-.wh.etc']);
  });

  it('empties a directory that was replaced by a file and comes back', () => {
    const contents = [contribution([file('usr')], true), contribution([directory('usr')], true)];
    expect(lines(assembleLayer(base, contents).tree.entries)).toEqual(['usr/ 755', '-usr/.wh..wh..opq']);
  });

  const refused: readonly [string, string, RegExp, readonly (readonly Entry[])[]][] = [
    [
      'what an earlier content puts there',
      'path-clash',
      /^files \.\/test removes what files \.\/one puts at "\/etc\/motd" in the same layer$/,
      [[file('etc/motd', 'new', { label: 'files ./one' })], [whiteout('etc/motd')]],
    ],
    [
      'what an earlier content puts below it',
      'path-clash',
      /puts at "\/usr\/share\/doc\/b\/c"/,
      [[file('doc/b/c')], [whiteout('usr/share/doc')]],
    ],
    [
      'what is below a file',
      'path-conflict',
      /^Cannot remove "\/etc\/motd\/x": "\/etc\/motd" is a file/,
      [[whiteout('etc/motd/x')]],
    ],
    ['what is behind symlinks in a circle', 'path-conflict', /^Cannot remove "\/loop\/x"/, [[whiteout('loop/x')]]],
  ];
  it.each(refused)('cannot remove %s', (_title, code, message, contents) => {
    expect(() => assembled(contents)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });
});

/** What the steps make of a tree when each is done at once, as on a disk. */
function doneOnDisk(lower: readonly Entry[], steps: readonly Entry[]): string[] {
  const disk = new Map(lower.map((entry) => [entry.path, entry]));
  const clear = (path: string): void => {
    for (const at of [...disk.keys()]) if (at === path || at.startsWith(`${path}/`)) disk.delete(at);
  };
  for (const step of steps) {
    if (step.kind === 'whiteout') {
      clear(step.removes);
      continue;
    }
    if (step.kind !== 'directory' || disk.get(step.path)?.kind !== 'directory') {
      clear(step.path);
      disk.set(step.path, step);
    }
    const names = step.path.split('/');
    for (let i = 1; i < names.length; i++) {
      const parent = names.slice(0, i).join('/');
      if (!disk.has(parent)) disk.set(parent, directory(parent));
    }
  }
  return facts([...disk.values()]);
}

function facts(entries: readonly Entry[]): string[] {
  return treeOf(entries).entries.map((entry) =>
    entry.kind === 'file' ? `${entry.path} ${entry.digest}` : lines([entry])[0]!,
  );
}

describe('the layer of any steps', () => {
  const path = fc.array(fc.constantFrom('a', 'b', '+'), { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
  const putting = path.map((at) => file(at, `new ${at}`));
  const making = path.map((at) => directory(at));
  const removing = path.map((at) => whiteout(at));

  it('gives what the steps give on a disk', () => {
    let made = 0;
    fc.assert(
      fc.property(
        fc.uniqueArray(path, { maxLength: 8 }),
        fc.array(fc.oneof(putting, making, removing), { maxLength: 8 }),
        (old, steps) => {
          const isDirectory = (at: string): boolean => old.some((other) => other.startsWith(`${at}/`));
          const files = old.filter((at) => !isDirectory(at)).map((at) => file(at, 'old'));
          const holders = new Set(
            files.flatMap((entry) => [...entry.path.matchAll(/\//g)].map((m) => entry.path.slice(0, m.index))),
          );
          const lower = treeOf([...files, ...[...holders].map((at) => directory(at, 'declared', 0o700))]);
          let layer: readonly Entry[];
          try {
            layer = assembleLayer(
              lower,
              steps.map((step) => contribution([step], true)),
            ).tree.entries;
          } catch (error) {
            // A file stands where a step needs a directory: a disk would refuse that as well.
            if (error instanceof TbuildError && error.code === 'path-conflict') return;
            throw error;
          }
          made++;
          expect(facts(overlay(lower, treeOf(layer)).entries)).toEqual(doneOnDisk(lower.entries, steps));
        },
      ),
      { numRuns: 1500 },
    );
    expect(made).toBeGreaterThan(500);
  });
});
