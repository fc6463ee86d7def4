import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FoundTool } from '../../src/artifact/tools/find-tools.js';
import { createNodeHost, type Files } from '../../src/host/index.js';
import { failureOf, inDirectory, type Layout, lay } from '../inputs/support.js';
import { machine, type Search, searchOn, using } from './tools-support.js';

/** Files of a machine of which a directory is the root, but for what lies in another. */
function filesBelow(root: string, own: string): Partial<Files> {
  const { files } = createNodeHost();
  const at = (path: string): string => (path.startsWith(own) ? path : join(root, path));
  return {
    lstat: (path) => files.lstat(at(path)),
    stat: (path) => files.stat(at(path)),
    readDirectory: (path) => files.readDirectory(at(path)),
    readLink: (path) => files.readLink(at(path)),
    readFile: (path, limit) => files.readFile(at(path), limit),
    openRead: (path) => files.openRead(at(path)),
  };
}

const DPKG = 'var/lib/dpkg';
const stanza = (name: string, more = '', state = 'install ok installed'): string =>
  `Package: ${name}\nStatus: ${state}\nArchitecture: amd64\nVersion: 1-${name}\n${more}\n`;
const status = (...packages: readonly string[]): string => packages.join('\n');
const list = (...paths: readonly string[]): string => ['/.', '/usr', ...paths, ''].join('\n');

const base: Layout = {
  [`${DPKG}/status`]: status(
    stanza('dpkg'),
    stanza('tool', 'Depends: missing | libtool (>= 1), virtual\nPre-Depends: early\n'),
    stanza('libtool', 'Multi-Arch: same\nDepends: tool\n'),
    stanza('provider', 'Provides: virtual\n'),
    stanza('early'),
    stanza('other'),
    stanza('half', '', 'deinstall ok config-files'),
  ),
  [`${DPKG}/info/tool.list`]: list(
    '/usr/bin',
    '/usr/bin/tool',
    '/usr/lib/tool',
    '/usr/lib/tool/a',
    '/usr/share/doc/tool/README',
    '/usr/lib/gone',
  ),
  [`${DPKG}/info/libtool:amd64.list`]: list('/lib/libtool.so.1', '/lib/libtool.so'),
  [`${DPKG}/info/provider.list`]: list('/usr/bin', '/usr/bin/helper', '/usr/lib/shared/provider'),
  [`${DPKG}/info/early.list`]: list('/usr/bin/secret', '/usr/lib/early/empty'),
  [`${DPKG}/info/other.list`]: list('/usr/bin/other', '/usr/lib/shared/other'),
  'lib@': 'usr/lib',
  'usr/bin/tool!': 'tool',
  'usr/bin/helper!': 'helper',
  'usr/bin/other!': 'other',
  'usr/bin/secret!': 'secret',
  'usr/lib/tool/a': 'a',
  'usr/lib/libtool.so.1': 'no library',
  'usr/lib/libtool.so@': 'libtool.so.1',
  'usr/lib/shared/provider': 'p',
  'usr/lib/shared/other': 'o',
  'usr/lib/early/empty/': '',
  'usr/share/doc/tool/README': 'read me',
};

const onDebian = <T>(layout: Layout, work: (search: Search, root: string) => Promise<T>): Promise<T> =>
  inDirectory((directory) => {
    const root = join(directory, 'machine');
    lay(root, layout);
    return work(searchOn(machine(['/usr/bin'], filesBelow(root, directory)), directory), root);
  });

const tool = { name: 'tool', packages: ['tool'] };
const shown = ({ files }: FoundTool): string[] =>
  files.map(({ absolute, kind, target }) => `${kind[0]} ${absolute}${target === undefined ? '' : ` -> ${target}`}`);
const packageFacts = ({ facts }: FoundTool): string[] =>
  Object.entries(facts).flatMap(([name, value]) => {
    const found = /: package (.*)/.exec(name)?.[1];
    return found === undefined ? [] : [`${found} ${value.split(' ')[0]}`];
  });

describe('a tool with Debian packages', () => {
  it('sees what they and those that they depend on have brought, whole directories where nothing else is in them', () =>
    onDebian(base, async (search) => {
      const [found] = await search(using(tool));
      expect(shown(found!)).toEqual([
        's /lib -> usr/lib',
        'f /usr/bin/helper',
        'f /usr/bin/secret',
        'f /usr/bin/tool',
        'd /usr/lib/early',
        's /usr/lib/libtool.so -> libtool.so.1',
        'f /usr/lib/libtool.so.1',
        'f /usr/lib/shared/provider',
        'd /usr/lib/tool',
      ]);
      expect(packageFacts(found!)).toEqual([
        'early 1-early',
        'libtool 1-libtool',
        'provider 1-provider',
        'tool 1-tool',
      ]);
    }));

  it('can call their programs, which count as parts of them', () =>
    onDebian(base, async (search) => {
      const found = await search(using(tool));
      expect(found.map(({ name, program }) => [name, program])).toEqual([
        ['tool', '/usr/bin/tool'],
        ['helper', '/usr/bin/helper'],
        ['secret', '/usr/bin/secret'],
      ]);
      expect(found.slice(1).map(({ facts }) => facts)).toEqual([{}, {}]);
    }));

  it.each<[what: string, names: readonly string[], change: (root: string) => void]>([
    [
      'a file of a package',
      ['tool tool: package provider'],
      (root) => writeFileSync(join(root, 'usr/lib/shared/provider'), 'P'),
    ],
    [
      'the version of a package',
      ['tool tool: package early'],
      (root) => {
        const text = base[`${DPKG}/status`]!;
        writeFileSync(join(root, DPKG, 'status'), text.replace('Version: 1-early', 'Version: 2'));
      },
    ],
    ['documentation', [], (root) => writeFileSync(join(root, 'usr/share/doc/tool/README'), 'other')],
    ['a file of another package', [], (root) => writeFileSync(join(root, 'usr/lib/shared/other'), 'O')],
    [
      'who may read a file, and with that whether it is for all',
      ['tool tool: package early'],
      (root) => chmodSync(join(root, 'usr/bin/secret'), 0o750),
    ],
  ])('is another with another: %s', (_what, names, change) =>
    onDebian(base, async (search, root) => {
      const [before] = await search(using(tool));
      change(root);
      const [after] = await search(using(tool));
      const all = Object.keys({ ...before!.facts, ...after!.facts });
      expect(all.filter((name) => before!.facts[name] !== after!.facts[name])).toEqual(names);
    }),
  );

  it('has the links of alternatives that lead to them, and not others', () =>
    onDebian(
      {
        ...base,
        [`${DPKG}/alternatives/doer`]:
          'auto\n/usr/bin/doer\nundoer\n/usr/bin/undoer\n\n/usr/bin/tool\n10\n/usr/bin/helper\n\n',
        [`${DPKG}/alternatives/another`]: 'manual\n/usr/bin/another\n\n/usr/bin/other\n10\n\n',
        'usr/bin/doer@': '/etc/alternatives/doer',
        'usr/bin/undoer@': '/etc/alternatives/undoer',
        'usr/bin/another@': '/etc/alternatives/another',
        'etc/alternatives/doer@': '/usr/bin/tool',
        'etc/alternatives/undoer@': '/usr/bin/helper',
        'etc/alternatives/another@': '/usr/bin/other',
      },
      async (search) => {
        const found = await search(using(tool));
        expect(shown(found[0]!)).toEqual(
          expect.arrayContaining([
            's /etc/alternatives/doer -> /usr/bin/tool',
            's /etc/alternatives/undoer -> /usr/bin/helper',
            's /usr/bin/doer -> /etc/alternatives/doer',
            's /usr/bin/undoer -> /etc/alternatives/undoer',
          ]),
        );
        expect(shown(found[0]!).join()).not.toContain('another');
        expect(found.map(({ name }) => name)).toEqual(['tool', 'doer', 'helper', 'secret', 'undoer']);
      },
    ));

  it('has a file where it was diverted to', () =>
    onDebian(
      {
        ...base,
        [`${DPKG}/diversions`]:
          '/usr/bin/helper\n/usr/bin/helper.real\nother\n/usr/bin/tool\n/usr/bin/tool.old\ntool\n',
        'usr/bin/helper.real!': 'real',
      },
      async (search) => {
        const [found] = await search(using(tool));
        const programs = shown(found!).filter((line) => line.includes('/usr/bin/'));
        expect(programs).toEqual(['f /usr/bin/helper.real', 'f /usr/bin/secret', 'f /usr/bin/tool']);
      },
    ));

  it.each([
    ['nothing', /needs the Debian package "nothing", which is not installed$/, 'Install it: apt-get install nothing'],
    ['half', /needs the Debian package "half", which is not installed$/, 'Install it: apt-get install half'],
    ['virtual', /needs the Debian package "virtual", which is not installed$/, 'Install it: apt-get install virtual'],
    ['tool:arm64', /needs the Debian package "tool:arm64"/, 'Install it: apt-get install tool:arm64'],
  ])('must have them installed: %s', (name, message, hint) =>
    onDebian(base, async (search) => {
      const error = await failureOf(() => search(using({ name: 'tool', packages: [name] })));
      expect([error.code, error.hint]).toEqual(['artifact-tool', hint]);
      expect(error.message).toMatch(message);
    }),
  );

  it('cannot be where there is no dpkg', () =>
    onDebian({ 'usr/bin/tool!': 'tool' }, async (search) => {
      const { code, message, hint } = await failureOf(() => search(using(tool)));
      expect(code).toBe('artifact-tool');
      expect(message).toBe(
        'The tool "tool" of artifact "server" needs the Debian packages "tool", but this machine has no dpkg',
      );
      expect(hint).toMatch(/under "with"/);
    }));

  it('prefers packages of its own architecture', () =>
    onDebian(
      {
        ...base,
        [`${DPKG}/status`]: status(
          stanza('early').replace('amd64', 'i386').replace('1-early', '0'),
          base[`${DPKG}/status`]!,
        ),
      },
      async (search) => {
        expect(packageFacts((await search(using(tool)))[0]!)).toContain('early 1-early');
        const foreign = await search(using({ name: 'tool', packages: ['early:i386'] }));
        expect(packageFacts(foreign[0]!)).toEqual(['early:i386 0']);
      },
    ));
});
