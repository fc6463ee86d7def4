import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readDebian } from '../../src/inputs/debian/read-debian.js';
import { digestOfTree, type FileTree } from '../../src/tree/index.js';
import { mirrors } from '../support/debian/mirror.js';
import { DEBIAN_KEYRING, realArchive } from '../support/debian/real-archive.js';
import { need } from '../support/programs.js';
import { outputOf } from '../support/run.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { contentContexts, debianContent } from './debian-support.js';
import { at, pattern, textOf } from './support.js';

const sources = [{ suite: 'bookworm' }];
const keyring = { path: DEBIAN_KEYRING, at };

describe.skipIf(realArchive() === undefined)('packages of Debian', () => {
  const directory = temporaryDirectory();
  const mirrorOf = mirrors();
  const contextIn = contentContexts();
  const status = (tree: FileTree): string[] =>
    tree.entries.flatMap(({ path }) => /^var\/lib\/dpkg\/status\.d\/(.*)(?<!\.md5sums)$/.exec(path)?.[1] ?? []);

  it('give nginx-light as a tree, the same once the index is not asked any more', async () => {
    const mirror = await mirrorOf(realArchive()!);
    const content = debianContent(mirror.url, ['nginx-light'], { sources, keyring, slim: true });
    const context = contextIn(directory.path);
    const tree = await readDebian(content, context);
    const names = status(tree);
    expect(names).toEqual(expect.arrayContaining(['libc6', 'nginx-common', 'nginx-light', 'zlib1g']));
    expect(tree.get('usr/sbin/nginx')?.origin).toMatchObject({
      label: expect.stringMatching(/^package nginx 1/),
      source: 'usr/sbin/nginx',
      at,
    });
    expect(tree.get('usr/lib/x86_64-linux-gnu/libz.so.1')?.origin.why).toMatch(/^nginx-light → .*zlib1g$/);
    expect(tree.get('lib64')).toMatchObject({ kind: 'symlink', target: 'usr/lib64' });
    expect(tree.get('usr/share/doc/nginx-light/copyright')).toBeDefined();
    expect(tree.entries.filter(({ path }) => path.startsWith('usr/share/man/'))).toEqual([]);
    expect(await textOf(tree.get('var/lib/dpkg/status.d/zlib1g'))).toMatch(/^Package: zlib1g\n.*\nVersion: 1:1\.2/s);

    const requests = mirror.requests.length;
    const again = contextIn(directory.path, { lock: context.lockNow(), isFrozen: true });
    expect(digestOfTree(await readDebian(content, again))).toBe(digestOfTree(tree));
    expect(mirror.requests.length).toBe(requests);
    expect(again.steps).toEqual([]);
  }, 120_000);

  it.skipIf(!need('dpkg-query'))(
    'are told of as dpkg itself would: dpkg-query reads the files, and the MD5 are right',
    async () => {
      const mirror = await mirrorOf(realArchive()!);
      const context = contextIn(directory.path);
      const tree = await readDebian(debianContent(mirror.url, ['hello', 'dash'], { sources, keyring }), context);
      const texts = await Promise.all(status(tree).map((name) => textOf(tree.get(`var/lib/dpkg/status.d/${name}`))));
      // dpkg takes a package for installed only by this field, which no package brings itself.
      const all = texts.map((text) => text.replace('\n', '\nStatus: install ok installed\n'));
      mkdirSync(join(directory.path, 'admin'));
      writeFileSync(join(directory.path, 'admin', 'status'), all.join('\n'));
      const format = '${Package} ${Version} ${Architecture}\\n';
      const listed = await outputOf('dpkg-query', ['--admindir', join(directory.path, 'admin'), '-W', '-f', format]);
      const { packages } = context.lockNow().platforms['linux/amd64']!.debian.packages!;
      const pinned = packages.map(({ name, version, architecture }) => `${name} ${version} ${architecture}`);
      expect(listed.split('\n').sort()).toEqual([...pinned].sort());

      const sums = await textOf(tree.get('var/lib/dpkg/status.d/dash.md5sums'));
      expect(sums).toMatch(/^[0-9a-f]{32} {2}usr\/bin\/dash$/m);
      for (const line of sums.trimEnd().split('\n')) {
        const hash = createHash('md5');
        const entry = tree.get(line.slice(34));
        if (entry?.kind !== 'file') throw new Error(`no file for ${line}`);
        for await (const chunk of entry.open()) hash.update(chunk);
        expect(hash.digest('hex')).toBe(line.slice(0, 32));
      }
    },
    120_000,
  );

  it('give curl with what it needs and nothing else', async () => {
    const mirror = await mirrorOf(realArchive()!);
    const content = debianContent(mirror.url, ['curl'], {
      sources,
      keyring,
      paths: [pattern('usr/bin/curl')],
      closure: { extras: [], nameService: false },
    });
    const tree = await readDebian(content, contextIn(directory.path));
    const paths = tree.entries.filter(({ kind }) => kind !== 'directory').map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['lib64', 'usr/bin/curl', 'usr/lib64/ld-linux-x86-64.so.2']));
    expect(
      paths.filter((path) => !/^(lib|lib64|usr\/bin\/curl|usr\/lib.*\.so.*|var\/lib\/dpkg\/status\.d\/.*)$/.test(path)),
    ).toEqual([]);
    expect(status(tree)).toContain('libcurl4');
    expect(status(tree)).not.toContain('gcc-12-base');
    const why = tree.entries
      .filter(({ kind, path }) => kind === 'file' && path.includes('.so'))
      .map(({ origin }) => origin.why);
    expect(why.every((chain) => chain?.startsWith('/usr/bin/curl → '))).toBe(true);
  }, 120_000);
});
