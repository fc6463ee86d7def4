import { describe, expect, it } from 'vitest';
import type { PinChange } from '../../src/lock/index.js';
import { digestOf } from '../../src/oci/index.js';
import { type CauseFacts, entryChanges } from '../../src/plan/index.js';
import { type Entry, type Origin, treeOf } from '../../src/tree/index.js';
import { directory, file, symlink, whiteout } from '../tree/support.js';

const at = (line: number): NonNullable<Origin['at']> => ({ file: 'image.yaml', line, column: 1, length: 1, text: '' });

/** The entry with another origin. */
const from = (entry: Entry, kind: string, more: Partial<Origin> = {}): Entry => ({
  ...entry,
  origin: { kind, label: `${kind} site`, ...more },
});
const inPackage = (path: string, text: string, version: string): Entry =>
  from(file(path, text), 'debian', {
    label: `package libc6 ${version}`,
    package: { name: 'libc6', version, source: 'glibc' },
  });
const base = (entry: Entry): Entry => from(entry, 'base', { label: 'the base' });
const short = (text: string): string => digestOf(text).slice(0, 19);

const FACTS: CauseFacts = {
  artifactCause: () => undefined,
  baseMove: undefined,
  pins: [],
  declared: () => new Map([['files site', at(7)]]),
};
const MOVE = 'the base moved: debian:12 sha256:1 → sha256:2';
const PIN: PinChange = {
  change: 'changed',
  what: 'fetch https://e.x/a.tar',
  before: digestOf('1'),
  after: digestOf('2'),
};
const fetched = (text: string, label = PIN.what) => from(file('a', text), 'fetch', { label });
const capable = (value: Uint8Array): Entry => ({
  ...(file('a') as Extract<Entry, { kind: 'file' }>),
  xattrs: new Map([['security.capability', value]]),
});

type Row = readonly [title: string, before: Entry[], after: Entry[], changes: string[], facts?: Partial<CauseFacts>];

const ROWS: readonly Row[] = [
  [
    'a file',
    [from(file('a', '1'), 'files', { source: 'site/a' })],
    [from(file('a', '2'), 'files', { source: 'site/a', at: at(3) })],
    ['changed /a [content] site/a changed @3'],
  ],
  ['a new file', [], [from(file('a'), 'files', { source: 'site/a' })], ['added /a [] site/a is new @-']],
  [
    'a file that went',
    [from(file('a'), 'files', { source: 'site/a' })],
    [],
    ['removed /a [] files site: site/a is gone or no longer selected @7'],
  ],
  [
    'a file that is put elsewhere',
    [from(file('a'), 'files', { source: 's' })],
    [from(file('b', 'a'), 'files', { source: 's' })],
    ['removed /a [] s goes to /b now @7', 'added /b [] s went to /a before @-'],
  ],
  [
    'the mode that the manifest gives a directory',
    [directory('d')],
    [directory('d', 'declared', 0o700)],
    ['changed /d [mode] mode of files ./test in the manifest: 0755 → 0700 @-'],
  ],
  [
    'the mode of a file',
    [from(file('a'), 'files', { source: 's' })],
    [from(file('a', 'a', { mode: 0o755 }), 'files', { source: 's' })],
    ['changed /a [mode] mode of s: 0644 → 0755 @-'],
  ],
  [
    'mode and owner',
    [file('a')],
    [file('a', 'a', { mode: 0o600, uid: 5, gid: 6 })],
    ['changed /a [mode owner] mode and owner of files ./test in the manifest: 0644 → 0600, 0:0 → 5:6 @-'],
  ],
  [
    'a target',
    [symlink('l', 'a')],
    [symlink('l', 'b')],
    ['changed /l [target] target of files ./test in the manifest: a → b @-'],
  ],
  [
    'a capability',
    [file('a')],
    [capable(Uint8Array.of(1, 0))],
    ['changed /a [xattrs] xattrs of files ./test in the manifest: nothing → security.capability=0x0100 @-'],
  ],
  ['a kind', [file('a')], [symlink('a', 'b')], ['changed /a [kind] files ./test is a symlink now, and was a file @-']],
  [
    'another content in its place',
    [from(file('a', '1'), 'text', { label: 'text at /a' })],
    [from(file('a', '2'), 'files', { source: 's' })],
    ['changed /a [content] files site replaces text at /a @-'],
  ],
  [
    'a package that the lock moved',
    [inPackage('a', '1', '2.36-9'), inPackage('old', '', '2.36-9')],
    [inPackage('a', '2', '2.36-10'), inPackage('new', '', '2.36-10')],
    [
      'changed /a [content] the lock moved: package libc6 2.36-9 → 2.36-10 @-',
      'added /new [] the lock moved: package libc6 2.36-9 → 2.36-10 @-',
      'removed /old [] the lock moved: package libc6 2.36-9 → 2.36-10 @-',
    ],
  ],
  [
    'a package that is not asked for any more',
    [inPackage('a', '1', '2.36-9')],
    [],
    ['removed /a [] package libc6 2.36-9 is no longer declared @-'],
  ],
  [
    'a fetched file that the lock moved',
    [fetched('1')],
    [fetched('2')],
    [`changed /a [content] the lock moved: ${PIN.what} ${short('1')} → ${short('2')} @-`],
    { pins: [PIN] },
  ],
  [
    'a fetched file that is pinned to another content',
    [fetched('1')],
    [fetched('2')],
    [`changed /a [content] ${PIN.what} is pinned to another content: ${short('1')} → ${short('2')} @-`],
  ],
  [
    'the output of an artifact whose input changed',
    [from(file('a', '1'), 'artifact', { label: 'artifact app', source: 'a' })],
    [from(file('a', '2'), 'artifact', { label: 'artifact app', source: 'a' })],
    ['changed /a [content] artifact app: main.c changed (x → y) @-'],
    { artifactCause: () => 'main.c changed (x → y)' },
  ],
  [
    'an entry of a base that moved',
    [base(file('a', '1'))],
    [base(file('a', '2'))],
    [`changed /a [content] ${MOVE} @-`],
    { baseMove: MOVE },
  ],
  [
    'a parent that a layer has from its base',
    [],
    [base(directory('d'))],
    ['added /d [] a layer now needs this parent directory @-'],
  ],
  ['a removal', [], [whiteout('a')], ['added /.wh.a [] files ./test @-']],
];

describe('the cause of a changed entry', () => {
  it.each(ROWS.map((row) => ({ title: row[0], row })))('is named for $title', ({ row }) => {
    const [, before, after, changes, facts] = row;
    const found = entryChanges(treeOf(before), treeOf(after), { ...FACTS, ...facts });
    const lines = found.map(
      ({ change, path, differs, cause }) =>
        `${change} ${path} [${differs.join(' ')}] ${cause.text} @${cause.at?.line ?? '-'}`,
    );
    expect([...lines].sort()).toEqual([...changes].sort());
  });

  it('comes with devices and attributes on both sides', () => {
    const device = (minor: number): Entry => ({
      kind: 'character-device',
      path: 'null',
      mode: 0o666,
      uid: 0,
      gid: 0,
      deviceMajor: 1,
      deviceMinor: minor,
      origin: { kind: 'base', label: 'the base' },
      xattrs: new Map([['user.a', Uint8Array.of(1)]]),
    });
    const [change] = entryChanges(treeOf([device(3)]), treeOf([device(5)]), FACTS);
    expect(change).toMatchObject({
      differs: ['device'],
      before: { device: '1:3', xattrs: { 'user.a': '01' } },
      after: { device: '1:5' },
    });
  });
});
