import { describe, expect, it } from 'vitest';
import { readTar, type TarMember } from '../../src/tar/index.js';
import {
  archive,
  block,
  content,
  END,
  failureOf,
  inPieces,
  LIMITS,
  member,
  meta,
  pax,
  type Read,
  readAll,
  record,
  write,
} from './support.js';

const GNU = 'ustar  \0';
const V7 = '\0'.repeat(8);
const BINARY_ZEROS = `\x80${'\0'.repeat(3)}`;

describe('the reader accepts what tools write', () => {
  const body = content('hello');
  const link = { kind: 'symlink', linkTarget: 'x' } as const;
  const cases: readonly (readonly [string, Uint8Array, TarMember])[] = [
    ['a file', archive(block()), member('a')],
    ['the type of files before POSIX', archive(block({ type: '\0' })), member('a')],
    ['a contiguous file', archive(block({ type: '7' })), member('a')],
    ['./ before a name', archive(block({ name: './a' })), member('a')],
    [
      'slashes and dots too many',
      archive(block({ name: './/a/.//b/./', type: '5' })),
      member('a/b', { kind: 'directory' }),
    ],
    ['a directory without a slash', archive(block({ type: '5' })), member('a', { kind: 'directory' })],
    [
      'a directory before POSIX',
      archive(block({ name: 'a/', type: '\0', magic: V7 })),
      member('a', { kind: 'directory' }),
    ],
    ['a header without magic', archive(block({ magic: V7 })), member('a')],
    ['a prefix', archive(block({ prefix: './b/c' })), member('b/c/a')],
    ['a header of GNU tar before PAX', archive(block({ magic: GNU })), member('a')],
    ['a GNU long name', archive(meta('L', './b/c\0'), block({ magic: GNU })), member('b/c')],
    [
      'a GNU long link and name',
      archive(meta('K', '../t\0'), meta('L', 'b\0'), block({ type: '2', magic: GNU, link: 't' })),
      member('b', { kind: 'symlink', linkTarget: '../t' }),
    ],
    [
      'a GNU long name after a PAX owner',
      archive(pax(['uid', '7']), meta('L', 'b\0'), block()),
      member('b', { uid: 7 }),
    ],
    [
      'an absolute symlink',
      archive(block({ type: '2', link: '/../x//y' })),
      member('a', { kind: 'symlink', linkTarget: '/../x//y' }),
    ],
    [
      'a hard link to ./',
      archive(block({ type: '1', link: './b//c' })),
      member('a', { kind: 'hardlink', linkTarget: 'b/c' }),
    ],
    ['a fifo', archive(block({ type: '6' })), member('a', { kind: 'fifo' })],
    [
      'a device',
      archive(block({ type: '3', devices: '0000005\x000000007\0' })),
      member('a', { kind: 'character-device', deviceMajor: 5, deviceMinor: 7 }),
    ],
    [
      'a device with blank numbers',
      archive(block({ type: '4' })),
      member('a', { kind: 'block-device', deviceMajor: 0, deviceMinor: 0 }),
    ],
    ['a mode with the bits of the type', archive(block({ mode: '0104755\0' })), member('a', { mode: 0o4755 })],
    [
      'numbers with spaces in front and behind',
      archive(block({ mode: '   644 \0', uid: '     7 \0', mtime: '         77 ' })),
      member('a', { uid: 7, mtime: 63 }),
    ],
    [
      'blank owners, mode and time',
      archive(block({ mode: '', uid: '', gid: '        ', mtime: '' })),
      member('a', { mode: 0 }),
    ],
    [
      'owners and time in base 256',
      archive(
        block({
          uid: `${BINARY_ZEROS}\0\x2d\xc6\xc0`,
          gid: `${BINARY_ZEROS}\xff\xff\xff\xfe`,
          mtime: `${BINARY_ZEROS}\0\0\0\x02\0\0\0\0`,
        }),
      ),
      member('a', { uid: 3_000_000, gid: 2 ** 32 - 2, mtime: 2 ** 33 }),
    ],
    ['the same size twice', archive(pax(['size', '5']), block({ size: 5 }), body), member('a', { size: 5 })],
    [
      'a PAX owner over another',
      archive(pax(['uid', '8'], ['gid', '9']), block({ uid: '0000001\0' })),
      member('a', { uid: 8, gid: 9 }),
    ],
    [
      'a PAX time with a fraction',
      archive(pax(['mtime', '1700000000.987654321']), block()),
      member('a', { mtime: 1_700_000_000 }),
    ],
    [
      'a PAX path with a line end and an equals sign',
      archive(pax(['path', 'x=\ny/']), block({ type: '5' })),
      member('x=\ny', { kind: 'directory' }),
    ],
    [
      'a PAX link target',
      archive(pax(['linkpath', 'ü']), block({ type: '2', link: 'u' })),
      member('a', { kind: 'symlink', linkTarget: 'ü' }),
    ],
    ['a comment for all, as git writes', archive(meta('g', record('comment', '0123')), block()), member('a')],
    [
      'PAX records that say nothing about the image',
      archive(
        pax(
          ['atime', '1.5'],
          ['ctime', '-1'],
          ['comment', 'x'],
          ['uname', 'caf\xe9'],
          ['gname', ''],
          ['SCHILY.dev', '1'],
          ['SCHILY.ino', '2'],
          ['SCHILY.nlink', '3'],
          ['LIBARCHIVE.creationtime', '4'],
          ['RHT.security.selinux', 'x'],
          ['hdrcharset', 'ISO-IR 10646 2000 UTF-8'],
        ),
        block(),
      ),
      member('a'),
    ],
    [
      'extended attributes of any bytes',
      archive(pax(['SCHILY.xattr.user.a', Buffer.from([0, 10, 61, 255])], ['SCHILY.xattr.user.é', '']), block()),
      member('a', {
        xattrs: new Map([
          ['user.a', new Uint8Array([0, 10, 61, 255])],
          ['user.é', new Uint8Array()],
        ]),
      }),
    ],
    [
      'names that only other systems find strange',
      archive(block({ name: 'C:..\\b', ...link, type: '2', link: 'x' })),
      member('C:..\\b', link),
    ],
  ];

  it.each(cases)('%s', async (_, bytes, expected) => {
    const found = await readAll([bytes]);
    expect(found.map((item) => item.member)).toEqual([expected]);
  });

  it('a size in base 256, and one of more than 8 GiB in PAX over what different tools leave in the header', async () => {
    const size = 2 ** 33;
    const binary = block({ size: `${BINARY_ZEROS}\0\0\0\x02\0\0\0\0` });
    const blocks = [
      binary,
      ...['00000000000\0', '77777777777\0'].map((text) =>
        Buffer.concat([pax(['size', `${size}`]), block({ size: text })]),
      ),
    ];
    for (const bytes of blocks) {
      const members = readTar([bytes], { ...LIMITS, maxBytes: 2 ** 34 });
      expect((await members.next()).value).toMatchObject({ size, position: bytes.length });
      await members.return(undefined);
    }
  });

  it('two names that differ by Unicode normalisation only', async () => {
    const found = await readAll([archive(pax(['path', 'é']), block(), pax(['path', 'e\u0301']), block())]);
    expect(found.map((item) => item.member.path)).toEqual(['é', 'e\u0301']);
  });

  it('a directory after what lies below it, and a hard link to what the archive lacks', async () => {
    const bytes = archive(
      block({ name: 'd/f' }),
      block({ name: 'd/', type: '5' }),
      block({ name: 'h', type: '1', link: 'gone' }),
    );
    expect((await readAll([bytes])).map((item) => item.member.path)).toEqual(['d/f', 'd', 'h']);
  });

  it.each(['./', '.', './/'])('the root directory %s, which it does not give', async (name) => {
    const found = await readAll([archive(block({ name, type: '5' }), block({ name: './a' }))]);
    expect(found.map((item) => item.member.path)).toEqual(['a']);
  });

  it.each([0, 1, 512, 9216, 70_000])('%i more bytes of zeros at the end', async (more) => {
    expect(await readAll([archive(block()), Buffer.alloc(more)])).toHaveLength(1);
  });

  it('an archive of nothing', async () => {
    expect(await readAll([END])).toEqual([]);
  });
});

describe('the reader', () => {
  const big = 'x'.repeat(100_000);
  const members = [
    { member: member('a', { size: 5 }), body: 'hello' },
    { member: member('b', { size: big.length }), body: big },
    { member: member('c', { size: 512 }), body: 'y'.repeat(512) },
    { member: member('d'), body: '' },
  ];

  it.each([1, 7, 511, 512, 513, 10_240, 1_000_000])('takes chunks of %i bytes, which it never keeps', async (size) => {
    const found = await readAll(inPieces(await write(members), size));
    expect(found.map(({ member: facts, body }) => ({ member: facts, body }))).toEqual(members);
  });

  it('takes empty chunks and input without waiting', async () => {
    const bytes = await write(members);
    const found = await readAll([new Uint8Array(), bytes.subarray(0, 600), new Uint8Array(), bytes.subarray(600)]);
    expect(found.map((item) => item.body)).toEqual(members.map((item) => item.body));
  });

  it('says where the content of a member stands', async () => {
    const bytes = await write(members);
    for (const { position, body } of await readAll([bytes])) {
      expect(Buffer.from(bytes).toString('latin1', position, position + body.length)).toBe(body);
    }
  });

  it.each([0, 1])('skips a content of which %i chunks were read', async (chunks) => {
    const paths: string[] = [];
    for await (const { path, body } of readTar(inPieces(await write(members), 1000), LIMITS)) {
      paths.push(path);
      if (chunks === 1) for await (const _ of body) break;
    }
    expect(paths).toEqual(['a', 'b', 'c', 'd']);
  });

  it('refuses to give a content twice, or after the next member was asked for', async () => {
    const kept: Read['member'][] = [];
    const bodies: AsyncIterable<Uint8Array>[] = [];
    const read = async (body: AsyncIterable<Uint8Array>) => {
      for await (const _ of body);
    };
    for await (const { body, ...facts } of readTar([await write(members)], LIMITS)) {
      kept.push(facts);
      bodies.push(body);
      if (facts.path === 'b') {
        await read(body);
        await expect(read(body)).rejects.toThrow('read too late, or twice');
      }
    }
    await expect(read(bodies[0]!)).rejects.toThrow('read too late, or twice');
    expect(kept).toHaveLength(4);
  });

  it('refuses to go on with a content after the next member was asked for', async () => {
    const reader = readTar(inPieces(await write(members.slice(1)), 1000), LIMITS);
    const first = (await reader.next()).value!;
    const body = first.body[Symbol.asyncIterator]();
    await body.next();
    await reader.next();
    await expect(body.next()).rejects.toThrow('read too late');
    await reader.return(undefined);
  });

  it('says that a content is cut off to whoever reads it', async () => {
    const bytes = (await write(members)).subarray(0, 20_000);
    const error = await failureOf(readAll([bytes]));
    expect(error.message).toBe('Member "b" at byte 1024 is cut off in its content');
  });

  it('reads its input to the end, and closes it where it stops before', async () => {
    let state = 'open';
    async function* input(bytes: Uint8Array) {
      try {
        yield* inPieces(bytes, 512);
        state = 'read';
      } finally {
        if (state === 'open') state = 'closed';
      }
    }
    await readAll(input(Buffer.concat([await write(members), Buffer.alloc(9216)])));
    expect(state).toBe('read');
    state = 'open';
    for await (const _ of readTar(input(await write(members)), LIMITS)) break;
    expect(state).toBe('closed');
    state = 'open';
    await failureOf(readAll(input(archive(block({ type: 'Z' })))));
    expect(state).toBe('closed');
  });

  it('passes on what its input fails with', async () => {
    const boom = new Error('boom');
    async function* input() {
      yield await write(members).then((bytes) => bytes.subarray(0, 2000));
      throw boom;
    }
    await expect(readAll(input())).rejects.toBe(boom);
  });

  it('lets timers have their turn in a long archive that needs no waiting', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    const count = 40;
    function* input() {
      yield block({ size: count * 2 ** 20 });
      for (let i = 0; i < count; i++) yield new Uint8Array(2 ** 20);
      yield END;
    }
    for await (const { body } of readTar(input(), LIMITS)) for await (const _ of body);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
  });
});
