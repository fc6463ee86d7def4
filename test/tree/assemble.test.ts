import { describe, expect, it } from 'vitest';
import { TbuildError } from '../../src/errors/index.js';
import { assembleLayer, type Entry, emptyTree, overlay, treeOf } from '../../src/tree/index.js';
import { directory, file, lines, symlink } from './support.js';

const base = treeOf([
  directory('etc', 'declared'),
  file('etc/hostname', 'base'),
  symlink('lib', 'usr/lib'),
  symlink('loop', 'loop2'),
  symlink('loop2', 'loop'),
  symlink('out', '../../../outside/here'),
  directory('tmp', 'declared', 0o1777),
  directory('usr', 'declared'),
  directory('usr/lib', 'declared', 0o755, 7),
  symlink('var', '/usr/lib/var'),
]);

function layer(...contents: readonly (readonly Entry[])[]): string[] {
  const contributions = contents.map((entries) => ({ tree: treeOf(entries), replace: false }));
  return lines(assembleLayer(base, contributions).tree.entries);
}

function failure(...contents: readonly (readonly Entry[])[]): TbuildError {
  try {
    layer(...contents);
  } catch (error) {
    if (error instanceof TbuildError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

describe('a layer on top of a base', () => {
  const cases: readonly [string, readonly (readonly Entry[])[], readonly string[]][] = [
    ['carries the parents with the metadata of the base', [[file('tmp/x')]], ['tmp/ 1777', 'tmp/x 644']],
    ['follows a symlink of the base', [[file('lib/x')]], ['usr/ 755', 'usr/lib/ 755 7', 'usr/lib/x 644']],
    [
      'follows an absolute symlink of the base',
      [[file('var/x')]],
      ['usr/ 755', 'usr/lib/ 755 7', 'usr/lib/var/ 755', 'usr/lib/var/x 644'],
    ],
    [
      'never leaves the root through a symlink',
      [[file('out/x')]],
      ['outside/ 755', 'outside/here/ 755', 'outside/here/x 644'],
    ],
    [
      'merges a walked directory into what a symlink leads to',
      [[directory('lib', 'walked', 0o700), file('lib/x')]],
      ['usr/ 755', 'usr/lib/ 755 7', 'usr/lib/x 644'],
    ],
    [
      'keeps the directory of the base when an input has it too',
      [[directory('tmp'), file('tmp/x')]],
      ['tmp/ 1777', 'tmp/x 644'],
    ],
    ['changes a directory of the base when it is declared', [[directory('tmp', 'declared', 0o755)]], ['tmp/ 755']],
    ['leaves out what the base has already', [[file('etc/hostname', 'base')]], []],
    ['ships a changed file', [[file('etc/hostname', 'new')]], ['etc/ 755', 'etc/hostname 644']],
    ['replaces a symlink of the base by a file', [[file('lib')]], ['lib 644']],
    ['makes missing parents with 0755', [[file('a/b/c')]], ['a/ 755', 'a/b/ 755', 'a/b/c 644']],
    [
      'follows a symlink that the layer itself makes',
      [[symlink('s', '/d')], [file('s/x')]],
      ['d/ 755', 'd/x 644', 's -> /d'],
    ],
    ['merges equal files of two contents', [[file('a', 'same')], [file('a', 'same')]], ['a 644']],
    [
      'lets a declared directory win over a walked one',
      [[directory('d'), file('d/x')], [directory('d', 'declared', 0o700)]],
      ['d/ 700', 'd/x 644'],
    ],
    [
      'lets a walked directory win over an implied one',
      [[file('d/x')], [directory('d', 'walked', 0o755, 9)]],
      ['d/ 755 9', 'd/x 644'],
    ],
  ];
  it.each(cases)('%s', (_title, contents, expected) => {
    expect(layer(...contents)).toEqual(expected);
  });

  it('says how many bytes are hidden in lower layers', () => {
    const contributions = [{ tree: treeOf([file('etc/hostname', 'newer')]), replace: false }];
    expect(assembleLayer(base, contributions).shippedTwiceBytes).toBe(4);
  });

  it('follows symlinks that an earlier layer put on top of the base', () => {
    const lower = overlay(base, treeOf([symlink('opt', 'tmp')]));
    const { tree } = assembleLayer(lower, [{ tree: treeOf([file('opt/x')]), replace: false }]);
    expect(lines(tree.entries)).toEqual(['tmp/ 1777', 'tmp/x 644']);
  });

  it('replaces what it is told to replace', () => {
    const first = { tree: treeOf([file('d/x'), file('d/y'), file('f', 'one')]), replace: false };
    const second = { tree: treeOf([file('d', 'a file now'), file('f', 'two'), file('usr', 'gone')]), replace: true };
    expect(lines(assembleLayer(base, [first, second]).tree.entries)).toEqual(['d 644', 'f 644', 'usr 644']);
  });

  it('keeps nothing for no contents', () => {
    expect(assembleLayer(emptyTree, []).tree.entries).toEqual([]);
  });
});

describe('a layer that cannot be', () => {
  const cases: readonly [string, string, RegExp, readonly (readonly Entry[])[]][] = [
    [
      'two files with one path',
      'path-clash',
      /"\/a" is claimed by files \.\/one and by files \.\/two, which differ in content/,
      [[file('a', '1', { label: 'files ./one' })], [file('a', '2', { label: 'files ./two' })]],
    ],
    ['two owners of one file', 'path-clash', /differ in owner/, [[file('a', 'x')], [file('a', 'x', { uid: 1 })]]],
    [
      'two walked directories with other owners',
      'path-clash',
      /differ in owner/,
      [[directory('d')], [directory('d', 'walked', 0o755, 1)]],
    ],
    ['a file where another content has a directory', 'path-clash', /differ in kind/, [[file('d/x')], [file('d')]]],
    [
      'a path below a file of the same layer',
      'path-conflict',
      /"\/a" is a file from files \.\/test, not a directory/,
      [[file('a')], [file('a/b')]],
    ],
    ['a path below a file of the base', 'path-conflict', /"\/etc\/hostname" is a file/, [[file('etc/hostname/x')]]],
    ['a file over a directory of the base', 'path-conflict', /puts a file at "\/usr"/, [[file('usr')]]],
    ['a symlink over a directory of the base', 'path-conflict', /puts a symlink at "\/tmp"/, [[symlink('tmp', 'x')]]],
    [
      'a directory over a file of the base',
      'path-conflict',
      /puts a directory at "\/etc\/hostname"/,
      [[directory('etc/hostname')]],
    ],
    ['symlinks in a circle', 'path-conflict', /in a circle/, [[file('loop/x')]]],
    [
      'two names that symlinks make one',
      'path-clash',
      /"\/usr\/lib\/x"/,
      [[file('lib/x', '1')], [file('usr/lib/x', '2')]],
    ],
  ];
  it.each(cases)('is refused: %s', (_title, code, message, contents) => {
    const error = failure(...contents);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });
});
