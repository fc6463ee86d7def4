import { describe, expect, it } from 'vitest';
import { readRemove } from '../../src/inputs/remove.js';
import type { RemoveContent } from '../../src/manifest/index.js';
import { type Entry, type FileTree, treeOf } from '../../src/tree/index.js';
import { directory, file, lines, symlink } from '../tree/support.js';
import { at, failureOf } from './support.js';

const base = treeOf([
  symlink('bin', 'usr/bin'),
  file('etc', 'a file'),
  symlink('loop', 'loop'),
  directory('usr'),
  directory('usr/bin'),
  file('usr/bin/perl'),
  symlink('usr/bin/python', 'python3'),
  directory('usr/share'),
  directory('usr/share/doc'),
  file('usr/share/doc/x'),
]);

function remove(...paths: readonly string[]): RemoveContent {
  const places = paths.map((path, i) => ({ path, at: { ...at, line: 10 + i } }));
  return { kind: 'remove', paths: places, owner: { uid: 0, gid: 0 }, replace: false, at };
}

const read = (content: RemoveContent, below: FileTree = base): readonly Entry[] =>
  readRemove(content, { below: () => below }).entries;

describe('what is removed', () => {
  const cases: readonly [string, readonly string[], readonly string[]][] = [
    ['is a file', ['usr/bin/perl'], ['-usr/bin/.wh.perl']],
    ['is a directory as a whole', ['usr/share/doc'], ['-usr/share/.wh.doc']],
    ['is found through symlinks', ['bin/perl'], ['-usr/bin/.wh.perl']],
    ['is a symlink itself', ['bin', 'usr/bin/python'], ['-.wh.bin', '-usr/bin/.wh.python']],
    ['is removed once', ['bin/perl', 'usr/bin/perl'], ['-usr/bin/.wh.perl']],
  ];
  it.each(cases)('%s', (_title, paths, expected) => {
    expect(lines(read(remove(...paths)))).toEqual(expected);
  });

  it('has the place where it was asked for', () => {
    const [entry] = read(remove('usr', 'bin'));
    expect(entry).toMatchObject({
      removes: 'bin',
      opaque: false,
      origin: { kind: 'remove', label: 'remove /bin', at: { line: 11 } },
    });
  });

  it('is looked for by name alone, so that a lock tells enough', () => {
    const asked: string[] = [];
    const below: FileTree = {
      get entries(): never {
        throw new Error('the whole tree');
      },
      get: (path) => {
        asked.push(path);
        return base.get(path);
      },
    };
    expect(read(remove('bin/perl'), below).length).toBe(1);
    expect(new Set(asked)).toEqual(new Set(['bin', 'usr', 'usr/bin', 'usr/bin/perl']));
  });

  const missing: readonly [string, string, string | undefined][] = [
    ['usr/share/docs', '/usr/share/docs', 'Did you mean "/usr/share/doc"?'],
    ['bni/perl', '/bni/perl', 'Did you mean "/bin/perl"?'],
    ['bin/pearl', '/bin/pearl', 'Did you mean "/bin/perl"?'],
    ['usr/share/doc/something', '/usr/share/doc/something', undefined],
    ['etc/passwd', '/etc/passwd', undefined],
    ['loop/x', '/loop/x', undefined],
    ['usr/share/*', '/usr/share/*', 'A path to remove is no pattern: name each, or their directory.'],
  ];
  it.each(missing)('must be there: %s', async (path, shown, hint) => {
    const error = await failureOf(() => read(remove('usr/bin/perl', path)));
    expect(error.code).toBe('input-empty');
    expect(error.message).toBe(`Cannot remove "${shown}": the layers below have nothing there`);
    expect(error.hint).toBe(hint);
    expect(error.at).toMatchObject({ line: 11 });
  });
});
