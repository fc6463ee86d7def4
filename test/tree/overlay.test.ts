import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeListing,
  diffTrees,
  digestOfTree,
  type Entry,
  emptyTree,
  encodeListing,
  overlay,
  treeOf,
} from '../../src/tree/index.js';
import { directory, file, lines, symlink, whiteout } from './support.js';

const lower = treeOf([
  directory('a'),
  file('a/x'),
  file('a/y'),
  file('a-b'),
  directory('d'),
  directory('d/e'),
  file('d/e/f'),
  symlink('s', 'a'),
]);

describe('a layer over another', () => {
  const cases: readonly [string, readonly Entry[], readonly string[]][] = [
    [
      'a whiteout removes a file',
      [whiteout('a/x')],
      ['a/ 755', 'a-b 644', 'a/y 644', 'd/ 755', 'd/e/ 755', 'd/e/f 644', 's -> a'],
    ],
    [
      'a whiteout removes a directory with all below',
      [whiteout('d')],
      ['a/ 755', 'a-b 644', 'a/x 644', 'a/y 644', 's -> a'],
    ],
    [
      'an opaque directory hides what was below it',
      [directory('a'), whiteout('a', true), file('a/z')],
      ['a/ 755', 'a-b 644', 'a/z 644', 'd/ 755', 'd/e/ 755', 'd/e/f 644', 's -> a'],
    ],
    [
      'a file replaces a directory with all below',
      [file('d')],
      ['a/ 755', 'a-b 644', 'a/x 644', 'a/y 644', 'd 644', 's -> a'],
    ],
    [
      'a directory replaces a symlink',
      [directory('s'), file('s/x')],
      ['a/ 755', 'a-b 644', 'a/x 644', 'a/y 644', 'd/ 755', 'd/e/ 755', 'd/e/f 644', 's/ 755', 's/x 644'],
    ],
    [
      'a file below a symlink, without the directory listed, makes a directory of the symlink',
      [file('s/t/x')],
      ['a/ 755', 'a-b 644', 'a/x 644', 'a/y 644', 'd/ 755', 'd/e/ 755', 'd/e/f 644', 's/ 755', 's/t/ 755', 's/t/x 644'],
    ],
    [
      'a file below a directory that nobody lists makes it',
      [file('n/m/x')],
      [
        'a/ 755',
        'a-b 644',
        'a/x 644',
        'a/y 644',
        'd/ 755',
        'd/e/ 755',
        'd/e/f 644',
        'n/ 755',
        'n/m/ 755',
        'n/m/x 644',
        's -> a',
      ],
    ],
    [
      'a file below a directory that the same layer removes makes it again',
      [whiteout('d'), file('d/e/x')],
      ['a/ 755', 'a-b 644', 'a/x 644', 'a/y 644', 'd/ 755', 'd/e/ 755', 'd/e/x 644', 's -> a'],
    ],
    [
      'a whiteout below nothing makes nothing',
      [whiteout('n/x')],
      ['a/ 755', 'a-b 644', 'a/x 644', 'a/y 644', 'd/ 755', 'd/e/ 755', 'd/e/f 644', 's -> a'],
    ],
  ];
  it.each(cases)('%s', (_title, entries, expected) => {
    expect(lines(overlay(lower, treeOf(entries)).entries)).toEqual(expected);
  });

  it('replaces a directory that no layer listed, with all below', () => {
    const unlisted = overlay(emptyTree, treeOf([file('n/m/x'), file('n/y')]));
    expect(lines(unlisted.entries)).toEqual(['n/ 755', 'n/m/ 755', 'n/m/x 644', 'n/y 644']);
    expect(lines(overlay(unlisted, treeOf([symlink('n', 'etc')])).entries)).toEqual(['n -> etc']);
  });

  it('equals a naive model for any two sets of files', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-c]{1,3}$/), { maxLength: 12 });
    fc.assert(
      fc.property(names, names, (a, b) => {
        const merged = overlay(treeOf(a.map((n) => file(n, 'lower'))), treeOf(b.map((n) => file(n, 'upper'))));
        const model = new Map([
          ...a.map((n): [string, string] => [n, 'lower']),
          ...b.map((n): [string, string] => [n, 'upper']),
        ]);
        const expected = treeOf([...model].map(([name, text]) => file(name, text)));
        expect(digestOfTree(merged)).toBe(digestOfTree(expected));
        expect([...diffTrees(merged, expected)]).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the order of entries', () => {
  it('is that of the UTF-8 bytes for any names, and parents come first', () => {
    const name = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 4 })
      .filter((text) => !/\p{Surrogate}/u.test(text) && !/[\0/]/.test(text));
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(fc.uniqueArray(path, { maxLength: 20 }), (paths) => {
        const sorted = treeOf(paths.map((p) => file(p))).entries.map((entry) => entry.path);
        const bytes = [...paths].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        expect(sorted).toEqual(bytes);
      }),
      { numRuns: 2000 },
    );
  });

  it('puts an astral name after U+FFFD, unlike UTF-16', () => {
    expect(treeOf([file('\u{1f600}'), file('\ufffd')]).entries.map((entry) => entry.path)).toEqual([
      '\ufffd',
      '\u{1f600}',
    ]);
  });
});

describe('a listing', () => {
  it('keeps every fact', () => {
    const xattrs = new Map([['security.capability', Buffer.from([1, 0, 255])]]);
    const device: Entry = {
      kind: 'character-device',
      path: 'null',
      mode: 0o666,
      uid: 0,
      gid: 0,
      deviceMajor: 1,
      deviceMinor: 3,
      origin: { kind: 'base', label: 'base' },
    };
    const tree = treeOf([
      ...lower.entries,
      whiteout('gone'),
      whiteout('opq', true),
      { ...file('cap'), xattrs } as Entry,
      {
        ...file('tab\tline\nback\\slash\\t'),
        origin: { kind: 'files', label: 'x\ty', source: 'a\tb\\n', why: 'w' },
      } as Entry,
      { ...file('other'), origin: { kind: 'files', label: 'x\ty', source: 'c' } } as Entry,
      directory('declared', 'declared'),
      directory('implied', 'implied'),
      symlink('link', 'to\tthere\\'),
      device,
    ]);
    const back = decodeListing(encodeListing(tree), () => []);
    expect(digestOfTree(back)).toBe(digestOfTree(tree));
    expect(lines(back.entries)).toEqual(lines(tree.entries));
    for (const { path, ...entry } of tree.entries) {
      const { open, ...facts } = { open: undefined, ...entry };
      expect({ path, ...back.get(path), open: undefined }).toEqual({ path, ...facts, open: undefined });
    }
  });
});
