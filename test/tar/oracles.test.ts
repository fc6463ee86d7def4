import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TarMember } from '../../src/tar/index.js';
import { need } from '../support/programs.js';
import { outputOf } from '../support/run.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { contents, printableName } from './arbitrary.js';
import { type Content, write } from './support.js';

const env = { LC_ALL: 'C.UTF-8', TZ: 'UTC', PYTHONUTF8: '1' };
const directory = temporaryDirectory();

/** Lists an archive as Python's tarfile reads it: one JSON array a member. */
const PYTHON = `
import json, sys, tarfile
for m in tarfile.open(sys.argv[1], 'r:'):
    names = {k[13:]: v.encode('utf-8', 'surrogateescape').hex() for k, v in m.pax_headers.items() if k.startswith('SCHILY.xattr.')}
    print(json.dumps([m.name, m.type.decode(), m.mode, m.uid, m.gid, m.size, int(m.mtime), m.linkname, m.devmajor, m.devminor, names]))
`;

const LETTERS = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  hardlink: 'h',
  'character-device': 'c',
  'block-device': 'b',
  fifo: 'p',
};
const TYPES = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  'character-device': '3',
  'block-device': '4',
  directory: '5',
  fifo: '6',
};

/** `rwsr-x--T`, as ls writes permissions. */
function permissions(mode: number): string {
  const special = [
    [0o4000, 's'],
    [0o2000, 's'],
    [0o1000, 't'],
  ] as const;
  return special
    .map(([bit, letter], i) => {
      const bits = (mode >> (6 - 3 * i)) & 7;
      const isSpecial = (mode & bit) !== 0;
      const execute = (bits & 1) !== 0 ? (isSpecial ? letter : 'x') : isSpecial ? letter.toUpperCase() : '-';
      return `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${execute}`;
    })
    .join('');
}

const isDevice = ({ kind }: TarMember): boolean => kind === 'character-device' || kind === 'block-device';

/** The line of `tar -tv`, without its time: mode, owner, size, name. */
function lineOf(member: TarMember): string {
  const { kind, mode, uid, gid, size, path, linkTarget } = member;
  const arrow = kind === 'hardlink' ? 'link to' : '->';
  const name = `${path}${kind === 'directory' ? '/' : ''}${linkTarget === undefined ? '' : ` ${arrow} ${linkTarget}`}`;
  const length = isDevice(member) ? `${member.deviceMajor},${member.deviceMinor}` : size;
  return `${LETTERS[kind]}${permissions(mode)} ${uid}/${gid} ${length} ${name}`;
}

/** Busybox shows neither hard links as such nor device numbers, and knows of PAX only the names. */
function busyboxLineOf(member: TarMember): string {
  const { kind, mode, size, path, linkTarget } = member;
  const name = `${path}${kind === 'directory' ? '/' : ''}${linkTarget === undefined ? '' : ` -> ${linkTarget}`}`;
  return `${kind === 'hardlink' ? '-' : LETTERS[kind]}${permissions(mode)} ${size} ${name}`;
}

const lines = (text: string): string[] => (text === '' ? [] : text.split('\n'));

const programs: readonly {
  readonly program: string;
  list(file: string): Promise<unknown[]>;
  expected(member: TarMember): unknown;
}[] = [
  {
    program: 'tar',
    async list(file) {
      const args = ['--quoting-style=literal', '--numeric-owner', '--full-time', '-tvf', file];
      const rows = lines(await outputOf('tar', args, { env }));
      return rows.map((row) => row.replace(/^(\S+) (\S+) +(\S+) \S+ \S+ (.*)$/, '$1 $2 $3 $4'));
    },
    expected: lineOf,
  },
  {
    program: 'bsdtar',
    async list(file) {
      const rows = lines(await outputOf('bsdtar', ['--numeric-owner', '-tvf', file], { env }));
      const form = /^(\S+) +\d+ (\S+) +(\S+) +(\S+) \w{3} [ \d]\d +\d[\d:]+ (.*)$/;
      return rows.map((row) => row.replace(form, '$1 $2/$3 $4 $5'));
    },
    expected: lineOf,
  },
  {
    program: 'busybox',
    async list(file) {
      const rows = lines(await outputOf('busybox', ['tar', '-tvf', file], { env }));
      return rows.map((row) => row.replace(/^(\S+) \S+ +(\S+) \S+ \S+ (.*)$/, '$1 $2 $3'));
    },
    expected: busyboxLineOf,
  },
  {
    program: 'python3',
    async list(file) {
      return lines(await outputOf('python3', ['-c', PYTHON, file], { env })).map((row) => JSON.parse(row));
    },
    expected({ path, kind, mode, uid, gid, size, mtime, linkTarget = '', deviceMajor = 0, deviceMinor = 0, xattrs }) {
      const attributes = [...(xattrs ?? [])].map(([name, value]) => [name, Buffer.from(value).toString('hex')]);
      const facts = [path, TYPES[kind], mode, uid, gid, size, mtime, linkTarget, deviceMajor, deviceMinor];
      return [...facts, Object.fromEntries(attributes)];
    },
  },
];

async function agree(members: readonly Content[], { list, expected }: (typeof programs)[number]): Promise<void> {
  const file = join(directory.path, 'archive.tar');
  writeFileSync(file, await write(members));
  expect(await list(file)).toEqual(members.map((item) => expected(item.member)));
}

for (const judge of programs) {
  describe.skipIf(!need(judge.program))(`${judge.program} reads what is written`, () => {
    it('in names, kinds, modes, sizes and targets of links', async () => {
      await fc.assert(
        fc.asyncProperty(contents(printableName), (members) => agree(members, judge)),
        { numRuns: 12 },
      );
    });
  });
}

describe.skipIf(!need('tar'))('GNU tar', () => {
  it('extracts contents, and reads extended attributes as they were written', async () => {
    const capability = Buffer.from('0100000200040000000000000000000000000000', 'hex');
    const facts = { kind: 'file', mode: 0o755, uid: 0, gid: 0, mtime: 0, size: 4 } as const;
    const member = { ...facts, path: 'bin/ping', xattrs: new Map([['security.capability', capability]]) };
    const file = join(directory.path, 'capability.tar');
    writeFileSync(file, await write([{ member, body: 'ping' }]));
    expect(await outputOf('tar', ['-xOf', file, 'bin/ping'], { env })).toBe('ping');
    const listed = await outputOf('tar', ['--xattrs', '--xattrs-include=*', '-tvvf', file], { env });
    expect(listed).toMatch(/^ +x: 20 security\.capability$/m);
  });
});
