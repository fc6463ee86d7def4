import { cpSync, existsSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readFiles } from '../../src/inputs/files.js';
import type { ClosureDeclaration } from '../../src/manifest/index.js';
import type { FileTree } from '../../src/tree/index.js';
import { collect } from '../../src/util/index.js';
import { elfFile } from '../support/elf-file.js';
import { makeTree, type TreeItem } from '../support/make-tree.js';
import { need } from '../support/programs.js';
import { needRoot } from '../support/root.js';
import { run } from '../support/run.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { contextIn, failureOf, filesContent, hostAhead, inDirectory, lines, pattern, selection } from './support.js';

const nothingMore = { extras: [], nameService: false };

const program = { content: elfFile({ interpreter: '/lib/ld.so.1', needed: ['liba.so.1'] }), mode: 0o700 };
const root: Readonly<Record<string, TreeItem>> = {
  'root/usr/bin/tool': program,
  'root/usr/bin/other': { content: elfFile({ interpreter: '/lib/ld.so.1', needed: ['libnone.so'] }), mode: 0o755 },
  'root/lib': { link: 'usr/lib' },
  'root/usr/lib/ld.so.1': { content: elfFile(), mode: 0o555 },
  'root/usr/lib/liba.so.1': { link: '/usr/lib/liba.so.1.2' },
  'root/usr/lib/liba.so.1.2': elfFile({ needed: ['../../outside.so', '/etc/b.so'] }),
  'root/etc/b.so': elfFile({ soname: 'b.so' }),
  'root/usr/lib/plugins/one.so': elfFile({ needed: ['b.so'] }),
  'root/usr/lib/plugins/notes.txt': 'notes',
  'outside.so': elfFile(),
};
const sound: typeof root = {
  ...root,
  'root/usr/lib/liba.so.1.2': elfFile({ needed: ['/etc/b.so'] }),
};

describe('files with their closure', () => {
  it('bring what they need of the directory, and why', () =>
    inDirectory(async (directory) => {
      makeTree(directory, sound);
      const more = { selection: selection(['usr/bin/tool']), owner: { uid: 5, gid: 6 }, closure: nothingMore };
      const tree = await readFiles(filesContent('./root', '/', more), contextIn(directory));
      expect(lines(tree)).toEqual([
        '755 etc',
        '644 etc/b.so',
        'lib -> usr/lib',
        '755 usr',
        '755 usr/bin',
        '755 usr/bin/tool',
        '755 usr/lib',
        '755 usr/lib/ld.so.1',
        'usr/lib/liba.so.1 -> /usr/lib/liba.so.1.2',
        '644 usr/lib/liba.so.1.2',
      ]);
      expect(tree.entries.map((entry) => [entry.path, entry.origin.why])).toEqual([
        ['etc', '/usr/bin/tool → liba.so.1 → /etc/b.so'],
        ['etc/b.so', '/usr/bin/tool → liba.so.1 → /etc/b.so'],
        ['lib', '/usr/bin/tool → /lib/ld.so.1'],
        ['usr', undefined],
        ['usr/bin', undefined],
        ['usr/bin/tool', undefined],
        ['usr/lib', expect.stringContaining('/usr/bin/tool → ')],
        ['usr/lib/ld.so.1', '/usr/bin/tool → /lib/ld.so.1'],
        ['usr/lib/liba.so.1', '/usr/bin/tool → liba.so.1'],
        ['usr/lib/liba.so.1.2', '/usr/bin/tool → liba.so.1'],
      ]);
      expect(tree.get('etc/b.so')?.origin.source).toBe('root/etc/b.so');
      for (const entry of tree.entries) {
        expect(entry).toMatchObject({ uid: 5, gid: 6 });
        if (entry.kind === 'file') expect(await collect(entry.open(), 1e6)).toHaveLength(entry.size);
      }
    }));

  it('bring extras, with all below a directory, to where the files go', () =>
    inDirectory(async (directory) => {
      makeTree(directory, sound);
      const closure = { extras: [pattern('usr/lib/plug*'), pattern('lib/ld.so.?')], nameService: false };
      const content = filesContent('root', '/opt/', { selection: selection(['usr/bin/tool']), closure });
      const tree = await readFiles(content, contextIn(directory));
      expect(tree.get('opt/usr/lib/plugins/notes.txt')?.origin.why).toBe('extras');
      expect(tree.get('opt/usr/lib/plugins/one.so')?.origin.why).toBe('extras');
      expect(tree.get('opt/etc/b.so')?.kind).toBe('file');
      expect(tree.get('outside.so')).toBeUndefined();
    }));

  it('never come from outside of the directory', () =>
    inDirectory(async (directory) => {
      makeTree(directory, root);
      const content = filesContent('root', '/', { selection: selection(['usr/bin/tool']), closure: nothingMore });
      const error = await failureOf(readFiles(content, contextIn(directory)));
      expect([error.code, error.details.why]).toEqual([
        'closure-missing',
        ['/usr/bin/tool', 'liba.so.1', '../../outside.so'],
      ]);
      expect(error.message).toContain('which is not in "root"');
    }));

  it('are looked for, not listed', () =>
    inDirectory(async (directory) => {
      makeTree(directory, { ...sound, 'root/home/secret': 'x', 'root/var/lib/deep/file': 'x' });
      const seen: string[] = [];
      const { files } = hostAhead();
      const host = hostAhead(10, {
        lstat: (path) => {
          seen.push(path);
          return files.lstat(path);
        },
        readDirectory: (path) => {
          seen.push(path);
          return files.readDirectory(path);
        },
      });
      const content = filesContent('root', '/', { selection: selection(['usr/bin/tool']), closure: nothingMore });
      await readFiles(content, contextIn(directory, host));
      const below = seen.map((path) => path.slice(directory.length));
      expect(below.filter((path) => /home|var|other|plugins/.test(path))).toEqual([]);
    }));

  it('may not change between the look at what they need and the look at them', () =>
    inDirectory(async (directory) => {
      makeTree(directory, sound);
      const place = join(directory, 'root/usr/lib/liba.so.1.2');
      const { files } = hostAhead();
      const host = hostAhead(10, {
        openRead: (path) => {
          // The closure is through with the library when it opens what that needs.
          if (path.endsWith('etc/b.so')) writeFileSync(place, elfFile({ needed: ['libother.so'] }));
          return files.openRead(path);
        },
      });
      const content = filesContent('root', '/', { selection: selection(['usr/bin/tool']), closure: nothingMore });
      const error = await failureOf(readFiles(content, contextIn(directory, host)));
      expect([error.code, error.message]).toEqual([
        'input-changed',
        '"root/usr/lib/liba.so.1.2" changed while it was read',
      ]);
    }));

  it('are not looked for under names that no file can have', () =>
    inDirectory(async (directory) => {
      const long = 'n'.repeat(256);
      makeTree(directory, {
        ...sound,
        'root/etc/ld.so.cache': 'x',
        'root/etc/ld.so.conf': `/usr/\0lib\n/${long}\ninclude /etc/${long}/*.conf\n`,
        'root/usr/bin/tool': elfFile({ interpreter: '/lib/ld.so.1', needed: ['liba.so.1'], runpath: `/${long}` }),
      });
      const content = filesContent('root', '/', { selection: selection(['usr/bin/tool']), closure: nothingMore });
      const tree = await readFiles(content, contextIn(directory));
      expect(tree.get('usr/lib/liba.so.1.2')?.kind).toBe('file');
    }));

  it('need a directory', () =>
    inDirectory(async (directory) => {
      makeTree(directory, sound);
      const error = await failureOf(
        readFiles(filesContent('root/usr/bin/tool', '/x', { closure: nothingMore }), contextIn(directory)),
      );
      expect([error.code, error.message]).toEqual([
        'input-kind',
        '"root/usr/bin/tool" is a file, but "closure" looks for what it needs in a root file system',
      ]);
      expect(error.hint).toMatch(/^Name the directory that is the root file system, and under "include" the file/);
    }));

  it('are found through symlinked directories, which come along', () =>
    inDirectory(async (directory) => {
      makeTree(directory, { ...sound, 'root/a[b]/x': 'x', 'root/odd': { link: 'a[b]' } });
      const chosen = selection(['./lib/liba.so.*', 'odd/*']);
      const content = filesContent('root', '/', { selection: chosen, closure: nothingMore });
      const tree = await readFiles(content, contextIn(directory));
      expect(lines(tree)).toEqual([
        '755 a[b]',
        '644 a[b]/x',
        '755 etc',
        '644 etc/b.so',
        'lib -> usr/lib',
        'odd -> a[b]',
        '755 usr',
        '755 usr/lib',
        'usr/lib/liba.so.1 -> /usr/lib/liba.so.1.2',
        '644 usr/lib/liba.so.1.2',
      ]);
      expect(tree.get('lib')?.origin.why).toBeUndefined();
    }));

  it('stay out where they are excluded', () =>
    inDirectory(async (directory) => {
      makeTree(directory, sound);
      const chosen = selection(['usr/bin/tool'], ['etc', '**/liba.so.1.2']);
      const content = filesContent('root', '/', { selection: chosen, closure: nothingMore });
      const paths = (await readFiles(content, contextIn(directory))).entries.map(({ path }) => path);
      expect(paths).toEqual([
        'lib',
        'usr',
        'usr/bin',
        'usr/bin/tool',
        'usr/lib',
        'usr/lib/ld.so.1',
        'usr/lib/liba.so.1',
      ]);
    }));

  it('are as executable as the declared mode says', () =>
    inDirectory(async (directory) => {
      makeTree(directory, { 'root/run': '#!/bin/sh\n', 'root/bin/sh': elfFile({ isDynamic: false }) });
      const content = filesContent('root', '/', { selection: selection(['run']), closure: nothingMore });
      expect(lines(await readFiles(content, contextIn(directory)))).toEqual(['644 run']);
      expect(lines(await readFiles({ ...content, mode: 0o755 }, contextIn(directory)))).toEqual([
        '755 bin',
        '755 bin/sh',
        '755 run',
      ]);
    }));
});

/** Programs that print their version without anything but their libraries. */
const PROGRAMS = ['bash', 'curl', 'find', 'gpg', 'grep', 'openssl', 'perl', 'sqlite3', 'strace', 'tar', 'xz'];

async function writeTree(tree: FileTree, directory: string): Promise<void> {
  for (const entry of tree.entries) {
    const path = join(directory, entry.path);
    mkdirSync(dirname(path), { recursive: true });
    if (entry.kind === 'directory') mkdirSync(path, { recursive: true });
    else if (entry.kind === 'file') writeFileSync(path, await collect(entry.open(), 1e9), { mode: entry.mode });
    else if (entry.kind === 'symlink') cpSync(`/${entry.path}`, path, { verbatimSymlinks: true });
  }
}

describe.skipIf(!needRoot() || !need('chroot'))('programs of this machine', () => {
  const place = temporaryDirectory();
  const there = PROGRAMS.filter((name) => existsSync(`/usr/bin/${name}`));

  async function closureOnDisk(path: string, closure: ClosureDeclaration = nothingMore): Promise<string> {
    const directory = join(place.path, 'root');
    rmSync(directory, { recursive: true, force: true });
    const content = filesContent('/', '/', { selection: selection([path.slice(1)]), closure });
    await writeTree(await readFiles(content, contextIn(place.path)), directory);
    return directory;
  }

  it('are eight or more', () => {
    expect(there.length).toBeGreaterThanOrEqual(8);
  });

  it.each(there)('run with their closure alone: %s', async (name) => {
    const path = realpathSync(`/usr/bin/${name}`);
    const argument = name === 'openssl' ? 'version' : '--version';
    const directory = await closureOnDisk(path);
    expect(existsSync(join(directory, 'usr/share'))).toBe(false);
    const alone = await run('chroot', [directory, path, argument]);
    const here = await run(path, [argument]);
    expect(here.status).toBe(0);
    expect({ status: alone.status, stdout: alone.stdout }).toEqual({ status: 0, stdout: here.stdout });
  });

  it('run with what they load at run time, where extras name it', async () => {
    const extras = [pattern('usr/lib/*/ossl-modules/legacy.so'), pattern('usr/lib/ssl/openssl.cnf')];
    const args = ['/usr/bin/openssl', 'list', '-providers', '-provider', 'legacy'];
    const without = await run('chroot', [await closureOnDisk('/usr/bin/openssl'), ...args]);
    expect(without.status).not.toBe(0);
    const alone = await run('chroot', [
      await closureOnDisk('/usr/bin/openssl', { extras, nameService: false }),
      ...args,
    ]);
    expect(alone).toMatchObject({ status: 0, stdout: expect.stringContaining('OpenSSL Legacy Provider') });
  });

  it('run with the interpreter that env finds', async () => {
    const script = `${place.path}/hello`;
    writeFileSync(script, '#!/usr/bin/env -S bash -e\necho hello from $BASH\n', { mode: 0o755 });
    const directory = await closureOnDisk(script);
    // The one locale that needs no files.
    const alone = await run('chroot', [directory, script], { env: { LC_ALL: 'C' } });
    expect(alone).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^hello from \/(usr\/)?bin\/bash\n$/),
      stderr: '',
    });
  });
});
