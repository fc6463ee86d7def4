import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { debianArchitecture } from '../../src/inputs/debian/architecture.js';
import { readDebian } from '../../src/inputs/debian/read-debian.js';
import { requestDigest } from '../../src/inputs/debian/request-digest.js';
import { readContent } from '../../src/inputs/index.js';
import { digestOf, hexOf, parsePlatform } from '../../src/oci/index.js';
import { digestOfTree, treeOf } from '../../src/tree/index.js';
import { makeArchive, type SuiteDescription } from '../support/debian/make-archive.js';
import { makeDeb, type PackageDescription } from '../support/debian/make-deb.js';
import { mirrors } from '../support/debian/mirror.js';
import { signText } from '../support/debian/signing.js';
import { need } from '../support/programs.js';
import { directory as directoryEntry } from '../tree/support.js';
import { type ContextOptions, contentContexts, debianContent } from './debian-support.js';
import { at, failureOf, inDirectory, lines, pattern, textOf } from './support.js';

const NOW = Date.UTC(2025, 0, 2);
const tool: PackageDescription = {
  fields: { Package: 'tool', Depends: 'libtool1', Source: 'toolbox (1.0)' },
  files: { 'usr/bin/tool': { content: 'a tool', mode: 0o755 }, 'usr/share/man/man1/tool.1': 'how' },
};
const libtool: PackageDescription = { fields: { Package: 'libtool1' }, files: { 'lib/libtool.so.1': 'a library' } };
const other: PackageDescription = { fields: { Package: 'other' }, files: { 'usr/bin/other': 'x' } };

describe.skipIf(!need('dpkg-deb', 'xz'))('packages', () => {
  const mirrorOf = mirrors();
  const contextIn = contentContexts();

  /** An archive of these packages behind a mirror, and what reads a content of it. */
  async function world(
    directory: string,
    packages: SuiteDescription['packages'],
    suite: Partial<SuiteDescription> = {},
  ) {
    const place = join(directory, 'archive');
    const archive = await makeArchive(place, [{ suite: 'stable', packages, ...suite }]);
    const mirror = await mirrorOf(place);
    const keyring = { path: 'archive/keyring.gpg', at };
    const content = (names: readonly string[], more: Parameters<typeof debianContent>[2] = {}) =>
      debianContent(mirror.url, names, { keyring, ...more });
    const context = (options: ContextOptions = {}) => contextIn(directory, { now: NOW, ...options });
    const publish = (next: SuiteDescription['packages']) =>
      makeArchive(place, [{ suite: 'stable', packages: next }], archive.key);
    return { archive, mirror, content, context, publish, place };
  }

  it.each([
    ['libtool1', [], '"libtool1", which tool needs'],
    ['tool', [], '"tool", which is asked for'],
    // Nobody but the archive knows what it provides.
    ['libtool1', ['absent'], undefined],
  ])('are refused where the lock has lost %s (excluded: %j)', (lost, exclude, lack) =>
    inDirectory(async (directory) => {
      const { content, context } = await world(directory, [tool, libtool, other]);
      const first = context();
      await readContent(content(['tool'], { exclude }), first);
      const lock = first.lockNow();
      const { debian, ...rest } = lock.platforms['linux/amd64']!;
      const pin = debian.packages!;
      const packages = pin.packages.filter(({ name }) => name !== lost);
      const platforms = { 'linux/amd64': { ...rest, debian: { packages: { ...pin, packages } } } };
      const again = readContent(
        content(['tool'], { exclude }),
        context({ lock: { ...lock, platforms }, isFrozen: true }),
      );
      if (lack === undefined) {
        expect((await again).get('usr/lib/libtool.so.1')).toBeUndefined();
        return;
      }
      const failure = await failureOf(again);
      expect(failure).toMatchObject({ code: 'pin-stale', at, hint: expect.stringContaining('--update packages') });
      expect(failure.message).toBe(`The packages that the lock has for layer "packages" lack ${lack}`);
    }),
  );

  it('become files, with all that they need, and are pinned', () =>
    inDirectory(async (directory) => {
      const { content, context, mirror } = await world(directory, [tool, libtool, other]);
      const first = context();
      const tree = await readContent(content(['tool']), first);
      expect(lines(tree).filter((line) => !line.startsWith('755 ') || line.endsWith('tool'))).toEqual([
        'bin -> usr/bin',
        'lib -> usr/lib',
        'sbin -> usr/sbin',
        '755 usr/bin/tool',
        '644 usr/lib/libtool.so.1',
        '644 usr/share/man/man1/tool.1',
        '644 var/lib/dpkg/status.d/libtool1',
        '644 var/lib/dpkg/status.d/libtool1.md5sums',
        '644 var/lib/dpkg/status.d/tool',
        '644 var/lib/dpkg/status.d/tool.md5sums',
      ]);
      expect(await textOf(tree.get('usr/lib/libtool.so.1'))).toBe('a library');
      const origin = { kind: 'debian', label: 'package tool 1', source: 'usr/bin/tool', at };
      expect(tree.get('usr/bin/tool')?.origin).toEqual({
        ...origin,
        package: { name: 'tool', version: '1', source: 'toolbox' },
      });
      expect(tree.get('usr/lib/libtool.so.1')?.origin.why).toBe('tool → libtool1');
      const { request, packages } = first.lockNow().platforms['linux/amd64']!.debian.packages!;
      expect(request).toBe(requestDigest(content(['tool'])));
      expect(packages.map(({ name, path, suite, architecture }) => [name, path, suite, architecture])).toEqual([
        ['libtool1', 'pool/main/l/libtool1/libtool1_1_amd64.deb', 'stable', 'amd64'],
        ['tool', 'pool/main/t/tool/tool_1_amd64.deb', 'stable', 'amd64'],
      ]);
      expect(mirror.requests.filter((path) => path.includes('other'))).toEqual([]);
    }));

  it('ask no index where they are pinned, and nothing at all where they are in the cache', () =>
    inDirectory(async (directory) => {
      const { content, context, mirror } = await world(directory, [tool, libtool]);
      const first = context();
      const digest = digestOfTree(await readDebian(content(['tool']), first));
      const lock = first.lockNow();
      await mirror.close();
      const second = context({ lock, isFrozen: true });
      expect(digestOfTree(await readDebian(content(['tool']), second))).toBe(digest);
      expect(second.lockNow()).toEqual(lock);

      rmSync(join(directory, 'cache'), { recursive: true });
      const failure = await failureOf(readDebian(content(['tool']), context({ lock, isFrozen: true })));
      expect(failure).toMatchObject({
        code: 'server-unavailable',
        at,
        details: { lacks: ['package libtool1 1', 'package tool 1'] },
      });
      expect(mirror.requests.filter((path) => path.endsWith('InRelease'))).toHaveLength(1);
    }));

  it('are the same from another mirror and with other settings that change no choice', () =>
    inDirectory(async (directory) => {
      const { content, context, place } = await world(directory, [tool, libtool]);
      const first = context();
      await readDebian(content(['tool']), first);
      const mirror = await mirrorOf(place);
      const moved = debianContent(mirror.url, ['tool'], { slim: true, keyring: undefined });
      const tree = await readDebian(moved, context({ lock: first.lockNow(), isFrozen: true }));
      expect(lines(tree).join()).not.toContain('/man/');
    }));

  it('are not looked for where the build is frozen', () =>
    inDirectory(async (directory) => {
      const { content, context, mirror } = await world(directory, [tool, libtool]);
      expect(await failureOf(readDebian(content(['tool']), context({ isFrozen: true })))).toMatchObject({
        code: 'pin-missing',
      });
      expect(mirror.requests).toEqual([]);
    }));

  it('are those of a part, and only of packages that give something to it', () =>
    inDirectory(async (directory) => {
      const { content, context } = await world(directory, [tool, libtool]);
      const tree = await readDebian(content(['tool'], { paths: [pattern('usr/bin/*')] }), context());
      expect(lines(tree)).toEqual([
        '755 usr',
        '755 usr/bin',
        '755 usr/bin/tool',
        '644 var/lib/dpkg/status.d/tool',
        '644 var/lib/dpkg/status.d/tool.md5sums',
      ]);
    }));

  it('keep the directories of the image that are there', () =>
    inDirectory(async (directory) => {
      const { content, context } = await world(directory, [tool, libtool]);
      const below = treeOf([directoryEntry('lib', 'declared')]);
      const tree = await readDebian(content(['tool']), context({ below }));
      expect(tree.get('lib/libtool.so.1')).toBeDefined();
    }));

  it('never run a script of theirs, and do not divert files', () =>
    inDirectory(async (directory) => {
      const proof = join(directory, 'ran');
      const script = { content: `#!/bin/sh\ntouch ${proof}\ndpkg-divert --rename /usr/bin/tool\n`, mode: 0o755 };
      const scripts = Object.fromEntries(
        ['preinst', 'postinst', 'prerm', 'postrm', 'config'].map((name) => [name, script]),
      );
      const { content, context } = await world(directory, [{ ...tool, control: scripts }, libtool]);
      const tree = await readDebian(content(['tool']), context());
      expect(existsSync(proof)).toBe(false);
      expect(await textOf(tree.get('usr/bin/tool'))).toBe('a tool');
      expect(lines(tree).join()).not.toMatch(/postinst|distrib/);
    }));

  describe('and their indexes', () => {
    it.each([
      ['by hash alone', { byHash: 'only', forms: ['.xz'] }],
      ['by hash and by name', { byHash: true }],
      ['with gzip', { forms: ['.gz'] }],
      ['uncompressed', { forms: [''] }],
    ] as const)('are found %s', (_, suite) =>
      inDirectory(async (directory) => {
        const { content, context } = await world(directory, [tool, libtool], suite);
        const tree = await readDebian(content(['tool']), context());
        expect(tree.get('usr/bin/tool')).toBeDefined();
      }),
    );

    it('are tried in a larger form where the smaller is listed and not there', () =>
      inDirectory(async (directory) => {
        const { content, context, mirror } = await world(directory, [tool, libtool]);
        mirror.tamper('dists/stable/main/binary-amd64/Packages.xz', 404);
        await readDebian(content(['tool']), context());
        expect(mirror.count('dists/stable/main/binary-amd64/Packages.gz')).toBe(1);
      }));

    it.each([404, 500])('come from the next mirror where the first answers %d', (status) =>
      inDirectory(async (directory) => {
        const { context, mirror, place } = await world(directory, [tool, libtool]);
        const lagging = await mirrorOf(place);
        for (const path of ['InRelease', 'main/binary-amd64/Packages.xz'])
          lagging.tamper(`dists/stable/${path}`, status);
        lagging.tamper('pool/main/t/tool/tool_1_amd64.deb', status);
        const keyring = { path: 'archive/keyring.gpg', at };
        const tree = await readDebian(debianContent([lagging.url, mirror.url], ['tool'], { keyring }), context());
        expect(tree.get('usr/bin/tool')).toBeDefined();
      }),
    );

    it.each([
      ['are an index of their own', {}, undefined],
      ['are in the others, as the release says', { 'No-Support-for-Architecture-all': 'Packages' }, 'package-missing'],
      [
        'are in the others, where "all" is no architecture of the archive',
        { Architectures: 'amd64' },
        'package-missing',
      ],
    ])('of packages for all architectures %s', (_, fields, code) =>
      inDirectory(async (directory) => {
        const common = { fields: { Package: 'common', Architecture: 'all' }, files: { 'usr/share/x': 'x' } };
        const { content, context, archive, place } = await world(directory, [tool, libtool], { release: fields });
        await makeArchive(join(directory, 'all'), [{ suite: 'stable', packages: [common], forms: [''] }]);
        cpSync(join(directory, 'all', 'pool'), join(place, 'pool'), { recursive: true });
        const index = readFileSync(join(directory, 'all', 'dists/stable/main/binary-amd64/Packages'));
        mkdirSync(join(place, 'dists/stable/main/binary-all'));
        writeFileSync(join(place, 'dists/stable/main/binary-all/Packages'), index);
        const inRelease = join(place, 'dists/stable/InRelease');
        const signed = /\n\n(.*?)\n-----BEGIN PGP SIG/s.exec(readFileSync(inRelease, 'utf8'))![1]!;
        const line = ` ${hexOf(digestOf(index))} ${index.length} main/binary-all/Packages\n`;
        const date = new Date('2025-01-01T00:00:00Z');
        writeFileSync(inRelease, await signText(`${signed.trimEnd()}\n${line}`, { key: archive.key, date }));
        const outcome = readDebian(content(['tool', 'common']), context());
        if (code === undefined) expect((await outcome).get('usr/share/x')).toBeDefined();
        else expect(await failureOf(outcome)).toMatchObject({ code });
      }),
    );

    it('give way to those of the others where the release says that it is not automatic', () =>
      inDirectory(async (directory) => {
        const { archive, content, context, place } = await world(directory, [tool, libtool]);
        const fields = { ...tool.fields, Version: '2' };
        const backports = { suite: 'backports', packages: [{ ...tool, fields }], release: { NotAutomatic: 'yes' } };
        await makeArchive(place, [backports], archive.key);
        const versionOf = async (name: string): Promise<string | undefined> => {
          const tree = await readDebian(content([name], { sources: [{ suite: 'backports' }, {}] }), context());
          return tree.get('usr/bin/tool')?.origin.package?.version;
        };
        expect(await versionOf('tool')).toBe('1');
        expect(await versionOf('tool=2')).toBe('2');
      }));

    it('are needed for the suite, the component and the keys', () =>
      inDirectory(async (directory) => {
        const { content, context, mirror } = await world(directory, [tool, libtool]);
        const failing = async (more: Parameters<typeof content>[1]) =>
          failureOf(readDebian(content(['tool'], more), context()));
        const suite = await failing({ sources: [{ suite: 'stabel' }] });
        expect(suite).toMatchObject({
          code: 'input-missing',
          at,
          details: { urls: [`${mirror.url}/dists/stabel/InRelease`] },
        });
        const component = await failing({ sources: [{ components: ['mian'] }] });
        expect(component).toMatchObject({ code: 'input-missing', at, hint: 'Did you mean "main"?' });
        expect(component.message).toContain('no component "mian" for the architecture amd64');
        expect(await failing({ keyring: { path: 'none.gpg', at } })).toMatchObject({
          code: 'input-missing',
          at,
          details: { path: 'none.gpg' },
        });
      }));
  });

  describe('that were tampered with', () => {
    const flipLast = (bytes: Buffer): Buffer => {
      bytes[bytes.length - 20]! ^= 1;
      return bytes;
    };
    it.each([
      [
        'dists/stable/InRelease',
        (bytes: Buffer) => Buffer.from(bytes.toString().replace('Origin: Tests', 'Origin: Tasts')),
        'signature-invalid',
        'InRelease of stable',
      ],
      [
        'dists/stable/main/binary-amd64/Packages.xz',
        flipLast,
        'input-mismatch',
        'index main/binary-amd64/Packages.xz of stable',
      ],
      ['pool/main/t/tool/tool_1_amd64.deb', flipLast, 'input-mismatch', 'package tool 1'],
      [
        'pool/main/t/tool/tool_1_amd64.deb',
        (bytes: Buffer) => bytes.subarray(0, 100),
        'input-mismatch',
        'package tool 1',
      ],
      ['pool/main/t/tool/tool_1_amd64.deb', () => Buffer.alloc(0), 'input-mismatch', 'package tool 1'],
    ] as const)('are refused at %s', (path, change, code, what) =>
      inDirectory(async (directory) => {
        const { content, context, mirror } = await world(directory, [tool, libtool]);
        mirror.tamper(path, change);
        const failure = await failureOf(readDebian(content(['tool']), context()));
        expect(failure).toMatchObject({ code, exit: 4, at });
        expect(failure.message).toContain(what);
      }),
    );

    it.each([
      ['name', { Package: 'toll' }, 'tool', 'toll'],
      ['version', { Version: '2' }, '1', '2'],
      ['architecture', { Architecture: 'arm64' }, 'amd64', 'arm64'],
    ])('are refused where their own %s is another', (what, fields, expected, found) =>
      inDirectory(async (directory) => {
        const bytes = await makeDeb({ ...tool, fields: { ...tool.fields, ...fields } });
        const { content, context } = await world(directory, [{ ...tool, bytes }, libtool]);
        const failure = await failureOf(readDebian(content(['tool']), context()));
        expect(failure).toMatchObject({ code: 'input-mismatch', exit: 4, at, details: { expected, found } });
        expect(failure.message).toContain(
          `"pool/main/t/tool/tool_1_amd64.deb" has the ${what} "${found}", not "${expected}"`,
        );
      }),
    );

    it('are refused where they are no packages, with the file', () =>
      inDirectory(async (directory) => {
        const { content, context } = await world(directory, [
          { ...tool, bytes: Buffer.from('not a package') },
          libtool,
        ]);
        const failure = await failureOf(readDebian(content(['tool']), context()));
        expect(failure).toMatchObject({
          code: 'deb-invalid',
          at,
          details: { file: 'pool/main/t/tool/tool_1_amd64.deb' },
        });
      }));

    it('are refused where two of them claim one path differently', () =>
      inDirectory(async (directory) => {
        const rival = { ...libtool, files: { 'usr/bin/tool': 'another' } };
        const { content, context } = await world(directory, [tool, rival]);
        expect(await failureOf(readDebian(content(['tool']), context()))).toMatchObject({
          code: 'path-clash',
          at,
          details: { path: '/usr/bin/tool', first: 'package libtool1 1', second: 'package tool 1' },
        });
      }));
  });

  describe('that the lock holds', () => {
    const newer = (each: PackageDescription): PackageDescription => ({
      ...each,
      fields: { ...each.fields, Version: '2' },
    });
    const versions = (lock: ReturnType<ReturnType<typeof contextIn>['lockNow']>) =>
      lock.platforms['linux/amd64']!.debian.packages!.packages.map(({ name, version }) => `${name} ${version}`);

    /** A lock of `tool`, and then an archive with other packages. */
    async function moved(directory: string, next: readonly PackageDescription[]) {
      const all = await world(directory, [tool, libtool, other]);
      const first = all.context();
      await readDebian(all.content(['tool']), first);
      await all.publish(next);
      const lock = first.lockNow();
      const again = async (names: readonly string[], options: ContextOptions = {}) => {
        const context = all.context({ lock, ...options });
        await readDebian(all.content(names), context);
        return versions(context.lockNow());
      };
      return { ...all, again };
    }

    it('keep their version while others come in, as long as an index has it', () =>
      inDirectory(async (directory) => {
        const { again } = await moved(directory, [tool, newer(tool), libtool, newer(libtool), newer(other)]);
        expect(await again(['tool', 'other'])).toEqual(['libtool1 1', 'other 2', 'tool 1']);
      }));

    it('keep it where only the pool, or the cache, has it', () =>
      inDirectory(async (directory) => {
        const { again, mirror } = await moved(directory, [newer(tool), newer(libtool), other]);
        expect(await again(['tool', 'other'])).toEqual(['libtool1 1', 'other 1', 'tool 1']);
        const deb = 'pool/main/t/tool/tool_1_amd64.deb';
        const before = mirror.count(deb);
        rmSync(join(directory, 'cache'), { recursive: true });
        expect(await again(['tool', 'other'])).toEqual(['libtool1 1', 'other 1', 'tool 1']);
        expect([before, mirror.count(deb)]).toEqual([1, 2]);
      }));

    it('are an error also where nothing else is asked for', () =>
      inDirectory(async (directory) => {
        const { again, mirror } = await moved(directory, [newer(tool), newer(libtool), other]);
        rmSync(join(directory, 'cache'), { recursive: true });
        mirror.tamper('pool/main/t/tool/tool_1_amd64.deb', 404);
        const failure = await failureOf(again(['tool'], { isFrozen: true }));
        expect(failure).toMatchObject({ code: 'input-missing', at, hint: expect.stringContaining('snapshot') });
        expect(failure.message).toContain('package tool 1');
      }));

    it('are an error where nothing has them any more, which says what to do', () =>
      inDirectory(async (directory) => {
        const { again, mirror } = await moved(directory, [newer(tool), newer(libtool), other]);
        rmSync(join(directory, 'cache'), { recursive: true });
        mirror.tamper('pool/main/t/tool/tool_1_amd64.deb', 404);
        expect(await failureOf(again(['tool', 'other']))).toMatchObject({
          code: 'input-missing',
          at,
          hint: expect.stringContaining('tbuild lock --update'),
          message: expect.stringContaining('package tool 1'),
        });
        expect(await again(['other'])).toEqual(['other 1']);
        expect(await again(['tool'], { update: 'all' })).toEqual(['libtool1 2', 'tool 2']);
      }));
  });
});

describe('the request of packages', () => {
  const digest = (more: Parameters<typeof debianContent>[2] = {}, names = ['aa', 'bb=1']) =>
    requestDigest(debianContent('http://one/debian', names, more));
  const snapshot = { isSnapshot: true, mirrors: [new URL('http://snapshot/1/')] };

  it('is known by its digest, which is that of this text', () => {
    const text =
      '{"essential":false,"exclude":[],"packages":[{"name":"aa"},{"name":"bb","version":"1"}],"recommends":false,"sources":[{"components":["main"],"suite":"stable"}]}';
    expect(digest()).toBe(digestOf(text));
  });

  it.each([
    ['the mirror', { sources: [{ mirrors: [new URL('http://two/')] }] }],
    ['the keyring', { keyring: { path: 'x', at } }],
    ['slim', { slim: true }],
    ['paths', { paths: [pattern('x')] }],
  ])('does not depend on %s', (_, more) => expect(digest(more)).toBe(digest()));

  it('depends on all else, and not on the order of what is excluded', () => {
    const others = [
      digest({}, ['aa']),
      digest({}, ['bb=1', 'aa']),
      digest({ exclude: ['cc', 'dd'] }),
      digest({ recommends: true }),
      digest({ essential: true }),
      digest({ sources: [{ suite: 'testing' }] }),
      digest({ sources: [{ components: ['main', 'contrib'] }] }),
      digest({ sources: [{}, { suite: 'security' }] }),
      digest({ sources: [snapshot] }),
      digest({ sources: [{ ...snapshot, mirrors: [new URL('http://snapshot/2/')] }] }),
    ];
    expect(new Set([digest(), ...others]).size).toBe(others.length + 1);
    expect(digest({ exclude: ['dd', 'cc'] })).toBe(digest({ exclude: ['cc', 'dd'] }));
  });
});

describe('the architecture', () => {
  it.each([
    ['linux/amd64', 'amd64'],
    ['linux/amd64/v3', 'amd64'],
    ['linux/arm64', 'arm64'],
    ['linux/arm64/v8', 'arm64'],
    ['linux/arm/v7', 'armhf'],
    ['linux/arm', 'armhf'],
    ['linux/arm/v5', 'armel'],
    ['linux/386', 'i386'],
    ['linux/ppc64le', 'ppc64el'],
    ['linux/s390x', 's390x'],
    ['linux/riscv64', 'riscv64'],
  ])('of %s is called %s', (platform, name) => {
    expect(debianArchitecture(parsePlatform(platform)!, at)).toBe(name);
  });

  it.each(['windows/amd64', 'linux/wasm', 'linux/constructor'])('of %s is none', async (platform) => {
    const failure = await failureOf(() => debianArchitecture(parsePlatform(platform)!, at));
    expect(failure).toMatchObject({ code: 'package-missing', at });
    expect(failure.message).toContain(platform);
  });
});
