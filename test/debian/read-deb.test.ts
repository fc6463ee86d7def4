import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Deb, readDeb } from '../../src/debian/index.js';
import { digestOf } from '../../src/oci/index.js';
import { collect } from '../../src/util/index.js';
import { makeDeb } from '../support/debian/make-deb.js';
import { ar, CONTROL, debMembers, filesTar, type RawDeb, rawDeb } from '../support/debian/raw-deb.js';
import { realArchive } from '../support/debian/real-archive.js';
import { failureOf } from '../support/failure-of.js';
import { need } from '../support/programs.js';
import { outputOf } from '../support/run.js';
import { archive, block, content, inPieces, pax } from '../tar/support.js';

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
const place = { path: 'pool/t/tool.deb', digest: digestOf(''), size: 0, suite: 'stable' };

interface ReadFile {
  readonly path: string;
  readonly kind: string;
  readonly mode: string;
  readonly text: string;
}

async function readAll(bytes: Uint8Array, piece = 1000): Promise<{ deb: Deb; files: ReadFile[] }> {
  const deb = await readDeb(inPieces(bytes, piece), place);
  const files: ReadFile[] = [];
  for await (const { path, kind, mode, body } of deb.members()) {
    const text = Buffer.from(await collect(body, 64_000_000)).toString();
    files.push({ path, kind, mode: mode.toString(8), text });
  }
  return { deb, files };
}

/** The members of a good package with one of them replaced. */
function withMember(index: number, change: Partial<ReturnType<typeof debMembers>[0]>) {
  return ar(debMembers().map((member, i) => (i === index ? { ...member, ...change } : member)));
}

const GOOD = debMembers();
const [VERSION, CONTROLS, DATA] = GOOD as [(typeof GOOD)[0], (typeof GOOD)[0], (typeof GOOD)[0]];
const data = (...blocks: readonly Uint8Array[]): RawDeb => ({ dataTar: archive(...blocks) });
const device = (type: string) => block({ name: './dev/x', type, devices: '0000001\x000000003\0' });

/** The hostile packages that are refused, by the number of the case in the catalogue of threats. */
const REFUSED: readonly (readonly [what: string, bytes: Uint8Array, message: RegExp])[] = [
  ['1 another magic', ar(GOOD, '!<arcx>\n'), /begins with "!<arcx>\\x0a"/],
  ['1 a tar', rawDeb().subarray(8), /begins with "debian-b"/],
  ['2 another order', ar([VERSION, DATA, CONTROLS]), /"data.tar.gz" in the place of control.tar/],
  ['2 no format version', ar([CONTROLS, DATA]), /"control.tar.gz" in the place of debian-binary/],
  ['2 an unknown member', ar([VERSION, { name: 'x', bytes: '' }, CONTROLS, DATA]), /"x" in the place of control.tar/],
  [
    '2 an underscore in front',
    ar([{ name: '_x', bytes: '' }, VERSION, CONTROLS, DATA]),
    /"_x" in the place of debian-b/,
  ],
  ['2 no data', ar([VERSION, CONTROLS]), /has no member data.tar/],
  ['2 no members', ar([]), /has no member debian-binary/],
  ['2 another format', withMember(0, { bytes: '3.0\n' }), /format version is "3.0\\x0a"/],
  ['2 more lines of format', withMember(0, { bytes: '2.0\nx\n' }), /format version is "2.0\\x0ax\\x0a"/],
  ['3 two data archives', ar([...GOOD, DATA]), /"data.tar.gz" after data.tar/],
  ['3 two control archives', ar([VERSION, CONTROLS, CONTROLS, DATA]), /"control.tar.gz" in the place of data.tar/],
  ['3 something after the data', ar([...GOOD, { name: 'extra', bytes: 'x' }]), /"extra" after data.tar/],
  ['4 bzip2', withMember(2, { name: 'data.tar.bz2' }), /compressed as ".bz2", which is not supported/],
  ['4 lzma', withMember(2, { name: 'data.tar.lzma' }), /compressed as ".lzma", which is not supported/],
  ['4 an unknown compression', withMember(1, { name: 'control.tar.br' }), /control.tar is compressed as ".br"/],
  ['4 another than the name says', withMember(2, { name: 'data.tar.xz' }), /xz data/],
  ['5 a negative size', withMember(1, { size: '-1' }), /"control.tar.gz" has the size "-1 +"/],
  ['5 a size beyond the file', withMember(2, { size: '9999999999' }), /data.*cut off|ends too early/],
  ['5 a size of zero', withMember(1, { size: '0' }), /ends too early|no header of ar/],
  ['5 a size with a sign', withMember(1, { size: '+5' }), /has the size "\+5/],
  ['5 a hexadecimal size', withMember(1, { size: '0x10' }), /has the size "0x10/],
  ['5 a size with a blank in front', withMember(1, { size: ' 100' }), /has the size " 100/],
  ['5 no size', withMember(1, { size: ' ' }), /has the size " +"/],
  ['5 an odd size without padding', withMember(0, { bytes: '2.0', padding: '' }), /format version is "2.0"/],
  [
    '5 other padding',
    ar([
      { name: 'debian-binary', bytes: '2.0\n' },
      { name: '_x', bytes: 'y', padding: 'z' },
    ]),
    /odd size/,
  ],
  ['5 a mode that is no octal number', withMember(1, { mode: '10064x' }), /has the mode "10064x/],
  ['5 another end of a header', withMember(1, { end: 'xx' }), /which is no header of ar/],
  ['6 a long name as of GNU', ar([VERSION, { name: '//', bytes: 'x\n' }, CONTROLS, DATA]), /a long member name/],
  ['6 a long name as of BSD', withMember(1, { name: '#1/20' }), /a long member name/],
  ['6 a name with a slash', withMember(1, { name: '../control.tar' }), /the member name "..\/control.tar/],
  ['6 no name', withMember(1, { name: '' }), /the member name " +"/],
  ['7 a second stanza', rawDeb({ control: { control: `${CONTROL}\n${CONTROL}` } }), /more than one package/],
  ['7 a field twice', rawDeb({ control: { control: `${CONTROL}Package: other\n` } }), /"Package" is there twice/],
  ['7 a carriage return', rawDeb({ control: { control: `${CONTROL}X: a\rY: b\n` } }), /control character/],
  ['7 a NUL', rawDeb({ control: { control: `${CONTROL}X: a\0b\n` } }), /NUL byte/],
  ['7 no UTF-8', rawDeb({ controlTar: archive(block({ name: 'control', size: 1 }), content('\xff')) }), /not UTF-8/],
  ['7 an empty control file', rawDeb({ control: { control: '' } }), /control file is empty/],
  ['7 no control file', rawDeb({ controlTar: filesTar({ md5sums: '' }) }), /has no control file/],
  [
    '7 two control files',
    rawDeb({ controlTar: archive(block({ name: 'control' }), block({ name: './control' })) }),
    /name that an earlier member has/,
  ],
  [
    '7 a symlink as control',
    rawDeb({ controlTar: archive(block({ name: './control', type: '2', link: '/etc/passwd' })) }),
    /"control", a symlink/,
  ],
  [
    '7 a control file elsewhere',
    rawDeb({ controlTar: archive(block({ name: './a/control' })) }),
    /"a\/control", a file/,
  ],
  ['8 a broken list of MD5', rawDeb({ control: { md5sums: 'x  usr/bin/tool\n' } }), /md5sums has the line "x {2}usr/],
  [
    '8 a list that leaves the package',
    rawDeb({ control: { md5sums: `${md5('')}  usr/../../etc/x\n` } }),
    /md5sums has the line/,
  ],
  [
    '8 a path twice in the list',
    rawDeb({ control: { md5sums: `${md5('')}  a\n${md5('')}  ./a\n` } }),
    /names "a" twice/,
  ],
  ['9 a relative configuration file', rawDeb({ control: { conffiles: 'etc/x\n' } }), /conffiles has the line "etc\/x"/],
  ['13 a wrong MD5', rawDeb({ control: { md5sums: `${md5('other')}  usr/bin/tool\n` } }), /whose content has the MD5/],
  ['13 an MD5 of nothing', rawDeb({ control: { md5sums: `${md5('')}  usr/bin/none\n` } }), /which it does not hold/],
  [
    '14 files below a symlink',
    rawDeb(data(block({ name: './lib', type: '2', link: 'usr/lib' }), block({ name: './lib/x' }))),
    /lies below "lib", which is a symlink/,
  ],
  [
    '15 a hard link out of the package',
    rawDeb(data(block({ name: './a', type: '1', link: '../../etc/shadow' }))),
    /"\.\." in it/,
  ],
  ['16 a character device', rawDeb(data(device('3'))), /"dev\/x", a character device/],
  ['16 a block device', rawDeb(data(device('4'))), /"dev\/x", a block device/],
  ['16 a fifo', rawDeb(data(block({ name: './x', type: '6' }))), /"x", a fifo/],
  [
    '18 capabilities',
    rawDeb(data(pax(['SCHILY.xattr.security.capability', 'x']), block({ name: './a' }))),
    /extended attribute security.capability/,
  ],
  [
    '20 a version with a path',
    rawDeb({ control: { control: CONTROL.replace('1.0-1', '../../1') } }),
    /"version".*"\.\.\/\.\.\/1"/,
  ],
  [
    '20 a version with an end of line',
    rawDeb({ control: { control: CONTROL.replace('1.0-1', '1\n x') } }),
    /"version"/,
  ],
  ['20 a version with blanks', rawDeb({ control: { control: CONTROL.replace('1.0-1', '1 2') } }), /"version".*"1 2"/],
  [
    '20 a name with a path',
    rawDeb({ control: { control: CONTROL.replace('tool', '../tool') } }),
    /"package".*"\.\.\/tool"/,
  ],
  [
    '20 an architecture with a path',
    rawDeb({ control: { control: CONTROL.replace('amd64', 'a/b') } }),
    /"architecture".*"a\/b"/,
  ],
  ['20 no version', rawDeb({ control: { control: CONTROL.replace(/Version.*\n/, '') } }), /"version".*is missing/],
  ['21 nothing', Buffer.alloc(0), /it is empty/],
  ['22 a bomb', rawDeb({ dataTar: Buffer.alloc(8 * 2 ** 20) }), /gives more than 1000 bytes for each/],
];

describe('a hostile package', () => {
  it.each(REFUSED)('is refused for %s', async (_, bytes, message) => {
    const failure = await failureOf(readAll(bytes));
    expect(failure).toMatchObject({ code: 'deb-invalid', details: { file: place.path } });
    expect(failure.message).toMatch(/^The package "pool\/t\/tool.deb" is not valid: /);
    expect(failure.message).toMatch(message);
  });

  it('is refused where it is cut off at any byte (22)', async () => {
    const whole = rawDeb();
    for (let length = 0; length < whole.length; length++) {
      const failure = await failureOf(readAll(whole.subarray(0, length)));
      expect(failure.code, `cut at ${length}`).toBe('deb-invalid');
    }
  });

  it('never gives more than it says or something else than an error of its own, whatever its bytes are', async () => {
    const whole = rawDeb();
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const bytes = Buffer.from(whole);
        bytes[at]! ^= flip;
        const outcome = await readAll(bytes).catch((error: unknown) => error);
        // What may change: times and owners of the ar headers, the mode of a member, gzip's header.
        if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'deb-invalid' });
        else expect(outcome).toMatchObject({ files: [{ path: 'usr/bin/tool', text: 'a tool' }] });
      }),
      { numRuns: 500 },
    );
  });
});

/** What is taken as it is, by the number of the case. */
const ACCEPTED: readonly (readonly [what: string, bytes: Uint8Array, files: readonly string[]])[] = [
  [
    '2 members that begin with an underscore',
    ar([
      VERSION,
      { name: '_sig', bytes: 'abc' },
      CONTROLS,
      { name: '_x', bytes: '' },
      DATA,
      { name: '_gpg', bytes: 'z' },
    ]),
    ['644 usr/bin/tool'],
  ],
  [
    '6 a slash at the end of names',
    ar(GOOD.map((member) => ({ ...member, name: `${member.name}/` }))),
    ['644 usr/bin/tool'],
  ],
  ['8 no list of MD5', rawDeb(), ['644 usr/bin/tool']],
  [
    '9 configuration files',
    rawDeb({
      control: { conffiles: '/etc/tool.conf\nremove-on-upgrade /etc/old\n' },
      dataTar: filesTar({ 'etc/tool.conf': 'x' }),
    }),
    ['644 etc/tool.conf'],
  ],
  [
    '10 names of diverted files',
    rawDeb({
      control: { preinst: '#!/bin/sh\ndpkg-divert --rename /bin/sh\n' },
      dataTar: filesTar({ 'bin/sh.distrib': 'x' }),
    }),
    ['644 bin/sh.distrib'],
  ],
  [
    '15 hard links across directories',
    rawDeb(data(block({ name: './a/x', size: 1 }), content('1'), block({ name: './b/y', type: '1', link: './a/x' }))),
    ['644 a/x', '644 b/y'],
  ],
  [
    '17 setuid, setgid and sticky',
    rawDeb(data(block({ name: './su', mode: '0006755\0' }), block({ name: './tmp/', type: '5', mode: '0001777\0' }))),
    ['6755 su', '1777 tmp'],
  ],
  [
    'no compression',
    ar([
      VERSION,
      { name: 'control.tar', bytes: filesTar({ control: CONTROL }) },
      { name: 'data.tar', bytes: filesTar({ a: '' }) },
    ]),
    ['644 a'],
  ],
];

describe('a package', () => {
  it.each(ACCEPTED)('is accepted with %s', async (_, bytes, expected) => {
    const { files } = await readAll(bytes);
    expect(files.map(({ mode, path }) => `${mode} ${path}`)).toEqual(expected);
  });

  it('gives its control file as it is, and what it says', async () => {
    const { deb } = await readAll(rawDeb());
    expect(deb.controlText).toBe(CONTROL);
    expect(deb.package).toMatchObject({
      name: 'tool',
      version: '1.0-1',
      architecture: 'amd64',
      source: 'tool',
      ...place,
    });
  });

  it('tells of maintainer scripts and configuration files, and runs none (11)', async () => {
    const control = {
      postinst: '#!/bin/sh\ntouch /tmp/ran\n',
      config: 'x',
      triggers: 'interest x',
      conffiles: '/etc/a b\n',
    };
    const { deb } = await readAll(rawDeb({ control, dataTar: filesTar({ 'etc/a b': '' }) }));
    expect(deb.scripts).toEqual(['config', 'postinst']);
    expect(deb.conffiles).toEqual(['/etc/a b']);
  });

  it('has the MD5 of every file, of hard links and of what was not read as well', async () => {
    const tar = archive(
      block({ name: './a', size: 3 }),
      content('abc'),
      block({ name: './b', type: '1', link: './a' }),
      block({ name: './c', type: '2', link: 'a' }),
    );
    const deb = await readDeb(inPieces(rawDeb({ dataTar: tar }), 7), place);
    for await (const _ of deb.members());
    expect([...deb.md5OfFiles]).toEqual([
      ['a', md5('abc')],
      ['b', md5('abc')],
    ]);
  });

  it('is the same in pieces of any size', async () => {
    const bytes = rawDeb();
    for (const size of [1, 2, 7, 59, 60, 61, 512]) {
      expect((await readAll(bytes, size)).files).toEqual([
        { path: 'usr/bin/tool', kind: 'file', mode: '644', text: 'a tool' },
      ]);
    }
  });

  it('ends its input when it is closed early', async () => {
    let isEnded = false;
    async function* input() {
      try {
        yield* inPieces(ar([...GOOD]), 100);
      } finally {
        isEnded = true;
      }
    }
    await (await readDeb(input(), place)).close();
    expect(isEnded).toBe(true);
  });

  it('passes on what its input throws', async () => {
    async function* input() {
      yield* inPieces(rawDeb().subarray(0, 200), 10);
      throw new Error('unplugged');
    }
    await expect(readDeb(input(), place)).rejects.toThrow('unplugged');
  });
});

describe.skipIf(!need('dpkg-deb'))('a package that dpkg-deb made', () => {
  it.each(['xz', 'zstd', 'gzip', 'none'] as const)('is read with the compression %s', async (compression) => {
    const files = { 'usr/bin/tool': 'a tool', 'etc/tool.conf': 'x' };
    const bytes = await makeDeb({
      fields: { Package: 'tool' },
      files,
      control: { conffiles: '/etc/tool.conf\n' },
      compression,
    });
    const { deb, files: found } = await readAll(bytes);
    expect(deb.package.name).toBe('tool');
    expect(deb.conffiles).toEqual(['/etc/tool.conf']);
    expect(found.filter(({ kind }) => kind === 'file').map(({ path, text }) => [path, text])).toEqual(
      Object.entries(files).reverse(),
    );
  });
});

describe.skipIf(realArchive() === undefined || !need('dpkg-deb', 'tar'))('packages of Debian', () => {
  const pool = join(realArchive() ?? '/', 'pool');
  const all =
    realArchive() === undefined
      ? []
      : readdirSync(pool, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.deb'));
  const named = ['hello', 'dash', 'tzdata', 'libc6', 'base-files', 'curl'].flatMap(
    (name) => all.find((path) => path.includes(`/${name}_`)) ?? [],
  );

  it.each(named)('hold in %s what dpkg-deb finds there', async (path) => {
    const file = join(pool, path);
    const { deb, files } = await readAll(readFileSync(file), 65_536);
    const listing = await outputOf('sh', ['-c', `dpkg-deb --fsys-tarfile "$1" | tar -t`, 'sh', file]);
    const expected = listing.split('\n').map((line) => line.replace(/^\.\//, '').replace(/\/$/, ''));
    expect(files.map((each) => each.path)).toEqual(expected.filter((line) => line !== ''));
    expect(`${deb.controlText}`.trimEnd()).toBe(await outputOf('dpkg-deb', ['-f', file]));
  });
});
