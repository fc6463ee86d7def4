import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pickPaths, type WantedPaths } from '../../src/inputs/pick-paths.js';
import { type Entry, type FileTree, treeOf } from '../../src/tree/index.js';
import { binary, debianLoader, library, program } from '../closure/support.js';
import { directory, file, symlink } from '../tree/support.js';
import { at, failureOf, paths, pattern } from './support.js';

const base = [
  directory('usr', 'declared'),
  directory('usr/bin', 'declared', 0o711),
  directory('usr/lib'),
  directory('usr/share'),
  directory('usr/share/doc'),
  directory('etc'),
  directory('tmp', 'walked', 0o1777),
];
const entries = [
  ...base,
  symlink('bin', 'usr/bin'),
  symlink('lib', '/usr/lib'),
  program('usr/bin/tool', ['liba.so.1']),
  symlink('usr/bin/alias', '/etc/tool'),
  symlink('etc/tool', '../bin/tool'),
  symlink('etc/gone', '/nowhere'),
  symlink('etc/circle', 'circle'),
  symlink('etc/docs', '/usr/share/doc'),
  file('etc/passwd'),
  file('etc/[x]'),
  symlink('usr/lib/liba.so.1', 'liba.so.1.2'),
  library('usr/lib/liba.so.1.2'),
  file('usr/lib/debug'),
  file('usr/share/doc/a.txt'),
  file('usr/share/doc/b.md'),
  symlink('usr/share/up', '..'),
  symlink('usr/share/doc/link', '/etc/passwd'),
  ...debianLoader.map((entry): Entry => ({ ...entry, path: entry.path.replace(/^lib\//, 'usr/lib/') })),
];
const tree = treeOf(entries);

const pick = (globs: readonly string[], more: Partial<WantedPaths> = {}, from: FileTree = tree) =>
  pickPaths(from, { paths: globs.map(pattern), closure: undefined, what: 'image busybox:1.36', at, ...more });

describe('paths picked from a tree', () => {
  const cases: readonly [globs: readonly string[], expected: readonly string[]][] = [
    [['etc/passwd'], ['etc/', 'etc/passwd']],
    [['etc/\\[x\\]'], ['etc/', 'etc/[x]']],
    [['tmp'], ['tmp/']],
    [['tmp/'], ['tmp/']],
    [['bin/tool'], ['bin', 'usr/', 'usr/bin/', 'usr/bin/tool']],
    [['bin'], ['bin', 'usr/', 'usr/bin/', 'usr/bin/alias', 'usr/bin/tool']],
    [['bin/al*'], ['bin', 'etc/', 'etc/tool', 'usr/', 'usr/bin/', 'usr/bin/alias', 'usr/bin/tool']],
    [
      ['usr/share/doc'],
      ['usr/', 'usr/share/', 'usr/share/doc/', ...['a.txt', 'b.md', 'link'].map((name) => `usr/share/doc/${name}`)],
    ],
    [['etc/docs/*.txt'], ['etc/', 'etc/docs', 'usr/', 'usr/share/', 'usr/share/doc/', 'usr/share/doc/a.txt']],
    [['**/*.{txt,md}'], ['usr/', 'usr/share/', 'usr/share/doc/', 'usr/share/doc/a.txt', 'usr/share/doc/b.md']],
    [['lib/liba.so.*'], ['lib', 'usr/', 'usr/lib/', 'usr/lib/liba.so.1', 'usr/lib/liba.so.1.2']],
    [
      ['etc/gone', 'etc/circle'],
      ['etc/', 'etc/circle', 'etc/gone'],
    ],
    [
      ['tmp', 'etc/passwd', 'etc/pass*'],
      ['etc/', 'etc/passwd', 'tmp/'],
    ],
  ];
  it.each(cases)('by %j', async (globs, expected) => {
    expect(paths(await pick(globs))).toEqual(expected);
  });

  it('as a whole are the tree', async () => {
    expect(paths(await pick(['']))).toEqual(paths(tree));
    expect(paths(await pick(['**']))).toEqual(paths(tree));
  });

  it('keep their owners and modes, and so do parents; none insists on what lower layers have', async () => {
    const picked = await pick(['bin/tool', 'tmp']);
    expect(picked.get('usr/bin')).toMatchObject({ mode: 0o711, claim: 'walked' });
    expect(picked.get('tmp')).toMatchObject({ mode: 0o1777, claim: 'walked' });
    expect(picked.get('usr/bin/tool')).toBe(picked.entries.find(({ path }) => path === 'usr/bin/tool'));
    expect(picked.get('usr/bin/tool')).toEqual(tree.get('usr/bin/tool'));
    expect(picked.entries.every(({ origin }) => origin.why === undefined)).toBe(true);
  });

  const wrong: readonly [glob: string, hint: string | undefined][] = [
    ['usr/bin/tol', 'Did you mean "/usr/bin/tool"?'],
    ['user/bin/tool', 'Did you mean "/usr/bin/tool"?'],
    ['bin/tol', 'Did you mean "/bin/tool"?'],
    ['usr/bin/*.exe', undefined],
    ['etc/passwd/', undefined],
    ['etc/passwd/x', undefined],
    ['opt/x', undefined],
  ];
  it.each(wrong)('by /%s are none', async (glob, hint) => {
    const error = await failureOf(pick(['etc/passwd', glob]));
    expect(error).toMatchObject({ code: 'input-empty', hint, details: { pattern: `/${glob}` } });
    expect(error.message).toBe(`"/${glob}" matches nothing in image busybox:1.36`);
    expect(error.at?.text).toBe(glob);
  });

  it('are no devices', async () => {
    const device: Entry = {
      ...{ kind: 'character-device', path: 'dev/null', mode: 0o666, uid: 0, gid: 0 },
      ...{ deviceMajor: 1, deviceMinor: 3, origin: { kind: 'base', label: 'x' } },
    };
    const error = await failureOf(pick(['dev'], {}, treeOf([device, directory('dev')])));
    expect([error.code, error.message]).toEqual([
      'input-kind',
      '"/dev/null" of image busybox:1.36 is a character device, which cannot be copied',
    ]);
  });

  it('may lie in directories that the tree does not list', async () => {
    expect(paths(await pick(['a/*/c'], {}, treeOf([file('a/b/c'), file('a/b/d')])))).toEqual(['a/b/c']);
  });

  it('have all their parents, and lead where they lead in the tree', async () => {
    const every = tree.entries.filter(({ kind }) => kind !== 'directory').map(({ path }) => path);
    await fc.assert(
      fc.asyncProperty(fc.subarray(every, { minLength: 1 }), async (chosen) => {
        const picked = await pick(chosen.map((path) => path.replace(/[[\]]/g, '\\$&')));
        for (const path of chosen) expect(picked.get(path)).toBeDefined();
        for (const { path } of picked.entries) {
          const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')));
          if (parent !== '') expect(picked.get(parent)?.kind).toBe(tree.get(parent)?.kind);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('paths picked with their closure', () => {
  const closure = { extras: [], nameService: false };

  it('bring what they need, and say why', async () => {
    const picked = await pick(['bin/alias'], { closure });
    const reasons = picked.entries.map((entry) => `${entry.path}: ${entry.origin.why ?? ''}`);
    const tool = '/usr/bin/tool';
    expect(reasons.map((line) => line.replace(tool, 'tool'))).toEqual([
      'bin: ',
      'etc: ',
      'etc/tool: ',
      'lib: tool → /lib64/ld-linux-x86-64.so.2',
      'lib64/ld-linux-x86-64.so.2: tool → /lib64/ld-linux-x86-64.so.2',
      'usr: ',
      'usr/bin: ',
      'usr/bin/alias: ',
      'usr/bin/tool: ',
      'usr/lib: tool → liba.so.1',
      'usr/lib/liba.so.1: tool → liba.so.1',
      'usr/lib/liba.so.1.2: tool → liba.so.1',
      'usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2: tool → /lib64/ld-linux-x86-64.so.2',
    ]);
  });

  it('bring extras', async () => {
    const extras = [pattern('lib/de*'), pattern('usr/share/doc/*')];
    const picked = await pick(['usr/share/doc/a.txt'], { closure: { extras, nameService: false } });
    expect(picked.get('usr/lib/debug')?.origin.why).toBe('extras');
    expect(picked.get('etc/passwd')?.origin.why).toBe('extras');
    expect(picked.get('usr/share/doc/a.txt')?.origin.why).toBeUndefined();
    const error = await failureOf(pick(['tmp'], { closure: { extras: [pattern('lib/dx')], nameService: false } }));
    expect([error.code, error.message]).toEqual(['input-empty', '"/lib/dx" matches nothing in image busybox:1.36']);
  });

  it('miss what the tree lacks', async () => {
    const script = binary('usr/bin/script', Buffer.from('#!/usr/bin/perl\n'));
    const error = await failureOf(pick(['usr/bin/script'], { closure }, treeOf([...entries, script])));
    expect(error).toMatchObject({
      code: 'closure-missing',
      message: '"/usr/bin/script" needs "/usr/bin/perl", which is not in image busybox:1.36',
      at,
    });
  });
});
