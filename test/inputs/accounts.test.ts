import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAccounts } from '../../src/inputs/accounts.js';
import { mayReplace } from '../../src/inputs/index.js';
import type { AccountsContent, GroupDeclaration, UserDeclaration } from '../../src/manifest/index.js';
import { assembleLayer, type Entry, type FileTree, overlay, treeOf } from '../../src/tree/index.js';
import { collect } from '../../src/util/index.js';
import { directory, file, symlink } from '../tree/support.js';
import { at, failureOf, textOf } from './support.js';

const earlier = { ...at, line: 3 };

function user(name: string, uid: number, more: Partial<UserDeclaration> = {}): UserDeclaration {
  return { name, uid, gid: uid, home: '/', shell: '/sbin/nologin', at, ...more };
}

function group(name: string, gid: number, members: readonly string[] = []): GroupDeclaration {
  return { name, gid, members, at };
}

function accounts(users: readonly UserDeclaration[], groups: readonly GroupDeclaration[] = []): AccountsContent {
  return { kind: 'accounts', users, groups, owner: { uid: 7, gid: 7 }, replace: false, at };
}

const read = (content: AccountsContent, below: readonly Entry[] = []): Promise<FileTree> =>
  readAccounts(content, { below: () => treeOf(below) });

const debian = [
  directory('etc', 'declared'),
  file('etc/group', 'root:x:0:\nwww-data:x:33:\nstaff:x:50:ann\n', { mode: 0o664 }),
  file('etc/gshadow', 'root:*::\nwww-data:*::\nstaff:*::ann\n', { mode: 0o640, gid: 42 }),
  file('etc/nsswitch.conf', 'passwd: files\n'),
  file('etc/passwd', 'root:x:0:0:root:/root:/bin/bash\nann:x:1000:50:Ann:/home/ann:/bin/sh\n', { label: 'the base' }),
  file('etc/shadow', 'root:*:19000:0:99999:7:::\nann:*:19000:0:99999:7:::\n', { mode: 0o640, gid: 42 }),
];

describe('accounts in an image that has none', () => {
  it('come with root and with the settings to find them', async () => {
    const tree = await read(accounts([user('app', 1000, { home: '/home/app' })]));
    expect(tree.entries.map(({ path }) => path)).toEqual(['etc/group', 'etc/nsswitch.conf', 'etc/passwd', 'home/app']);
    expect(await textOf(tree.get('etc/passwd'))).toBe(
      'root:x:0:0:root:/root:/sbin/nologin\napp:x:1000:1000::/home/app:/sbin/nologin\n',
    );
    expect(await textOf(tree.get('etc/group'))).toBe('root:x:0:\napp:x:1000:\n');
    expect(await textOf(tree.get('etc/nsswitch.conf'))).toBe('passwd: files\ngroup: files\nhosts: files dns\n');
    expect(tree.get('home/app')).toMatchObject({ kind: 'directory', mode: 0o700, uid: 1000, gid: 1000 });
    expect(tree.get('etc/passwd')).toMatchObject({ mode: 0o644, uid: 0, gid: 0, origin: { kind: 'accounts', at } });
  });

  it('have the root that is declared', async () => {
    const tree = await read(accounts([user('root', 0, { home: '/root', shell: '/bin/sh' })]));
    expect(await textOf(tree.get('etc/passwd'))).toBe('root:x:0:0::/root:/bin/sh\n');
    expect(await textOf(tree.get('etc/group'))).toBe('root:x:0:\n');
  });

  it('stand in the order of the file, groups of their own after those that are declared', async () => {
    const users = [user('b', 2), user('a', 1), user('web', 5, { gid: 33 })];
    const tree = await read(accounts(users, [group('www', 33, ['a', 'web'])]));
    expect((await textOf(tree.get('etc/passwd'))).match(/^\w+/gm)).toEqual(['root', 'b', 'a', 'web']);
    expect(await textOf(tree.get('etc/group'))).toBe('root:x:0:\nwww:x:33:a,web\nb:x:2:\na:x:1:\n');
  });
});

describe('accounts in an image that has some', () => {
  it('come after them, locked where passwords are kept', async () => {
    const tree = await read(accounts([user('app', 1001)], [group('web', 34, ['ann'])]), debian);
    expect(tree.entries.map(({ path }) => path)).toEqual(['etc/group', 'etc/gshadow', 'etc/passwd', 'etc/shadow']);
    const lastOf = async (path: string) => (await textOf(tree.get(path))).trimEnd().split('\n').slice(-2);
    expect(await lastOf('etc/passwd')).toEqual([
      'ann:x:1000:50:Ann:/home/ann:/bin/sh',
      'app:x:1001:1001::/:/sbin/nologin',
    ]);
    expect(await lastOf('etc/shadow')).toEqual(['ann:*:19000:0:99999:7:::', 'app:!:::::::']);
    expect(await lastOf('etc/group')).toEqual(['web:x:34:ann', 'app:x:1001:']);
    expect(await lastOf('etc/gshadow')).toEqual(['web:!::ann', 'app:!::']);
    expect(tree.get('etc/shadow')).toMatchObject({ mode: 0o640, gid: 42 });
    expect(tree.get('etc/group')).toMatchObject({ mode: 0o664 });
  });

  const same: readonly [string, AccountsContent][] = [
    ['a user with the same numbers', accounts([user('ann', 1000, { gid: 50 })])],
    ['the same home and shell', accounts([user('ann', 1000, { gid: 50, home: '/home/ann', shell: '/bin/sh' })])],
    ['a group with the same number', accounts([], [group('www-data', 33)])],
    ['a member that is one', accounts([], [group('staff', 50, ['ann'])])],
    ['nobody', accounts([])],
  ];
  it.each(same)('do not change them for %s', async (_title, content) => {
    const tree = await read(content, [...debian, directory('home'), directory('home/ann')]);
    expect(tree.entries).toEqual([]);
  });

  it('take new members, and no other line changes', async () => {
    const tree = await read(accounts([], [group('staff', 50, ['root', 'ann'])]), debian);
    expect(await textOf(tree.get('etc/group'))).toBe('root:x:0:\nwww-data:x:33:\nstaff:x:50:ann,root\n');
    expect(await textOf(tree.get('etc/gshadow'))).toBe('root:*::\nwww-data:*::\nstaff:*::ann,root\n');
    expect(tree.entries.length).toBe(2);
  });

  it('may give a second name to a number', async () => {
    const tree = await read(accounts([user('app', 1000, { gid: 50 })]), debian);
    expect((await textOf(tree.get('etc/passwd'))).split('\n')[2]).toBe('app:x:1000:50::/:/sbin/nologin');
    expect(tree.get('etc/group')).toBeUndefined();
  });

  it('are written where a symlink leads', async () => {
    const below = [
      directory('etc'),
      symlink('etc/passwd', '../usr/passwd'),
      directory('usr'),
      file('usr/passwd', 'x\n'),
    ];
    const tree = await read(accounts([user('app', 1)]), below);
    expect(await textOf(tree.get('usr/passwd'))).toBe('x\napp:x:1:1::/:/sbin/nologin\n');
    expect(tree.get('etc/passwd')).toBeUndefined();
  });

  it('leave every byte that is there as it is', () => {
    const line = fc.oneof(
      fc.uint8Array({ maxLength: 12 }),
      fc
        .constantFrom('app:x', 'app:x:one:1:::', '+::::::', '', '#', 'ann:x:5:5:\u00e4:/:/')
        .map((text) => Buffer.from(text)),
    );
    const content = accounts([user('new', 77, { home: '/caf\u00e9' })]);
    return fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 6 }), fc.boolean(), async (lines, isEnded) => {
        const bytes = Buffer.concat(lines.flatMap((each, i) => [...(i > 0 ? [Buffer.from('\n')] : []), each]));
        const before = Buffer.concat([bytes, Buffer.from(isEnded ? '\n' : '')]);
        const held = { ...file('etc/passwd', ''), size: before.length, open: () => [before] } as Entry;
        const entry = (await read(content, [directory('etc'), held])).get('etc/passwd');
        const after = Buffer.from(await collect(entry?.kind === 'file' ? entry.open() : [], 10_000));
        const ended =
          before.length === 0 || before.at(-1) === 0x0a ? before : Buffer.concat([before, Buffer.from('\n')]);
        expect(after).toEqual(Buffer.concat([ended, Buffer.from('new:x:77:77::/caf\u00e9:/sbin/nologin\n')]));
      }),
      { numRuns: 300 },
    );
  });

  it('override in a layer what a content before them put there', async () => {
    const content = accounts([user('app', 1)]);
    const first = { tree: treeOf([file('etc/passwd', 'root:x:0:0::/:/\n')]), replace: false };
    const tree = await readAccounts(content, { below: () => overlay(treeOf([]), first.tree) });
    const { tree: layer } = assembleLayer(treeOf([]), [first, { tree, replace: mayReplace(content) }]);
    expect(await textOf(layer.get('etc/passwd'))).toBe('root:x:0:0::/:/\napp:x:1:1::/:/sbin/nologin\n');
  });
});

describe('a home', () => {
  const cases: readonly [string, readonly UserDeclaration[], readonly Entry[], readonly string[]][] = [
    ['is made where it is not', [user('a', 1, { home: '/srv/a/' })], [], ['srv/a']],
    ['is left as it is where it is', [user('a', 1, { home: '/srv' })], [directory('srv')], []],
    ['is made where symlinks lead', [user('a', 1, { home: '/home/a' })], [symlink('home', 'var/home')], ['var/home/a']],
    ['is not made of the root', [user('a', 1)], [], []],
    ['is not made for users that shall have none', [user('a', 1, { home: '/nonexistent' })], [], []],
    ['is made once for two users', [user('a', 1, { home: '/h' }), user('b', 2, { home: '/h' })], [], ['h']],
  ];
  it.each(cases)('%s', async (_title, users, below, expected) => {
    const tree = await read(accounts(users), below);
    expect(tree.entries.filter(({ kind }) => kind === 'directory').map(({ path }) => path)).toEqual(expected);
  });
});

describe('accounts that cannot be', () => {
  const cases: readonly [string, string, RegExp, AccountsContent, readonly Entry[]][] = [
    [
      'a user with other numbers',
      'account-conflict',
      /^User "ann" is to have the numbers 1:1, but has 1000:50 in line 2 of \/etc\/passwd from the base$/,
      accounts([user('ann', 1)]),
      debian,
    ],
    [
      'another home',
      'account-conflict',
      /the home "\/x", but has "\/home\/ann"/,
      accounts([user('ann', 1000, { gid: 50, home: '/x' })]),
      debian,
    ],
    [
      'another shell',
      'account-conflict',
      /the shell "\/x"/,
      accounts([user('ann', 1000, { gid: 50, shell: '/x' })]),
      debian,
    ],
    [
      'a group with another number',
      'account-conflict',
      /^Group "staff" is to have the number 5, but has 50 in line 3 of \/etc\/group/,
      accounts([], [group('staff', 5)]),
      debian,
    ],
    [
      'a group of a user whose name is taken',
      'account-conflict',
      /^Group "staff" is to have the number 9/,
      accounts([user('staff', 9)]),
      debian,
    ],
    [
      'two users of one name',
      'account-conflict',
      /has 1:1 in an earlier declaration$/,
      accounts([user('a', 1, { at: earlier }), user('a', 2)]),
      [],
    ],
    [
      'a member that is no user',
      'manifest-reference',
      /has the member "anna", which is no user/,
      accounts([], [group('staff', 50, ['anna'])]),
      debian,
    ],
    [
      'a directory for a file',
      'path-conflict',
      /^Cannot change "\/etc\/passwd": "\/etc\/passwd" is a directory/,
      accounts([]),
      [directory('etc'), directory('etc/passwd')],
    ],
    [
      'symlinks in a circle',
      'path-conflict',
      /in a circle/,
      accounts([]),
      [directory('etc'), symlink('etc/passwd', 'passwd')],
    ],
    [
      'a file that is too large',
      'input-limit',
      /has 17000000 bytes/,
      accounts([]),
      [directory('etc'), { ...file('etc/passwd'), size: 17_000_000 } as Entry],
    ],
  ];
  it.each(cases)('are refused: %s', async (_title, code, message, content, below) => {
    const error = await failureOf(read(content, below));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.at).toEqual(at);
  });

  it('are refused with both places', async () => {
    const error = await failureOf(read(accounts([user('a', 1, { at: earlier }), user('a', 2)])));
    expect(error.related).toEqual([{ message: 'User "a" comes from here', at: earlier }]);
  });

  it('are refused with the name that was meant', async () => {
    const error = await failureOf(read(accounts([], [group('staff', 50, ['anna'])]), debian));
    expect(error.hint).toBe('Did you mean "ann"?');
  });
});
