import { describe, expect, it } from 'vitest';
import { readArtifactFiles } from '../../src/inputs/artifact-files.js';
import { treeOf } from '../../src/tree/index.js';
import { directory, file, symlink } from '../tree/support.js';
import { artifactContent, at, failureOf, lines, selection } from './support.js';

const output = treeOf([
  directory('bin'),
  file('bin/server', 'binary', { mode: 0o755 }),
  symlink('bin/latest', 'server'),
  symlink('current', 'bin'),
  symlink('loop', 'loop'),
  symlink('outside', '/usr/bin/server'),
  directory('share'),
  file('share/a.txt', 'a'),
  file('share/b.map', 'b'),
]);

const read = async (path: string, to: string, more = {}) => readArtifactFiles(artifactContent(path, to, more), output);

describe('the output of an artifact', () => {
  const cases: readonly [path: string, to: string, expected: readonly string[]][] = [
    ['bin/server', '/usr/bin/app', ['755 usr/bin/app']],
    ['bin/server', '/usr/bin/', ['755 usr/bin/server']],
    ['bin/latest', '/app', ['755 app']],
    ['current/server', '/app', ['755 app']],
    ['current', '/b', ['755 b', 'b/latest -> server', '755 b/server']],
    ['share', '/s/', ['755 s', '644 s/a.txt', '644 s/b.map']],
    ['share', '/', ['644 a.txt', '644 b.map']],
  ];
  it.each(cases)('goes from %s to %s', async (path, to, expected) => {
    expect(lines(await read(path, to))).toEqual(expected);
  });

  it('goes as a whole, or in parts', async () => {
    const chosen = selection(['**/*.txt', 'bin'], ['**/latest']);
    const tree = await read('', '/app', { selection: chosen, owner: { uid: 5, gid: 6 } });
    expect(lines(tree)).toEqual([
      '755 app',
      '755 app/bin',
      '755 app/bin/server',
      '755 app/share',
      '644 app/share/a.txt',
    ]);
    expect(tree.entries.every((entry) => 'uid' in entry && entry.uid === 5 && entry.gid === 6)).toBe(true);
    expect(tree.get('app/share/a.txt')?.origin).toEqual({
      kind: 'artifact',
      label: 'artifact server',
      source: 'share/a.txt',
      at,
    });
  });

  it.each(['bin/sever', 'loop', 'outside', 'share/a.txt/x', 'x'])('has nothing at %s', async (path) => {
    const error = await failureOf(() => read(path, '/x'));
    expect(error.code).toBe('artifact-output');
    expect(error.message).toBe(`Artifact "server" has no "${path}" in its output`);
    expect(error.hint).toContain('The output holds "bin/latest", "bin/server"');
    expect(error.hint?.startsWith('Did you mean "bin/server"?')).toBe(path === 'bin/sever');
  });

  it('is missed by a pattern', async () => {
    const error = await failureOf(() => read('share', '/x', { selection: selection(['*.typo']) }));
    expect([error.code, error.at?.text]).toEqual(['input-empty', '*.typo']);
  });
});
