import { linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { need } from '../support/programs.js';
import { outputOf } from '../support/run.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { readAll } from './support.js';

const directory = temporaryDirectory();
const LONG = `d/${'n'.repeat(120)}`;
const TARGET = 't'.repeat(130);

beforeAll(() => {
  const root = join(directory.path, 'tree');
  mkdirSync(join(root, 'd/e'), { recursive: true });
  writeFileSync(join(root, 'a'), 'hello');
  linkSync(join(root, 'a'), join(root, 'b'));
  symlinkSync('../a', join(root, 'd/l'));
  // What V7 and ustar cannot hold.
  writeFileSync(join(root, LONG), 'long');
  writeFileSync(join(root, 'd/é'), '');
  symlinkSync(TARGET, join(root, 'd/m'));
});

const plain = ['a file hello', 'b hardlink a', 'd directory', 'd/e directory', 'd/l symlink ../a'];
const all = [...plain, `${LONG} file long`, 'd/é file', `d/m symlink ${TARGET}`].sort();

const PYTHON = `
import sys, tarfile
with tarfile.open(sys.argv[1], 'w', format=int(sys.argv[2])) as t:
    t.add('.', filter=lambda m: m)
`;

/** Program, its arguments between the archive's name and the paths, and whether it holds names of any length. */
const tools: readonly (readonly [title: string, command: readonly string[], isPlain: boolean])[] = [
  ...['gnu', 'oldgnu', 'pax'].map(
    (format) => [`GNU tar, ${format}`, ['tar', `--format=${format}`, '-cf'], false] as const,
  ),
  ...['ustar', 'v7'].map((format) => [`GNU tar, ${format}`, ['tar', `--format=${format}`, '-cf'], true] as const),
  ...['pax', 'gnutar'].map((format) => [`bsdtar, ${format}`, ['bsdtar', `--format=${format}`, '-cf'], false] as const),
  ['bsdtar, ustar', ['bsdtar', '--format=ustar', '-cf'], true],
  ['busybox', ['busybox', 'tar', '-cf'], true],
  ['Python, PAX', ['python3', '-c', PYTHON, '2'], false],
  ['Python, GNU', ['python3', '-c', PYTHON, '1'], false],
];

for (const [title, [program, ...args], isPlain] of tools) {
  describe.skipIf(!need(program!))(`the reader takes an archive of ${title}`, () => {
    it('with the members that went in', async () => {
      const file = join(directory.path, `${title}.tar`);
      const given = program === 'python3' ? [...args.slice(0, 2), file, args[2]!] : [...args, file];
      const paths = isPlain ? ['./a', './b', './d/e', './d/l'] : ['.'];
      const env = { LC_ALL: 'C.UTF-8' };
      await outputOf(program!, program === 'python3' ? given : [...given, ...paths], {
        cwd: join(directory.path, 'tree'),
        env,
      });
      const found = await readAll([readFileSync(file)]);
      const shown = found.map(({ member: { path, kind, linkTarget }, body }) =>
        `${path} ${kind} ${linkTarget ?? body}`.trim(),
      );
      // Whichever of the two names comes first is the file.
      const swapped = shown.includes('b file hello') ? ['b file hello', 'a hardlink b'] : [];
      const rest = (isPlain ? plain.filter((line) => line !== 'd directory') : all).filter(
        (line) => swapped.length === 0 || !/^[ab] /.test(line),
      );
      expect(shown.sort()).toEqual([...swapped, ...rest].sort());
    });
  });
}
