import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { encodeHeader, type TarMember } from '../../src/tar/index.js';
import { failureOf, member } from './support.js';

/** 20 bytes with NULs: cap_net_bind_service. */
const CAPABILITY = Buffer.from('0100000200040000000000000000000000000000', 'hex');
const LONG = `${'a'.repeat(90)}/${'b'.repeat(90)}`;
const PATH_300 = `${['p', 'q', 'r'].map((letter) => letter.repeat(99)).join('/')}s`;

/** What is encoded, the keys of its PAX records, and the SHA-256 of its header. */
const goldens: readonly (readonly [string, TarMember, readonly string[], string])[] = [
  [
    'a plain file',
    member('etc/passwd', { size: 5, mtime: 1_700_000_000 }),
    [],
    'ca86bbf9980dc5a9e3dc4f06c879ea981b67ae5f282f2f9813a9776a38170015',
  ],
  [
    'a name of 100 bytes',
    member('n'.repeat(100)),
    [],
    '54de308c6e4119e5e17de4829d75e3b588e1229ab22d209e1808e78853445a7c',
  ],
  [
    'a name of 101 bytes',
    member('n'.repeat(101)),
    ['path'],
    '159023fa398f06f3851f6f0e7bd394eac43ff7d211a815832d53be03536797db',
  ],
  [
    'a directory whose slash makes 100 bytes',
    member('n'.repeat(99), { kind: 'directory', mode: 0o755 }),
    [],
    '86344940e491d0ce4abdc17cc22ee49caffd334ff39308c65a034bea240b7842',
  ],
  [
    'a directory whose slash makes 101 bytes',
    member('n'.repeat(100), { kind: 'directory', mode: 0o755 }),
    ['path'],
    '77c4031a237697e4ce780b5a54f8ee3333de3689cef15ded8a0e4bf0eebf594b',
  ],
  [
    'a path that would fit with a prefix, which stays empty',
    member(LONG),
    ['path'],
    'de1252d77df3ff749817a4e532611c84014e046bcfb3627555c799f9057b94b1',
  ],
  [
    'a path of 300 bytes',
    member(PATH_300),
    ['path'],
    '932db44efc52c502649c961654dd4a391f7a62443b9be16b645bd4b8af5423f9',
  ],
  [
    'a name beyond ASCII',
    member('straße/naïve'),
    ['path'],
    '48510441ab92ea5a87d3ee11bf7a54cfc8a8503cb864c48ccb4ffbd9e468e2ef',
  ],
  [
    'a name beyond the basic plane',
    member('music/𝄞.txt'),
    ['path'],
    '363f864c6ad5f88375a02ab74b569c01ce7803d1f90651fb35d94ff6c1c82f5a',
  ],
  [
    'a name whose field is cut within a character',
    member(`${'n'.repeat(99)}é`),
    ['path'],
    '4aab76f52550a2b41102feb1f705e93b06e3734b5b08119ad81c1571b2c85984',
  ],
  [
    'a size of 8 GiB − 1',
    member('big', { size: 2 ** 33 - 1 }),
    [],
    '391fe18c154625620a9f4106c3d3f4d861aaae3dc562950e9ba30d905cd6e95d',
  ],
  [
    'a size of 8 GiB',
    member('big', { size: 2 ** 33 }),
    ['size'],
    'b078dc25b55ecf3ca16b626033c0280384b055a17c54b49ecfacca48c1e4f1f5',
  ],
  [
    'the largest owner of ustar',
    member('a', { uid: 2_097_151, gid: 2_097_151 }),
    [],
    '469a5b49e99a8607607c9a7007e62681928eec9f9b76f0237810542f643a0558',
  ],
  [
    'an owner of 3,000,000',
    member('a', { uid: 3_000_000 }),
    ['uid'],
    '6dcd505d986573d2bba1e6bd2243fb73157dd36b79f0cbc6d5b57e4123678329',
  ],
  [
    'a group of 2,097,152',
    member('a', { gid: 2_097_152 }),
    ['gid'],
    'f8ea11349a39258502f014c35cd6914c1a8c4251a2f52734f40fa224621ba3c4',
  ],
  [
    'a time of 2^31',
    member('a', { mtime: 2 ** 31 }),
    [],
    'ce48eec72b73cf519bdf7c8dab7e4027e2bbfcf436e8a7afedf86a3d0e975109',
  ],
  [
    'a time of 2^33 − 1',
    member('a', { mtime: 2 ** 33 - 1 }),
    [],
    '8bcf096caf51d58aebe3c4c4caca42360829ec4886895f75fd6a1f62f0e98eea',
  ],
  [
    'a time of 2^33',
    member('a', { mtime: 2 ** 33 }),
    ['mtime'],
    'e9669d1ce20eb6cab7b1d6c5fbd79df3986f426991d33e52677c50921a5807ca',
  ],
  [
    'a capability',
    member('bin/ping', { mode: 0o755, xattrs: new Map([['security.capability', CAPABILITY]]) }),
    ['SCHILY.xattr.security.capability'],
    '616a0828fa63dd924078490aeec0e8f4aac3b49839c7d7720cdf7e742fe0e1a8',
  ],
  [
    'attributes in the order of their names',
    member('a', {
      xattrs: new Map([
        ['user.\u{1f600}', CAPABILITY],
        ['user.\uff5e', CAPABILITY],
        ['user.a', new Uint8Array()],
      ]),
    }),
    ['SCHILY.xattr.user.a', 'SCHILY.xattr.user.～', 'SCHILY.xattr.user.😀'],
    '91d2cb10296e6630e666bde163fea40b3751a8c01d04741f564e885f57ebe59a',
  ],
  [
    'a link target of 100 bytes',
    member('l', { kind: 'symlink', mode: 0o777, linkTarget: 't'.repeat(100) }),
    [],
    'fb21a72c45af41ae163a5972368e19c335b9a9e34333607d80c85df4d324b380',
  ],
  [
    'a link target of 150 bytes',
    member('l', { kind: 'symlink', mode: 0o777, linkTarget: 't'.repeat(150) }),
    ['linkpath'],
    '8341eb9d102a6b0a9ea503c8bf3938456950b68bc39960653516217a5b03a742',
  ],
  [
    'a link target beyond ASCII',
    member('l', { kind: 'symlink', mode: 0o777, linkTarget: 'é' }),
    [],
    'd94857f2231ca98f85071696ca2563021a03da6f3a16b6ba6f3117125fde7f01',
  ],
  [
    'a hard link',
    member('h', { kind: 'hardlink', linkTarget: 'a/b' }),
    [],
    '8799089bfd40f7e97894f201382bb21df3cc071545361ecbcdc06240eb43fe31',
  ],
  [
    'a device',
    member('dev/null', { kind: 'character-device', mode: 0o666, deviceMajor: 1, deviceMinor: 3 }),
    [],
    'cf3350ba8c2fff669dd6f0a48adbfd0f3011c9a7ea4dff6901decadfc67cfe5c',
  ],
  ['a fifo', member('f', { kind: 'fifo' }), [], '41a58e3d9d58b17b9c6443e034c24d43548deaf108681879b420ef0a7c18eea1'],
  [
    'all records at once',
    member(`${PATH_300}é`, {
      size: 2 ** 40,
      uid: 4_000_000_000,
      gid: 4_000_000_001,
      mtime: 2 ** 34,
      xattrs: new Map([
        ['user.z', Buffer.from('1')],
        ['user.a', Buffer.from('2')],
      ]),
    }),
    ['SCHILY.xattr.user.a', 'SCHILY.xattr.user.z', 'gid', 'mtime', 'path', 'size', 'uid'],
    'c0bd90a4db5faaffa6984903c82aca4a434661e13cd23e1135898cafc4bae854',
  ],
];

/** The keys of the PAX records in front of the last block. */
function keysOf(header: Buffer): string[] {
  if (header.length === 512) return [];
  const keys: string[] = [];
  const end = 512 + Number.parseInt(header.toString('latin1', 124, 135), 8);
  for (let at = 512; at < end; at += Number.parseInt(header.toString('latin1', at, at + 8), 10)) {
    keys.push(header.toString('utf8', header.indexOf(' ', at) + 1, header.indexOf('=', at)));
  }
  return keys;
}

describe('the bytes of a header are fixed', () => {
  it.each(goldens)('for %s', (_, facts, keys, sha256) => {
    const header = Buffer.from(encodeHeader(facts));
    expect(keysOf(header)).toEqual(keys);
    expect(createHash('sha256').update(header).digest('hex')).toBe(sha256);
  });

  it('field by field', () => {
    const facts = member('bin/sh', {
      kind: 'symlink',
      linkTarget: 'busybox',
      mode: 0o777,
      uid: 1,
      gid: 2,
      mtime: 1_700_000_000,
    });
    const fields: readonly (readonly [number, string])[] = [
      [0, 'bin/sh'],
      [100, '0000777\x000000001\x000000002\x0000000000000\x0014524770400\x00011772\0 2busybox'],
      [257, 'ustar\x0000'],
      [329, '0000000\x000000000\0'],
    ];
    const expected = Buffer.alloc(512);
    for (const [at, text] of fields) expected.write(text, at, 'latin1');
    expect(Buffer.from(encodeHeader(facts)).toString('latin1')).toBe(expected.toString('latin1'));
  });

  it('and a PAX header field by field', () => {
    const header = Buffer.from(encodeHeader(member('d/é', { mode: 0o600, uid: 5, mtime: 2 ** 33 })));
    const expected = Buffer.alloc(1024);
    const fields: readonly (readonly [number, string])[] = [
      [0, Buffer.from('d/PaxHeaders/é').toString('latin1')],
      [100, '0000644\x000000000\x000000000\x0000000000041\x0077777777777\x00011212\0 x'],
      [257, 'ustar\x0000'],
      [512, `20 mtime=8589934592\n${Buffer.from('13 path=d/é\n').toString('latin1')}`],
    ];
    for (const [at, text] of fields) expected.write(text, at, 'latin1');
    expect(header.toString('latin1', 0, 1024)).toBe(expected.toString('latin1'));
    expect(header.toString('latin1', 1024, 1160)).toContain(`${Buffer.from('d/é').toString('latin1')}\0`);
    expect(header.toString('latin1', 1024 + 136, 1024 + 148)).toBe('00000000000\0');
  });

  it('whatever bits a mode has beyond the permissions', () => {
    expect(encodeHeader(member('a', { mode: 0o104755 }))).toEqual(encodeHeader(member('a', { mode: 0o4755 })));
  });
});

describe('a member that no archive can hold is refused', () => {
  const symlink = (linkTarget: string) => member('a', { kind: 'symlink', linkTarget });
  const names: readonly (readonly [string, TarMember, string, string])[] = [
    ['an empty path', member(''), 'input-name', 'has an empty name'],
    ['an absolute path', member('/a'), 'input-name', 'has an absolute name'],
    ['a path that leaves', member('a/../b'), 'input-name', 'has a name with ".." in it'],
    ['a path with a slash at its end', member('a/'), 'input-name', 'not in its shortest form'],
    ['a path with ./', member('./a'), 'input-name', 'not in its shortest form'],
    ['a path with NUL', member('a\0b'), 'input-name', 'has a name with a NUL byte'],
    ['a path with half a surrogate pair', member('a\ud800'), 'input-name', 'not well-formed Unicode'],
    [
      'a path of 4,097 bytes',
      member(`${`${'a'.repeat(240)}/`.repeat(17)}`.slice(0, 4097)),
      'input-limit',
      'has a name of 4097 bytes',
    ],
    ['a name of 256 bytes', member('é'.repeat(128)), 'input-limit', 'a part of more than 255 bytes'],
    ['an empty link target', symlink(''), 'input-name', 'has an empty name'],
    ['a link target with NUL', symlink('a\0'), 'input-name', 'has a name with a NUL byte'],
    [
      'an absolute hard link',
      member('a', { kind: 'hardlink', linkTarget: '/b' }),
      'input-name',
      'has an absolute name',
    ],
    [
      'an attribute with an equals sign',
      member('a', { xattrs: new Map([['user.a=b', CAPABILITY]]) }),
      'input-name',
      'has an extended attribute named "user.a=b"',
    ],
    [
      'an attribute without a name',
      member('a', { xattrs: new Map([['', CAPABILITY]]) }),
      'input-name',
      'has an extended attribute named ""',
    ],
    [
      'attributes of more than 1 MiB',
      member('a', { xattrs: new Map([['user.a', new Uint8Array(2 ** 20)]]) }),
      'input-limit',
      'more than 1048576 bytes of extended attributes',
    ],
  ];
  it.each(names)('%s', async (_, facts, code, message) => {
    const error = await failureOf((async () => encodeHeader(facts))());
    expect(error.code).toBe(code);
    expect(error.message).toContain(`Cannot put ${JSON.stringify(facts.path)} into an archive: it `);
    expect(error.message).toContain(message);
  });

  const impossible: readonly (readonly [string, Partial<TarMember>])[] = [
    ['a time before 1970', { mtime: -1 }],
    ['a time with a fraction', { mtime: 1.5 }],
    ['a negative owner', { uid: -1 }],
    ['an owner beyond Linux', { gid: 2 ** 32 - 1 }],
    ['a size that is no number', { size: Number.NaN }],
    ['a size beyond 2^53', { size: 2 ** 53 }],
    ['a directory with a size', { kind: 'directory', size: 1 }],
    ['a device number beyond its field', { kind: 'block-device', deviceMinor: 8 ** 7 }],
  ];
  it.each(impossible)('as a bug of the caller: %s', (_, more) => {
    expect(() => encodeHeader(member('a', more))).toThrow(RangeError);
  });

  it('as a bug of the caller: a link without a target, and a target without a link', () => {
    expect(() => encodeHeader(member('a', { kind: 'symlink' }))).toThrow(TypeError);
    expect(() => encodeHeader(member('a', { linkTarget: 'b' }))).toThrow(TypeError);
  });
});
