import { execFileSync } from 'node:child_process';
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeHeader, type TarMember } from '../../src/tar/index.js';
import { compareUtf8 } from '../../src/util/index.js';
import { need } from '../support/programs.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { type Content, member, write } from './support.js';

/**
 * Format 1 as a recipe for GNU tar: run in a directory, it gives the archive of what is below. OWNER, GROUP and TIME
 * come from the environment.
 */
const RECIPE = `
find . -mindepth 1 -printf '%P\\0' | LC_ALL=C sort -z |
tar --format=pax --pax-option='exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime' \\
  --mtime="@$TIME" --owner=":$OWNER" --group=":$GROUP" --numeric-owner --hard-dereference \\
  --blocking-factor=1 --no-recursion --null --verbatim-files-from --files-from=- --create --file=-
`;

const directory = temporaryDirectory();

/** Makes the members as real files, and gives what GNU tar makes of them. */
function builtByGnuTar(members: readonly Content[]): Buffer {
  const root = mkdtempSync(join(directory.path, 'tree-'));
  for (const { member: facts, body } of members) {
    const path = join(root, facts.path);
    mkdirSync(dirname(path), { recursive: true });
    if (facts.kind === 'directory') mkdirSync(path, { recursive: true });
    else if (facts.kind === 'symlink') symlinkSync(facts.linkTarget!, path);
    else writeFileSync(path, body, 'latin1');
    if (facts.kind === 'file' && facts.size !== body.length) truncateSync(path, facts.size);
    if (facts.kind !== 'symlink') chmodSync(path, facts.mode);
  }
  const { uid, gid, mtime } = members[0]!.member;
  const env = { ...process.env, OWNER: `${uid}`, GROUP: `${gid}`, TIME: `${mtime}` };
  return execFileSync('sh', ['-c', RECIPE], { cwd: root, env, maxBuffer: 2 ** 26 });
}

const MTIME = 1_700_000_000;
const file = (path: string, body = path, mode = 0o644): Content => {
  return { member: member(path, { size: body.length, mode, mtime: MTIME }), body };
};
const folder = (path: string, mode = 0o755): Content => {
  return { member: member(path, { kind: 'directory', mode, mtime: MTIME }), body: '' };
};
const symlink = (path: string, linkTarget: string): Content => {
  return { member: member(path, { kind: 'symlink', mode: 0o777, mtime: MTIME, linkTarget }), body: '' };
};
const n = (length: number): string => 'n'.repeat(length);

/** Every folder above the members, as `find` lists them. */
function withFolders(members: readonly Content[]): Content[] {
  const byPath = new Map<string, Content>();
  for (const item of members) {
    const names = item.member.path.split('/');
    for (let i = 1; i < names.length; i++) byPath.set(names.slice(0, i).join('/'), folder(names.slice(0, i).join('/')));
  }
  for (const item of members) byPath.set(item.member.path, item);
  return [...byPath.values()].sort((a, b) => compareUtf8(a.member.path, b.member.path));
}

const trees: readonly (readonly [string, readonly Content[]])[] = [
  [
    'files of all modes',
    [file('a', '', 0o4755), file('b', 'x', 0o600), file('c', 'y'.repeat(512)), file('d', 'z'.repeat(100_000), 0o6711)],
  ],
  ['empty folders', [folder('empty'), folder('tmp', 0o1777), folder('x/y/z')]],
  [
    'symlinks',
    [
      symlink('a', 'b'),
      symlink('b', '/usr/../bin//x'),
      symlink('c', 'é'),
      symlink('d', n(100)),
      symlink('e', n(101)),
      symlink(`f${n(101)}`, n(300)),
    ],
  ],
  [
    'names about the length of their field',
    [98, 99, 100, 101, 102].flatMap((length) => [file(n(length)), folder(`d${n(length - 1)}`)]),
  ],
  [
    'names that a prefix could hold',
    [file(`${n(50)}/${n(99)}`), file(`${n(155)}/${n(100)}`), folder(`${n(154)}/${n(98)}`)],
  ],
  ['names beyond any field', [file(`${n(255)}/${n(255)}`), file([n(200), n(201), n(202), n(203)].join('/'))]],
  [
    'names beyond ASCII',
    [file('straße/naïve'), folder('中文'), file('𝄞'), file('\uff5e'), file(`${n(99)}é`), symlink(`${n(98)}é`, '𝄞')],
  ],
  ['names that sort unlike their paths', [file('a/b'), file('a-b'), file('a.b'), file('a b'), file('ab'), file('A')]],
  ['strange names', [file('-rf'), file(' '), file('a\nb'), file('"\\'), file('\x7f\x01'), file('a=b'), file('*')]],
];

describe.skipIf(!need('tar', 'find', 'sort'))('GNU tar builds the same archive', () => {
  it.each(trees)('of %s', async (_, members) => {
    const all = withFolders(members);
    expect((await write(all)).length % 512).toBe(0);
    expect(builtByGnuTar(all).equals(await write(all))).toBe(true);
  });

  it('of all that together', async () => {
    const all = withFolders(trees.flatMap(([, members], i) => members.map((item) => within(`tree ${i}`, item))));
    expect(builtByGnuTar(all).equals(await write(all))).toBe(true);
  });

  const beyond: readonly (readonly [string, Partial<TarMember>])[] = [
    ['the largest owner of ustar', { uid: 2_097_151, gid: 2_097_151 }],
    ['an owner beyond ustar', { uid: 3_000_000 }],
    ['a group beyond ustar', { gid: 2_097_152 }],
    ['a time of 2^31', { mtime: 2 ** 31 }],
    ['a time of 2^33 − 1', { mtime: 2 ** 33 - 1 }],
    ['a time of 2^33', { mtime: 2 ** 33 }],
  ];
  it.each(beyond)('with %s', async (_, more) => {
    const all = [file('a'), folder('d'), symlink('l', 'a')].map((item) => ({
      ...item,
      member: { ...item.member, ...more },
    }));
    expect(builtByGnuTar(all).equals(await write(all))).toBe(true);
  });
});

/** The member below a folder. */
function within(parent: string, { member: facts, body }: Content): Content {
  return { member: { ...facts, path: `${parent}/${facts.path}` }, body };
}

describe.skipIf(!need('tar', 'head'))('GNU tar writes the same header', () => {
  it.each([2 ** 33 - 1, 2 ** 33, 9 * 2 ** 30])('of a file of %i bytes', (size) => {
    const path = join(directory.path, 'big');
    writeFileSync(path, '');
    truncateSync(path, size);
    const { uid, gid } = lstatSync(path);
    const header = encodeHeader(member('big', { size, mode: 0o644, uid, gid, mtime: MTIME }));
    const options = `--format=pax --pax-option='exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime' --mtime=@${MTIME}`;
    chmodSync(path, 0o644);
    const script = `tar ${options} --numeric-owner -cf - big 2>/dev/null | head -c ${header.length}`;
    expect(execFileSync('sh', ['-c', script], { cwd: directory.path }).equals(header)).toBe(true);
  });
});
