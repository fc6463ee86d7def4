import { describe, expect, it } from 'vitest';
import { mergePackages } from '../../src/inputs/debian/merge-packages.js';
import { slimTree } from '../../src/inputs/debian/slim.js';
import { addStatusFiles } from '../../src/inputs/debian/status-files.js';
import { mayReplace } from '../../src/inputs/index.js';
import { digestOf } from '../../src/oci/index.js';
import { assembleLayer, type Entry, emptyTree, type FileTree, treeOf } from '../../src/tree/index.js';
import { directory, file, lines, symlink } from '../tree/support.js';
import { debianContent, md5Of, packageWith } from './debian-support.js';
import { failureOf, textOf } from './support.js';

const ALIASES = ['bin -> usr/bin', 'lib -> usr/lib', 'sbin -> usr/sbin'];

/** What is there besides the three aliases that are always made. */
function merged(packages: Parameters<typeof mergePackages>[0], below: FileTree = emptyTree): string[] {
  return lines(mergePackages(packages, below).entries).filter((line) => !ALIASES.includes(line));
}

const dir = (path: string, mode = 0o755): Entry => directory(path, 'walked', mode);

describe('usr-merge', () => {
  const old = packageWith('old', [
    dir('bin'),
    file('bin/sh'),
    dir('lib'),
    dir('lib/x'),
    file('lib/x/y'),
    dir('lib64'),
    symlink('lib64/ld.so', '/lib/x/y'),
  ]);

  it('moves what packages have in the root, and makes symlinks for it', () => {
    expect(lines(mergePackages([old], emptyTree).entries)).toEqual([
      'bin -> usr/bin',
      'lib -> usr/lib',
      'lib64 -> usr/lib64',
      'sbin -> usr/sbin',
      'usr/ 755',
      'usr/bin/ 755',
      'usr/bin/sh 644',
      'usr/lib/ 755',
      'usr/lib/x/ 755',
      'usr/lib/x/y 644',
      'usr/lib64/ 755',
      'usr/lib64/ld.so -> /lib/x/y',
    ]);
  });

  it('makes the symlink of a rarer directory also where packages are merged themselves', () => {
    const tree = mergePackages([packageWith('new', [file('usr/lib64/ld.so')])], emptyTree);
    expect(lines(tree.entries)).toContain('lib64 -> usr/lib64');
    expect(lines(tree.entries)).not.toContain('lib32 -> usr/lib32');
  });

  it('takes the same symlinks from packages that have them', () => {
    expect(merged([packageWith('base-files', [symlink('lib', 'usr/lib'), file('usr/lib/new')]), old])).toContain(
      'usr/lib/x/y 644',
    );
  });

  it('refuses other symlinks of packages there, naming the package', async () => {
    const failure = await failureOf(() => mergePackages([packageWith('odd', [symlink('lib', '/etc')])], emptyTree));
    expect(failure).toMatchObject({ code: 'path-clash', hint: expect.stringContaining('exclude') });
    expect(failure.message).toContain('package odd 1');
  });

  it('leaves a real directory of the image as it is', () => {
    const below = treeOf([
      directory('bin', 'declared'),
      symlink('lib', 'usr/lib'),
      directory('usr', 'declared'),
      directory('usr/lib', 'declared'),
    ]);
    const tree = mergePackages([old], below);
    expect(lines(tree.entries)).toEqual([
      'bin/ 755',
      'bin/sh 644',
      'lib64 -> usr/lib64',
      'sbin -> usr/sbin',
      'usr/ 755',
      'usr/lib/ 755',
      'usr/lib/x/ 755',
      'usr/lib/x/y 644',
      'usr/lib64/ 755',
      'usr/lib64/ld.so -> /lib/x/y',
    ]);
  });

  it.each(['usr/bin', '/usr/bin', './usr//bin'])('knows the symlink %s of the image', (target) => {
    const below = treeOf([symlink('bin', target), directory('usr', 'declared')]);
    const paths = mergePackages([old], below).entries.map(({ path }) => path);
    expect(paths).toContain('usr/bin/sh');
    expect(paths).not.toContain('bin');
  });

  it('leaves a symlink of the image that leads elsewhere to those who follow it', () => {
    const below = treeOf([symlink('bin', 'opt/bin'), directory('opt', 'declared')]);
    const paths = mergePackages([old], below).entries.map(({ path }) => path);
    expect(paths).toContain('bin/sh');
    expect(paths).not.toContain('usr/bin');
  });

  it('lets the file win over a symlink to it that is in the same place then', () => {
    const both = packageWith('both', [
      file('bin/which'),
      symlink('usr/bin/which', '/bin/which'),
      symlink('sbin/x', '../usr/sbin/x'),
      file('usr/sbin/x'),
    ]);
    expect(merged([both])).toEqual([
      'usr/ 755',
      'usr/bin/ 755',
      'usr/bin/which 644',
      'usr/sbin/ 755',
      'usr/sbin/x 644',
    ]);
  });

  it('refuses two different files of one package in one place', async () => {
    const failure = await failureOf(() =>
      mergePackages([packageWith('both', [file('bin/x', 'a'), file('usr/bin/x', 'b')])], emptyTree),
    );
    expect(failure.message).toBe(
      'package both 1 claims "/usr/bin/x" twice, as /bin/x and /usr/bin/x, which differ in content',
    );
  });
});

describe('two packages', () => {
  const a = (entries: readonly Entry[], fields = {}) => packageWith('aa', entries, fields);
  const b = (entries: readonly Entry[], fields = {}) => packageWith('bb', entries, fields);

  it('may have the same file where it is equal', () => {
    expect(merged([a([file('usr/x', 'same')]), b([file('usr/x', 'same')])])).toEqual(['usr/ 755', 'usr/x 644']);
  });

  it.each([
    ['content', file('usr/x', 'one'), file('usr/x', 'other')],
    ['mode', file('usr/x', 'one'), file('usr/x', 'one', { mode: 0o755 })],
    ['owner', file('usr/x', 'one'), file('usr/x', 'one', { uid: 1 })],
    ['kind', file('usr/x', 'one'), symlink('usr/x', 'y')],
    ['target', symlink('usr/x', 'z'), symlink('usr/x', 'y')],
  ])('clash where a file differs in its %s, and both are named', async (what, first, second) => {
    const failure = await failureOf(() => mergePackages([a([first]), b([second])], emptyTree));
    expect(failure).toMatchObject({
      code: 'path-clash',
      details: { path: '/usr/x', first: 'package aa 1', second: 'package bb 1' },
    });
    expect(failure.message).toBe(`"/usr/x" is claimed by package aa 1 and by package bb 1, which differ in ${what}`);
  });

  it('clash also where they differ only by the merged /usr', async () => {
    const failure = await failureOf(() =>
      mergePackages([a([file('bin/x', '1')]), b([file('usr/bin/x', '2')])], emptyTree),
    );
    expect(failure.message).toContain('"/usr/bin/x" is claimed by package aa 1 and by package bb 1');
  });

  it('clash where one has a file and the other a directory', async () => {
    const failure = await failureOf(() =>
      mergePackages([a([file('usr/x')]), b([dir('usr/x'), file('usr/x/y')])], emptyTree),
    );
    expect(failure).toMatchObject({ hint: expect.stringContaining('exclude') });
    expect(failure.message).toMatch(/package aa 1.*|package bb 1/);
  });

  it.each([
    ['by name', 'bb', 'from a'],
    ['up to a version', 'bb (<< 2)', 'from a'],
  ])('leave the file to the one that replaces the other %s', async (_, replaces, text) => {
    const tree = mergePackages(
      [a([file('usr/x', 'from a')], { Replaces: replaces }), b([file('usr/x', 'from b')])],
      emptyTree,
    );
    expect(await textOf(tree.get('usr/x'))).toBe(text);
    expect(tree.get('usr/x')?.origin.package?.name).toBe('aa');
  });

  it.each([
    ['another version', 'bb (<< 1)', ''],
    ['each other', 'bb', 'aa'],
  ])('clash where what replaces is of %s', async (_, first, second) => {
    const packages = [
      a([file('usr/x', '1')], { Replaces: first }),
      b([file('usr/x', '2')], second === '' ? {} : { Replaces: second }),
    ];
    expect(await failureOf(() => mergePackages(packages, emptyTree))).toMatchObject({ code: 'path-clash' });
  });

  it('share a directory, with the mode of the one that means something by it', () => {
    const packages = [a([dir('tmp'), file('tmp/a')]), b([dir('tmp', 0o1777)])];
    for (const each of [packages, [...packages].reverse()]) expect(merged(each)).toEqual(['tmp/ 1777', 'tmp/a 644']);
  });

  it('clash where both mean something else by a directory', async () => {
    const failure = await failureOf(() => mergePackages([a([dir('tmp', 0o700)]), b([dir('tmp', 0o1777)])], emptyTree));
    expect(failure).toMatchObject({ code: 'path-clash', details: { path: '/tmp' } });
  });

  it('meet where a directory of one is a symlink of the other, whatever their order', () => {
    const packages = [a([dir('var'), dir('var/run'), file('var/run/x')]), b([dir('run'), symlink('var/run', '/run')])];
    for (const each of [packages, [...packages].reverse()]) {
      expect(merged(each)).toEqual(['run/ 755', 'run/x 644', 'var/ 755', 'var/run -> /run']);
    }
  });
});

describe('slim', () => {
  it('drops documentation and translations, keeps licences, and leaves no empty directories of theirs', () => {
    const tree = treeOf([
      dir('usr'),
      dir('usr/share'),
      dir('usr/share/doc'),
      dir('usr/share/doc/a'),
      file('usr/share/doc/a/README'),
      file('usr/share/doc/a/copyright'),
      dir('usr/share/doc/a/examples'),
      file('usr/share/doc/a/examples/copyright'),
      symlink('usr/share/doc/b', 'a'),
      dir('usr/share/doc/c'),
      file('usr/share/doc/c/changelog.gz'),
      dir('usr/share/doc-base'),
      dir('usr/share/locale'),
      dir('usr/share/locale/de'),
      file('usr/share/locale/de/a.mo'),
      file('usr/share/locale/locale.alias'),
      dir('usr/share/man'),
      dir('usr/share/man/man1'),
      file('usr/share/man/man1/a.1.gz'),
      dir('usr/share/zoneinfo'),
    ]);
    expect(lines(slimTree(tree).entries)).toEqual([
      'usr/ 755',
      'usr/share/ 755',
      'usr/share/doc/ 755',
      'usr/share/doc-base/ 755',
      'usr/share/doc/a/ 755',
      'usr/share/doc/a/copyright 644',
      'usr/share/doc/b -> a',
      'usr/share/locale/ 755',
      'usr/share/locale/locale.alias 644',
      'usr/share/zoneinfo/ 755',
    ]);
  });
});

describe('status files', () => {
  const packages = [
    packageWith('aa', [file('bin/x', 'x'), file('usr/share/y', 'y'), symlink('usr/z', 'x')]),
    packageWith('lib+b', [file('usr/b', 'b')]),
    packageWith('empty', []),
  ];
  const tree = mergePackages(packages, emptyTree);
  const status = (all: FileTree): string[] =>
    all.entries.map(({ path }) => path).filter((path) => path.includes('/dpkg/'));

  it('are the control file and the MD5 of the files where they are in the end', async () => {
    const all = await addStatusFiles(tree, packages, { below: emptyTree, onlyUsed: false });
    expect(status(all)).toEqual([
      'var/lib/dpkg/status.d/aa',
      'var/lib/dpkg/status.d/aa.md5sums',
      'var/lib/dpkg/status.d/empty',
      'var/lib/dpkg/status.d/lib+b',
      'var/lib/dpkg/status.d/lib+b.md5sums',
    ]);
    expect(await textOf(all.get('var/lib/dpkg/status.d/aa'))).toBe(packages[0]!.controlText);
    expect(await textOf(all.get('var/lib/dpkg/status.d/aa.md5sums'))).toBe(
      `${md5Of(digestOf('x'))}  usr/bin/x\n${md5Of(digestOf('y'))}  usr/share/y\n`,
    );
    expect(all.get('var/lib/dpkg/status.d/aa')).toMatchObject({
      mode: 0o644,
      uid: 0,
      gid: 0,
      origin: { package: { name: 'aa' } },
    });
  });

  it('are, for a part of the files, those of packages that give one', async () => {
    const part = treeOf(tree.entries.filter(({ path }) => !path.startsWith('usr/share') && path !== 'usr/b'));
    const all = await addStatusFiles(part, packages, { below: emptyTree, onlyUsed: true });
    expect(status(all)).toEqual(['var/lib/dpkg/status.d/aa', 'var/lib/dpkg/status.d/aa.md5sums']);
    expect(await textOf(all.get('var/lib/dpkg/status.d/aa.md5sums'))).not.toContain('share');
  });

  it('add to what the image has of the same package, and two contents of one layer may do so', async () => {
    const partOf = (name: string): FileTree => treeOf(tree.entries.filter(({ path }) => path === name));
    const first = await addStatusFiles(partOf('usr/bin/x'), packages, { below: emptyTree, onlyUsed: true });
    const second = await addStatusFiles(partOf('usr/share/y'), packages, { below: first, onlyUsed: true });
    const both = `${md5Of(digestOf('x'))}  usr/bin/x\n${md5Of(digestOf('y'))}  usr/share/y\n`;
    const contributions = [first, second].map((each) => ({
      tree: each,
      replace: mayReplace(debianContent('http://x', [])),
    }));
    const layer = assembleLayer(emptyTree, contributions).tree;
    expect(await textOf(layer.get('var/lib/dpkg/status.d/aa.md5sums'))).toBe(both);

    const newer = [packageWith('aa', [file('usr/share/y', 'y')], { Version: '2' })];
    const upgraded = await addStatusFiles(partOf('usr/share/y'), newer, { below: first, onlyUsed: true });
    expect(await textOf(upgraded.get('var/lib/dpkg/status.d/aa.md5sums'))).not.toContain('usr/bin/x');
    const twice = [first, upgraded].map((each) => ({ tree: each, replace: mayReplace(debianContent('http://x', [])) }));
    const failure = await failureOf(() => assembleLayer(emptyTree, twice));
    expect(failure).toMatchObject({ code: 'path-clash', details: { path: '/var/lib/dpkg/status.d/aa' } });
  });

  it('are not to be brought by a package itself', async () => {
    const forged = packageWith('forged', [file('var/lib/dpkg/status.d/aa')]);
    const all = [packages[0]!, forged];
    const failure = await failureOf(
      addStatusFiles(mergePackages(all, emptyTree), all, { below: emptyTree, onlyUsed: false }),
    );
    expect(failure).toMatchObject({ code: 'path-clash' });
    expect(failure.message).toContain('package forged 1 brings "/var/lib/dpkg/status.d/aa"');
  });
});
