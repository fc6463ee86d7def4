import { describe, expect, it } from 'vitest';
import {
  archive,
  block,
  content,
  END,
  type Fields,
  failureOf,
  inPieces,
  LIMITS,
  meta,
  pax,
  readAll,
} from './support.js';

type Case = readonly [title: string, bytes: Uint8Array, message: string];

const file = (fields: Fields = {}) => block({ name: 'f', ...fields });
const GNU = 'ustar  \0';
const V7 = '\0'.repeat(8);
const base256 = (value: number, length: number, first = 0x80): string => {
  const bytes = Buffer.alloc(length);
  bytes.writeBigUInt64BE(BigInt(value), length - 8);
  bytes[0]! |= first;
  return bytes.toString('latin1');
};

const numbers: readonly Case[] = [
  ['a negative size', archive(file({ size: '-0000000001\0' })), 'Member "f" at byte 0 has a size that is negative'],
  ['a negative size in base 256', archive(file({ size: '\xff'.repeat(12) })), 'has a size that is negative'],
  ['a size beyond 2^53', archive(file({ size: `\x80${'\x7f'.repeat(11)}` })), 'has a size that is too large'],
  ['a size with a high first byte', archive(file({ size: `\x90${'\0'.repeat(11)}` })), 'has a size that is too large'],
  ['a size with an 8', archive(file({ size: '00000000018\0' })), 'has a size that is not octal'],
  ['a size in hexadecimal', archive(file({ size: '0x000000010\0' })), 'has a size that is not octal'],
  ['a size with a plus sign', archive(file({ size: '+0000000001\0' })), 'has a size that is not octal'],
  ['a size with more behind its end', archive(file({ size: '0001\x0000001\0' })), 'has a size that is not octal'],
  ['a size of spaces', archive(file({ size: ' '.repeat(12) })), 'has no size'],
  ['a mode of more than 16 bits', archive(file({ mode: '0700644\0' })), 'has the mode 700644'],
  ['no size at all', archive(file({ size: '' })), 'has no size'],
  ['a negative owner', archive(file({ uid: '-000001\0' })), 'has a user number that is negative'],
  ['a negative owner in base 256', archive(file({ gid: '\xff'.repeat(8) })), 'has a group number that is negative'],
  ['the owner that Linux keeps for none', archive(file({ uid: base256(2 ** 32 - 1, 8) })), 'has the user number 42949'],
  ['a negative time', archive(file({ mtime: '\xff'.repeat(12) })), 'has a time that is negative'],
  ['a mode in base 256', archive(file({ mode: base256(0o644, 8) })), 'has a mode that is not octal'],
  [
    'a device number in base 256',
    archive(file({ type: '3', devices: base256(1, 8) })),
    'has a device number that is not octal',
  ],
];

const headers: readonly Case[] = [
  [
    'a device number of a file that is none',
    archive(file({ devices: '000000x\0' })),
    'has a device number that is not octal',
  ],
  ['a wrong checksum', archive(file({ checksum: '000001\0 ' })), 'Member "f" at byte 0 has a wrong checksum'],
  ['no checksum', archive(file({ checksum: ' '.repeat(8) })), 'has no checksum'],
  ['an unknown magic', archive(file({ magic: 'ustar\x0001' })), 'has the unknown magic "ustar\\x0001"'],
  ['a header of star', archive(file({ trailer: 'tar\0' })), 'has a header in the format of star'],
  ['a prefix before POSIX', archive(file({ magic: V7, prefix: 'p' })), 'has fields beyond its format'],
  ['a prefix in a header of GNU tar', archive(file({ magic: GNU, prefix: 'p' })), 'has fields beyond its format'],
  ['an unknown type', archive(file({ type: 'Z' })), 'has the unknown type "Z"'],
  ['a volume label', archive(file({ type: 'V', magic: GNU })), 'has the unknown type "V"'],
  ['a piece of a file', archive(file({ type: 'M', magic: GNU })), 'has the unknown type "M"'],
  ['a list of names', archive(file({ type: 'D', magic: GNU })), 'has the unknown type "D"'],
  ['a PAX header of Solaris', archive(file({ type: 'X' })), 'has the unknown type "X"'],
  ['a device before POSIX', archive(file({ type: '3', magic: V7 })), 'has the unknown type "3"'],
  ['a PAX header before POSIX', archive(meta('x', '', { magic: V7 })), 'has the unknown type "x"'],
  ['a sparse file of GNU tar', archive(file({ type: 'S', magic: GNU })), 'is a sparse file'],
];

const kinds = {
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character-device',
  '4': 'block-device',
  '5': 'directory',
  '6': 'fifo',
};
const bodies: readonly Case[] = [
  ...Object.entries(kinds).map(
    ([type, kind]): Case => [
      `a ${kind} with a content`,
      archive(file({ type, size: 5, link: type < '3' ? 'x' : '' }), content('hello')),
      `is a ${kind}, but has a content of 5 bytes`,
    ],
  ),
  [
    'a directory with a content by its name',
    archive(file({ name: 'd/', type: '\0', magic: V7, size: 1 }), content('x')),
    'is a directory, but has a content',
  ],
  [
    'a file whose name ends in a slash',
    archive(file({ name: 'f/' })),
    'Member "f/" at byte 0 is a file, but its name ends in a slash',
  ],
  [
    'a NUL-typed file whose name ends in a slash',
    archive(file({ name: 'f/', type: '\0' })),
    'its name ends in a slash',
  ],
  [
    'a symlink whose name ends in a slash',
    archive(file({ name: 's/', type: '2', link: 'x' })),
    'is a symlink, but its name',
  ],
  ['a file with a link target', archive(file({ link: 'x' })), 'is a file, but has a link target'],
  [
    'a directory with a PAX link target',
    archive(pax(['linkpath', 'x']), file({ type: '5' })),
    'is a directory, but has a link target',
  ],
  ['a symlink without a target', archive(file({ type: '2' })), 'has an empty link target'],
];

const paxCases: readonly Case[] = [
  [
    'a PAX size over a size of 0',
    archive(pax(['size', '5']), file(), content('hello')),
    'has two sizes: 0 in its header, 5 in its PAX header',
  ],
  [
    'a PAX size of 0 over a size',
    archive(pax(['size', '0']), file({ size: 512 }), content('x'.repeat(512))),
    'has two sizes: 512 in its header, 0',
  ],
  [
    'a PAX size that differs',
    archive(pax(['size', '512']), file({ size: 1024 }), content('x'.repeat(1024))),
    'has two sizes',
  ],
  ['a large PAX size over another size', archive(pax(['size', `${2 ** 33}`]), file({ size: 5 })), 'has two sizes'],
  [
    'a PAX size on a directory',
    archive(pax(['size', `${2 ** 33}`]), file({ type: '5' })),
    'is a directory, but has a content',
  ],
  [
    'a PAX size that is negative',
    archive(pax(['size', '-1']), file()),
    'has the PAX record "size" with the value "-1", which is no proper number',
  ],
  ['a PAX size beyond 2^53', archive(pax(['size', '9007199254740993']), file()), 'is no proper number'],
  ['a PAX size with a fraction', archive(pax(['size', '1.5']), file()), 'is no proper number'],
  ['a PAX owner with an exponent', archive(pax(['uid', '1e3']), file()), 'is no proper number'],
  ['a PAX owner beyond Linux', archive(pax(['gid', '4294967295']), file()), 'has the group number 4294967295'],
  ['a PAX time before 1970', archive(pax(['mtime', '-1.5']), file()), 'is no proper number'],
  ['a PAX time of nothing', archive(pax(['mtime', '']), file()), 'is no proper number'],
  [
    'a PAX time of reading that is none',
    archive(pax(['atime', 'now']), file()),
    'has the PAX record "atime" with the value "now"',
  ],
  ['a PAX path of nothing', archive(pax(['path', '']), file()), 'has the PAX record "path" with no value'],
  ['a PAX path with NUL', archive(pax(['path', 'a\0b']), file()), 'has a name with a NUL byte'],
  [
    'a PAX link target with NUL',
    archive(pax(['linkpath', 'a\0b']), file({ type: '2' })),
    'has a link target with a NUL byte',
  ],
  [
    'a PAX key that stands twice',
    archive(pax(['path', 'a'], ['path', 'b']), file()),
    'has the PAX record "path" twice',
  ],
  [
    'a PAX key that stands twice and matters not',
    archive(pax(['atime', '1'], ['atime', '1']), file()),
    'has the PAX record "atime" twice',
  ],
  [
    'a PAX key that is not known',
    archive(pax(['VENDOR.thing', '1']), file()),
    'has the PAX record "VENDOR.thing", which may change its meaning',
  ],
  ['a PAX access list', archive(pax(['SCHILY.acl.access', 'x']), file()), 'which may change its meaning'],
  ['a sparse file in PAX', archive(pax(['GNU.sparse.major', '1']), file()), 'is a sparse file'],
  ['a binary charset', archive(pax(['hdrcharset', 'BINARY']), file()), 'has the PAX record "hdrcharset"'],
  [
    'an extended attribute without a name',
    archive(pax(['SCHILY.xattr.', 'x']), file()),
    'which may change its meaning',
  ],
  [
    'a PAX record that is too long',
    archive(meta('x', '99 path=a\n'), file()),
    'has a PAX record of a wrong length at byte 0 of its content',
  ],
  ['a PAX record that is too short', archive(meta('x', '5 path=a\n'), file()), 'has a PAX record of a wrong length'],
  ['a PAX record of no length', archive(meta('x', '0 path=a\n'), file()), 'has a PAX record of a wrong length'],
  ['a PAX length of zeros in front', archive(meta('x', '0011 path=a\n'), file()), 'has a PAX record of a wrong length'],
  ['a PAX length without end', archive(meta('x', '1'.repeat(600)), file()), 'has a PAX record of a wrong length'],
  ['a PAX record without a line end', archive(meta('x', '9 path=ab'), file()), 'has a PAX record of a wrong length'],
  ['a PAX record without a key', archive(meta('x', '5 =a\n'), file()), 'has a PAX record without a proper key'],
  [
    'a PAX record without an equals sign',
    archive(meta('x', '8 path\n\n'), file()),
    'has a PAX record without a proper key',
  ],
  ['NULs after the PAX records', archive(meta('x', '10 path=a\n\0'), file()), 'has a PAX record of a wrong length'],
  ['a global path', archive(meta('g', '10 path=a\n'), file()), 'sets the PAX record "path" for all members'],
  ['a global size', archive(meta('g', '10 size=5\n'), file()), 'sets the PAX record "size" for all members'],
];

const sequences: readonly Case[] = [
  [
    'a PAX header after a PAX header',
    archive(pax(['uid', '1']), pax(['uid', '2']), file()),
    'Member "meta-x" at byte 1024 is a PAX header between another header and its member',
  ],
  [
    'a global header after a PAX header',
    archive(pax(['uid', '1']), meta('g', '12 comment=\n'), file()),
    'is a PAX header between another header',
  ],
  [
    'a PAX header after a GNU long name',
    archive(meta('L', 'long\0'), pax(['path', 'other']), file()),
    'is a PAX header between another header',
  ],
  [
    'a PAX header at the end',
    archive(pax(['uid', '1'])),
    'The archive ends after a header that should have a member, at byte 1024',
  ],
  ['a GNU long name at the end', archive(meta('L', 'long\0')), 'ends after a header that should have a member'],
  [
    'a GNU long name after a PAX path',
    archive(pax(['path', 'a']), meta('L', 'b\0'), file()),
    'names the same thing as the header before it',
  ],
  [
    'a GNU long link after a PAX one',
    archive(pax(['linkpath', 'a']), meta('K', 'b\0'), file({ type: '2' })),
    'names the same thing',
  ],
  [
    'a GNU long name after a PAX size',
    archive(pax(['size', '5']), meta('L', 'b\0'), file({ size: 5 }), content('hello')),
    'stands between a PAX header with a size and its member',
  ],
  ['two GNU long names', archive(meta('L', 'a\0'), meta('L', 'b\0'), file()), 'names the same thing'],
  [
    'PAX records after the end of their header',
    archive(meta('x', '10 path=a\n9 uid=7\n', { size: 10 }), file()),
    'is a header that goes on after its end',
  ],
  [
    'a GNU long name after the end of its header',
    archive(meta('L', 'long\0er\0', { size: 5 }), file()),
    'is a header that goes on after its end',
  ],
  [
    'a GNU long name without a NUL at its end',
    archive(meta('L', 'name'), file()),
    'is a long name without a NUL at its end',
  ],
  [
    'a GNU long link over an empty one',
    archive(meta('K', 'a\0'), file({ type: '2' })),
    'has a link target only before it',
  ],
  ['an empty PAX header', archive(meta('x', ''), file()), 'is a header with nothing in it'],
  ['an empty global header', archive(meta('g', ''), file()), 'is a header with nothing in it'],
  ['an empty GNU long name', archive(meta('L', '\0'), file()), 'is a header with nothing in it'],
  ['an empty GNU long link', archive(meta('K', ''), file()), 'is a header with nothing in it'],
  ['a GNU long link before a file', archive(meta('K', 'a\0'), file()), 'is a file, but has a link target'],
  ['a GNU long name with NUL', archive(meta('L', 'a\0b\0'), file()), 'has a name with a NUL byte'],
];

const ends: readonly Case[] = [
  ['nothing', Buffer.alloc(0), 'The archive ends without the two zero blocks that mark its end, at byte 0'],
  ['no zero block', file(), 'The archive ends without the two zero blocks that mark its end, at byte 512'],
  ['a lone zero block at the end', Buffer.concat([file(), Buffer.alloc(512)]), 'The archive has a single zero block'],
  [
    'a lone zero block before a member',
    Buffer.concat([Buffer.alloc(512), file(), END]),
    'The archive has a single zero block',
  ],
  ['a short second zero block', Buffer.alloc(1023), 'The archive has a single zero block'],
  [
    'a member after the end',
    Buffer.concat([archive(file()), archive(file({ name: 'g' }))]),
    'The archive goes on after its end at byte 1536',
  ],
  [
    'a byte after the end',
    Buffer.concat([archive(file()), Buffer.from([0, 0, 1])]),
    'The archive goes on after its end',
  ],
  ['half a header', file().subarray(0, 300), 'The archive is cut off in a header at byte 0'],
  ['half a PAX header', pax(['path', 'a']).subarray(0, 600), 'Member "meta-x" at byte 0 is cut off'],
  [
    'half a content',
    Buffer.concat([file({ size: 600 }), Buffer.alloc(512)]),
    'Member "f" at byte 0 is cut off in its content',
  ],
  [
    'a content without its padding',
    Buffer.concat([file({ size: 5 }), Buffer.from('hello')]),
    'Member "f" at byte 0 is cut off in its content',
  ],
];

const long = (length: number) => 'n'.repeat(length);
const names: readonly Case[] = [
  ['an empty name', archive(file({ name: '\0' })), 'Member "" at byte 0 has an empty name'],
  ['an absolute name', archive(file({ name: '/etc/passwd' })), 'has an absolute name "/etc/passwd"'],
  ['an absolute name of many slashes', archive(file({ name: '////abs' })), 'has an absolute name'],
  ['an absolute root', archive(file({ name: '/', type: '5' })), 'has an absolute name'],
  [
    'an absolute name by its prefix',
    archive(file({ prefix: '/etc' })),
    'Member "/etc/f" at byte 0 has an absolute name',
  ],
  ['an absolute PAX path', archive(pax(['path', '/a']), file()), 'Member "/a" at byte 1024 has an absolute name'],
  ['an absolute GNU long name', archive(meta('L', '/a\0'), file()), 'has an absolute name'],
  ['a name that leaves', archive(file({ name: '../a' })), 'has a name with ".." in it: "../a"'],
  ['a name that leaves and returns', archive(file({ name: 'a/../b' })), 'has a name with ".." in it'],
  ['a directory that leaves', archive(file({ name: 'a/..', type: '5' })), 'has a name with ".." in it'],
  ['a PAX path that leaves', archive(pax(['path', 'a/b/../../../c']), file()), 'has a name with ".." in it'],
  [
    'a name that is not UTF-8',
    archive(file({ name: 'caf\xe9' })),
    'Member "caf\\xe9" at byte 0 has a name that is not UTF-8',
  ],
  [
    'a name with half a surrogate pair',
    archive(pax(['path', Buffer.from('eda080', 'hex')]), file()),
    'Member "\\xed\\xa0\\x80" at byte 1024 has a name that is not UTF-8',
  ],
  [
    'a link target that is not UTF-8',
    archive(file({ type: '2', link: '\xff' })),
    'has a link target that is not UTF-8',
  ],
  ...['.', './', './.', './/.'].flatMap((name): Case[] => [
    [
      `a file as the root, ${name}`,
      archive(file({ name: name.replace(/\/$/, '') })),
      'is a file in place of the root directory',
    ],
    [
      `a symlink as the root, ${name}`,
      archive(file({ name: name.replace(/\/$/, ''), type: '2', link: 'x' })),
      'is a symlink in place of the root directory',
    ],
  ]),
  [
    'a root that stands twice',
    archive(file({ name: './', type: '5' }), file({ name: '.', type: '5' })),
    'has a name that an earlier member has',
  ],
  ['a name that stands twice', archive(file(), file()), 'Member "f" at byte 512 has a name that an earlier member has'],
  [
    'a name that stands twice in other words',
    archive(file({ name: 'a/f' }), file({ name: './a//f' })),
    'Member "./a//f" at byte 512 has a name that',
  ],
  [
    'a directory that stands twice',
    archive(file({ name: 'd/', type: '5' }), file({ name: 'd', type: '5' })),
    'has a name that an earlier member has',
  ],
  [
    'a symlink over a directory',
    archive(file({ name: 'd/', type: '5' }), file({ name: 'd', type: '2', link: '/' })),
    'has a name that an earlier member has',
  ],
  [
    'a member below a symlink',
    archive(file({ name: 'd', type: '2', link: '/tmp' }), file({ name: 'd/f' })),
    'Member "d/f" at byte 512 lies below "d", which is a symlink',
  ],
  [
    'a member far below a file',
    archive(file({ name: 'd' }), file({ name: 'd/e/f/g' })),
    'lies below "d", which is a file',
  ],
  [
    'a symlink above earlier members',
    archive(file({ name: 'd/e/f' }), file({ name: 'd/e', type: '2', link: '/tmp' })),
    'is a symlink, but earlier members lie below it',
  ],
];

const links: readonly Case[] = [
  [
    'an absolute hard link',
    archive(file({ type: '1', link: '/etc/passwd' })),
    'has an absolute link target "/etc/passwd"',
  ],
  ['a hard link that leaves', archive(file({ type: '1', link: '../x' })), 'has a link target with ".." in it'],
  [
    'a hard link that leaves by PAX',
    archive(pax(['linkpath', 'a/../../x']), file({ type: '1', link: 'x' })),
    'has a link target with ".." in it',
  ],
  ['a hard link to itself', archive(file({ type: '1', link: './f' })), 'is a hard link to itself'],
  ['a hard link to the root', archive(file({ type: '1', link: './' })), 'is a hard link to a directory'],
  [
    'a hard link to a directory',
    archive(file({ name: 'd/', type: '5' }), file({ type: '1', link: 'd' })),
    'is a hard link to a directory',
  ],
];

async function refuses(bytes: Uint8Array, message: string): Promise<void> {
  const error = await failureOf(readAll([bytes]));
  expect(error.code).toBe('archive-ambiguous');
  expect(error.message).toContain(message);
  expect(error.details.offset).toBeTypeOf('number');
  const inBits = await failureOf(readAll(inPieces(bytes, 7)));
  expect(inBits.message).toBe(error.message);
}

describe('an archive is refused for what readers understand differently', () => {
  it.each(numbers)('in its numbers: %s', (_, bytes, message) => refuses(bytes, message));
  it.each(headers)('in its headers: %s', (_, bytes, message) => refuses(bytes, message));
  it.each(bodies)('in kinds and contents: %s', (_, bytes, message) => refuses(bytes, message));
  it.each(paxCases)('in PAX: %s', (_, bytes, message) => refuses(bytes, message));
  it.each(sequences)('in the sequence of headers: %s', (_, bytes, message) => refuses(bytes, message));
  it.each(ends)('in its end: %s', (_, bytes, message) => refuses(bytes, message));
  it.each(names)('in its names: %s', (_, bytes, message) => refuses(bytes, message));
  it.each(links)('in its hard links: %s', (_, bytes, message) => refuses(bytes, message));
});

describe('an archive is refused beyond a limit', () => {
  const cases: readonly (readonly [string, Uint8Array, Partial<typeof LIMITS>, string])[] = [
    ['of a path', archive(pax(['path', `${`${long(240)}/`.repeat(17)}x`]), file()), {}, 'has a name of 4098 bytes'],
    [
      'of a link target',
      archive(pax(['linkpath', long(4097)]), file({ type: '2' })),
      {},
      'has a link target of 4097 bytes',
    ],
    [
      'of a name',
      archive(pax(['path', `a/${long(256)}`]), file()),
      {},
      'has a name with a part of more than 255 bytes',
    ],
    [
      'of a name in bytes',
      archive(pax(['path', 'é'.repeat(128)]), file()),
      {},
      'has a name with a part of more than 255 bytes',
    ],
    [
      'of a PAX header',
      archive(meta('x', '', { size: 2 ** 20 + 1 })),
      {},
      'is a header with 1048577 bytes; at most 1048576 are allowed',
    ],
    ['of a GNU long name', archive(meta('L', '', { size: 2 ** 24 })), {}, 'is a header with 16777216 bytes'],
    [
      'of members',
      archive(file(), file({ name: 'g' })),
      { maxEntries: 1 },
      'Member "g" at byte 512 is beyond the limit of 1 members',
    ],
    [
      'of members, by directories that are only implied',
      archive(file({ name: 'a/b/c/d' })),
      { maxEntries: 3 },
      'Member "a/b/c/d" at byte 0 is beyond the limit of 3 members and directories above them',
    ],
    [
      'of bytes, by a content',
      archive(file({ size: 2 ** 32 })),
      {},
      'Member "f" at byte 0 reaches beyond the limit of 67108864 bytes',
    ],
    [
      'of bytes, by a content told in PAX',
      archive(pax(['size', `${2 ** 40}`]), file()),
      {},
      'reaches beyond the limit',
    ],
    [
      'of bytes, by a PAX header',
      archive(meta('x', 'x'.repeat(600))),
      { maxBytes: 1000 },
      'Member "meta-x" at byte 0 reaches beyond the limit of 1000 bytes',
    ],
    [
      'of bytes, by zeros after the end',
      Buffer.alloc(2 ** 20),
      { maxBytes: 2 ** 19 },
      'The archive has zeros after its end beyond the limit',
    ],
  ];
  it.each(cases)('%s', async (_, bytes, limits, message) => {
    const error = await failureOf(readAll([bytes], { ...LIMITS, ...limits }));
    expect(error.message).toContain(message);
    expect(error.code).toBe('archive-limit');
  });

  it('of bytes, without reading a stream that never ends', async () => {
    function* zeros() {
      for (;;) yield new Uint8Array(65536);
    }
    expect((await failureOf(readAll(zeros()))).code).toBe('archive-limit');
  });
});
