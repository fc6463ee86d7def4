import { describe, expect, it } from 'vitest';
import { readImageFiles } from '../../src/inputs/image.js';
import type { ImageContent } from '../../src/manifest/index.js';
import { parseReference } from '../../src/oci/index.js';
import { type Entry, treeOf } from '../../src/tree/index.js';
import { directory, file, lines, symlink, whiteout } from '../tree/support.js';
import { at, failureOf, pattern } from './support.js';

const device: Entry = {
  ...{ kind: 'character-device', path: 'dev/null', mode: 0o666, uid: 0, gid: 0, deviceMajor: 1, deviceMinor: 3 },
  origin: { kind: 'base', label: 'the base' },
} as const;

const capability = new Map([['security.capability', new Uint8Array([1, 2])]]);

const image = treeOf([
  symlink('bin', 'usr/bin'),
  symlink('broken', 'nowhere'),
  directory('dev', 'declared'),
  device,
  directory('tmp', 'declared', 0o1777),
  directory('usr', 'declared'),
  directory('usr/bin', 'declared', 0o711, 5),
  file('usr/bin/busybox', 'box', { mode: 0o4755, uid: 3 }),
  { ...file('usr/bin/ping', 'ping', { mode: 0o755 }), xattrs: capability } as Entry,
  symlink('usr/bin/sh', 'busybox'),
  directory('usr/share', 'declared'),
  directory('usr/share/zoneinfo', 'declared', 0o750),
  directory('usr/share/zoneinfo/Europe', 'declared'),
  file('usr/share/zoneinfo/Europe/Rome', 'Rome'),
  symlink('usr/share/zoneinfo/UTC', 'Zulu'),
  file('usr/share/zoneinfo/Zulu', 'Zulu'),
]);

function content(globs: readonly string[], to?: string): ImageContent {
  const destination =
    to === undefined ? undefined : { path: to.replace(/^\/+|\/+$/g, ''), intoDirectory: to.endsWith('/') };
  return {
    ...{
      kind: 'image',
      reference: parseReference('docker://busybox:1.36'),
      text: 'busybox:1.36',
      owner: { uid: 9, gid: 9 },
    },
    ...{ paths: globs.map(pattern), to: destination, closure: undefined, replace: false, at },
  } as const;
}

const read = (wanted: ImageContent, tree = image) => readImageFiles(wanted, { imageTree: async () => tree });

describe('files of an image', () => {
  const cases: readonly [string, ImageContent, readonly string[]][] = [
    [
      'keep owners, modes and places, with the directories above them',
      content(['usr/bin/busybox']),
      ['usr/ 755', 'usr/bin/ 711 5', 'usr/bin/busybox 4755 3'],
    ],
    [
      'come with the symlinks that lead to them',
      content(['bin/sh']),
      ['bin -> usr/bin', 'usr/ 755', 'usr/bin/ 711 5', 'usr/bin/busybox 4755 3', 'usr/bin/sh -> busybox'],
    ],
    ['go to another place', content(['usr/bin/busybox'], '/opt/box'), ['opt/box 4755 3']],
    [
      'keep their names in another directory',
      content(['bin/busybox', 'bin/ping'], '/opt/'),
      ['opt/busybox 4755 3', 'opt/ping 755'],
    ],
    ['go to the root', content(['bin/busybox'], '/'), ['busybox 4755 3']],
    ['go there in place of the symlink that was named', content(['bin/sh'], '/opt/'), ['opt/sh 4755 3']],
    ['may be several of one pattern', content(['bin/*'], '/b/'), ['b/busybox 4755 3', 'b/ping 755', 'b/sh 4755 3']],
    [
      'are directories with all below them',
      content(['usr/share/zoneinfo'], '/zones'),
      ['zones/ 750', 'zones/Europe/ 755', 'zones/Europe/Rome 644', 'zones/UTC -> Zulu', 'zones/Zulu 644'],
    ],
    [
      'are directories that keep their name',
      content(['usr/share/zone*', 'usr/share/zoneinfo/Europe'], '/opt/'),
      [
        ...['opt/Europe/ 755', 'opt/Europe/Rome 644', 'opt/zoneinfo/ 750', 'opt/zoneinfo/Europe/ 755'],
        ...['opt/zoneinfo/Europe/Rome 644', 'opt/zoneinfo/UTC -> Zulu', 'opt/zoneinfo/Zulu 644'],
      ],
    ],
    ['may be named twice', content(['bin/ping', 'usr/bin/ping'], '/opt/'), ['opt/ping 755']],
  ];
  it.each(cases)('%s', async (_title, wanted, expected) => {
    expect(lines((await read(wanted)).entries)).toEqual(expected);
  });

  it('keep extended attributes, and say where they come from', async () => {
    const entry = (await read(content(['bin/ping'], '/opt/'))).get('opt/ping');
    expect(entry).toMatchObject({ xattrs: capability });
    expect(entry?.origin).toEqual({ kind: 'image', label: 'image busybox:1.36', source: 'usr/bin/ping', at });
  });

  it('yield to directories that the image below has', async () => {
    const tree = await read(content(['tmp', 'usr/bin/ping']));
    const claims = tree.entries.flatMap((entry) => (entry.kind === 'directory' ? [entry.claim] : []));
    expect(claims).toEqual(['walked', 'walked', 'walked']);
  });

  const refused: readonly [string, string, RegExp, ImageContent][] = [
    [
      'what is not there',
      'input-empty',
      /^"\/bin\/bash" matches nothing in image busybox:1.36$/,
      content(['bin/bash']),
    ],
    ['a device', 'input-kind', /"\/dev\/null" of image busybox:1.36 is a character device/, content(['dev'])],
    ['a device at another place', 'input-kind', /is a character device/, content(['dev/null'], '/x')],
    [
      'a symlink that leads nowhere',
      'input-missing',
      /^"\/broken" of image busybox:1.36 is a symlink/,
      content(['broken'], '/x'),
    ],
    [
      'two for one place',
      'path-clash',
      /^"\/bin\/busybox" and "\/bin\/ping" of .* cannot both be "\/x"$/,
      content(['bin/{busybox,ping}'], '/x'),
    ],
    [
      'two of one name',
      'path-clash',
      /^"\/usr\/share\/zoneinfo\/Europe" and "\/usr\/Europe" of .* cannot both be "\/x\/Europe"$/,
      content(['usr/share/zoneinfo/Europe', 'usr/Europe'], '/x/'),
    ],
    [
      'a path that is too long',
      'input-limit',
      /longer than 4096 bytes$/,
      content(['bin/ping'], `/${'x/'.repeat(2050)}`),
    ],
  ];
  it.each(refused)('are refused: %s', async (_title, code, message, wanted) => {
    const tree = treeOf([...image.entries, file('usr/Europe')]);
    const error = await failureOf(read(wanted, tree));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.at).toMatchObject({ line: at.line });
  });

  it('have no whiteouts, whatever the tree holds', async () => {
    const tree = treeOf([directory('a'), file('a/x'), whiteout('a/y')]);
    expect(lines((await read(content(['a'], '/b'), tree)).entries)).toEqual(['b/ 755', 'b/x 644']);
  });
});
