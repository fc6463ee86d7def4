import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TbuildError } from '../../src/errors/index.js';
import { readZip } from '../../src/inputs/archives/read-zip.js';
import type { PositionedBlob } from '../../src/store/index.js';
import { collect } from '../../src/util/index.js';
import { need } from '../support/programs.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { failureOf, lay } from './support.js';
import { crcOf, descriptor, extraField, numbers64, type ZipMember, type ZipParts, zip } from './zip-support.js';

const top = temporaryDirectory();

function blobOf(bytes: Uint8Array): PositionedBlob {
  return {
    size: bytes.length,
    read(position, length) {
      if (position < 0 || position + length > bytes.length) throw new RangeError('not within');
      return new Uint8Array(bytes.subarray(position, position + length));
    },
    close: () => undefined,
  };
}

const limits = { maxEntries: 1000, maxBytes: 1e9 };

/** `path kind mode content`, or `path -> target`. */
async function listed(bytes: Uint8Array, more: Partial<typeof limits> = {}): Promise<string[]> {
  const found: string[] = [];
  for await (const { path, kind, mode, linkTarget, body } of readZip(blobOf(bytes), { ...limits, ...more })) {
    const text =
      kind === 'file'
        ? ` ${Buffer.from(await collect(body, 1e9))
            .toString()
            .slice(0, 40)}`
        : '';
    found.push(kind === 'symlink' ? `${path} -> ${linkTarget}` : `${path} ${kind} ${mode.toString(8)}${text}`);
  }
  return found;
}

const hello: ZipMember = { name: 'a', content: 'hello' };
const packed = deflateRawSync('hello');
const utf8 = { flags: 0x800 };
const unicode = (name: string, crcOfName = name): Buffer => {
  const head = Buffer.alloc(5);
  head[0] = 1;
  head.writeUInt32LE(crcOf(crcOfName), 1);
  return extraField(0x7075, Buffer.concat([head, Buffer.from(name)]));
};
const ALL = 0xffffffff;

const good: readonly (readonly [string, readonly ZipMember[], readonly string[], ZipParts?])[] = [
  ['nothing', [], []],
  ['a stored file', [hello], ['a file 644 hello']],
  ['a deflated file', [{ ...hello, method: 8 }], ['a file 644 hello']],
  ['an empty file', [{ name: 'a' }, { name: 'b', method: 8 }], ['a file 644 ', 'b file 644 ']],
  [
    'files of Unix',
    [
      { ...hello, mode: 0o100750 },
      { name: 'b', mode: 0o104755 },
    ],
    ['a file 750 hello', 'b file 4755 '],
  ],
  [
    'directories',
    [{ name: 'd/' }, { name: 'e/', mode: 0o040700 }, { ...hello, name: 'e/f' }],
    ['d directory 755', 'e directory 700', 'e/f file 644 hello'],
  ],
  ['a symlink', [{ name: 'l', content: '../x', mode: 0o120777 }], ['l -> ../x']],
  ['names in UTF-8', [{ ...hello, ...utf8, name: 'ä' }], ['ä file 644 hello']],
  ['names in UTF-8 by an extra field', [{ ...hello, name: 'ä', extra: unicode('ä') }], ['ä file 644 hello']],
  ['a comment', [hello], ['a file 644 hello'], { comment: Buffer.from('a comment') }],
  [
    'a data descriptor',
    [
      { ...hello, flags: 8, local: { crc: 0, size: 0, packedSize: 0 }, after: descriptor(crcOf('hello'), 5, 5) },
      { name: 'b' },
    ],
    ['a file 644 hello', 'b file 644 '],
  ],
  [
    'a data descriptor without its magic number',
    [{ ...hello, flags: 8, after: descriptor(crcOf('hello'), 5, 5).subarray(4) }],
    ['a file 644 hello'],
  ],
  [
    'zip64 all over',
    [{ ...hello, size: ALL, packedSize: ALL, extra: extraField(1, numbers64(5, 5)) }],
    ['a file 644 hello'],
    { zip64: {}, entries: 0xffff, directorySize: ALL, directoryPosition: ALL },
  ],
  ['a zip64 record that would not be needed', [hello], ['a file 644 hello'], { zip64: {} }],
  [
    'members that the directory lists in another order',
    [
      { ...hello, name: 'b', position: 36 },
      { ...hello, name: 'c', position: 0 },
    ].map((member, i) => ({ ...member, local: { name: i === 0 ? 'c' : 'b' } })),
    ['c file 644 hello', 'b file 644 hello'],
  ],
];

const bad: readonly (readonly [string, Uint8Array, RegExp, string?])[] = [
  ['no zip', Buffer.from('hello'), /too short/],
  ['no end record', Buffer.alloc(100), /no end record/],
  ['one that is cut off', zip([hello]).subarray(0, -1), /end record/],
  ['bytes after the end', zip([hello], { after: Buffer.of(0) }), /comment does not reach/],
  [
    'bytes before the first member',
    zip([hello], { before: Buffer.from('#!/bin/sh\n') }),
    /has 10 bytes before its first member/,
  ],
  ['a prefix that nobody counted', Buffer.concat([Buffer.from('MZ'), zip([hello])]), /does not end where/],
  [
    'bytes between members and directory',
    zip([hello], { between: Buffer.from('x') }),
    /followed by 1 bytes that belong to nothing/,
  ],
  ['bytes between members', zip([{ ...hello, after: Buffer.alloc(7) }, { name: 'b' }]), /followed by 7 bytes/],
  [
    'a second archive in the comment',
    zip([hello], { comment: zip([{ ...hello, name: 'b' }]) }),
    /does not end where|before its first member/,
  ],
  [
    'an end record in the comment',
    zip([hello], { comment: Buffer.concat([Buffer.from('504b0506', 'hex'), Buffer.alloc(18)]) }),
    /does not end where/,
  ],
  [
    'a magic number of an end record in the comment',
    zip([hello], { comment: Buffer.concat([Buffer.from('504b0506', 'hex'), Buffer.alloc(18, 1)]) }),
    /comment does not reach/,
  ],
  ['more members than there are', zip([hello], { entries: 2 }), /cannot be understood|more or less/],
  ['fewer members than there are', zip([hello, { name: 'b' }], { entries: 1 }), /more or less/],
  ['a part of several', zip([hello], { disk: 1 }), /one of several parts/],
  ['a directory elsewhere', zip([hello], { directoryPosition: 3 }), /does not end where/],
  ['a directory of another size', zip([hello], { directorySize: 3 }), /does not end where/],
  [
    'a zip64 record that says something else',
    zip([hello], { zip64: { entries: 2n } }),
    /says of its entries something else/,
  ],
  ['a zip64 record with another place', zip([hello], { zip64: { position: 1n } }), /says of its position/],
  ['a zip64 locator that leads elsewhere', zip([hello], { zip64: { at: 3n } }), /zip64 locator/],
  ['a zip64 record with more in it', zip([hello], { zip64: { recordSize: 60n } }), /zip64 end record that is none/],
  [
    'zip64 numbers beyond all bounds',
    zip([hello], { zip64: { entries: 2n ** 60n }, entries: 0xffff }),
    /beyond all bounds/,
  ],
  [
    'a zip64 field that says another size',
    zip([{ ...hello, extra: extraField(1, numbers64(6)) }]),
    /zip64 field and another/,
  ],
  [
    'a zip64 field twice',
    zip([{ ...hello, extra: Buffer.concat([extraField(1, numbers64(5)), extraField(1, numbers64(5))]) }]),
    /extra field twice/,
  ],
  [
    'a zip64 field that is too short',
    zip([{ ...hello, size: ALL, packedSize: ALL, extra: extraField(1, numbers64(5)) }]),
    /zip64/,
  ],
  [
    'a zip64 field of a strange length',
    zip([{ ...hello, extra: extraField(1, Buffer.alloc(3)) }]),
    /zip64 field that is none/,
  ],
  ['extra fields that go on', zip([{ ...hello, extra: Buffer.from('0100ff00', 'hex') }]), /extra field/],
  ['an encrypted member', zip([{ ...hello, flags: 1 }]), /is encrypted/],
  ['a strongly encrypted member', zip([{ ...hello, flags: 0x41 }]), /encrypt/],
  ['an encrypted directory', zip([{ ...hello, flags: 0x2000 }]), /is encrypted/],
  ['another method', zip([{ ...hello, method: 14 }]), /method 14 \(LZMA\)/, 'input-kind'],
  ['an absolute name', zip([{ ...hello, name: '/a' }]), /absolute name/],
  ['a name with a drive', zip([{ ...hello, name: 'C:/a' }]), /absolute name/],
  ['a name that leads out', zip([{ ...hello, name: 'a/../../b' }]), /"\.\." in it/],
  ['a name that is only ..', zip([{ ...hello, name: '..' }]), /"\.\." in it/],
  ['a name with a backslash', zip([{ ...hello, name: '..\\a' }]), /backslash/],
  ['a name with a NUL', zip([{ ...hello, name: 'a\0b' }]), /NUL/],
  ['an empty name', zip([{ ...hello, name: '' }]), /empty name/],
  ['a name of a slash', zip([{ name: '/' }]), /absolute name/],
  ['a name with an empty part', zip([{ ...hello, name: 'a//b' }]), /empty part/],
  ['a name with a dot', zip([{ ...hello, name: './a' }]), /empty part or "\."/],
  ['a name that is too long', zip([{ ...hello, name: 'a'.repeat(5000) }]), /more than 4096 bytes/, 'archive-limit'],
  ['a name that is not UTF-8', zip([{ ...hello, ...utf8, name: Buffer.of(0xff) }]), /not UTF-8/],
  ['a name in UTF-8 that does not say so', zip([{ ...hello, name: 'ä' }]), /without saying so/],
  ['two names', zip([{ ...hello, extra: unicode('b', 'a') }]), /two names/],
  ['a second name for another first one', zip([{ ...hello, extra: unicode('a', 'b') }]), /two names/],
  ['a directory with content', zip([{ ...hello, name: 'd/' }]), /directory with content/],
  ['a directory that is a file', zip([{ name: 'd/', mode: 0o100644 }]), /directory by its name, and a file/],
  ['a file that is a directory', zip([{ name: 'd', mode: 0o040755 }]), /file by its name, and a directory/],
  ['a device', zip([{ name: 'd', mode: 0o020600 }]), /is a device, fifo or socket/, 'input-kind'],
  ['a fifo', zip([{ name: 'd', mode: 0o010600 }]), /is a device, fifo or socket/, 'input-kind'],
  ['a symlink to nothing', zip([{ name: 'l', mode: 0o120777 }]), /symlink whose target is empty/],
  [
    'a symlink that is too long',
    zip([{ name: 'l', mode: 0o120777, content: 'a'.repeat(4096) }]),
    /symlink of more than/,
    'archive-limit',
  ],
  ['another name in its own header', zip([{ ...hello, local: { name: 'b' } }]), /another name in its own header/],
  ['another method in its own header', zip([{ ...hello, local: { method: 8 } }]), /another method/],
  ['other flags in its own header', zip([{ ...hello, local: { flags: 0x800 } }]), /other flags/],
  [
    'another checksum in its own header',
    zip([{ ...hello, local: { crc: 1 } }]),
    /has the checksum 1 in its own header/,
  ],
  ['another size in its own header', zip([{ ...hello, local: { size: 4 } }]), /has the size 4 in its own header/],
  [
    'another compressed size in its own header',
    zip([{ ...hello, method: 8, local: { packedSize: 4 } }]),
    /has the compressed size 4/,
  ],
  [
    'no sizes in its own header without a descriptor',
    zip([{ ...hello, local: { size: 0, packedSize: 0 } }]),
    /has the compressed size 0|has the size 0/,
  ],
  [
    'a wide size in its own header without zip64',
    zip([{ ...hello, local: { size: ALL } }]),
    /lacks the sizes of zip64/,
  ],
  [
    'another zip64 size in its own header',
    zip([{ ...hello, local: { size: ALL, packedSize: ALL }, localExtra: extraField(1, numbers64(6, 5)) }]),
    /zip64 field and another/,
  ],
  ['no header where it should be', zip([{ ...hello, local: { magic: 1 } }]), /no header where/],
  ['a position in the middle of another', zip([hello, { ...hello, name: 'b', position: 3 }]), /overlaps/],
  ['two members at one place', zip([hello, { ...hello, position: 0 }]), /overlaps/],
  ['a position beyond the file', zip([{ ...hello, position: 1e6 }]), /before its first member|overlaps/],
  [
    'a content that overlaps with the next',
    zip([{ ...hello, packedSize: 40, size: 40, crc: 1, packed: Buffer.alloc(5) }, { name: 'b' }]),
    /overlaps/,
  ],
  ['a content beyond the file', zip([{ ...hello, packedSize: 1e6, size: 1e6, packed: Buffer.alloc(5) }]), /overlaps/],
  [
    'a descriptor with another size',
    zip([{ ...hello, flags: 8, after: descriptor(crcOf('hello'), 5, 6) }]),
    /no data descriptor that fits/,
  ],
  ['no descriptor where one should be', zip([{ ...hello, flags: 8 }]), /no data descriptor that fits/],
  ['a wrong checksum', zip([{ ...hello, crc: 1 }]), /another CRC-32/, 'compression-invalid'],
  [
    'a wrong checksum of what is deflated',
    zip([{ ...hello, method: 8, crc: 1 }]),
    /another CRC-32/,
    'compression-invalid',
  ],
  ['two sizes of what is stored', zip([{ ...hello, size: 4 }]), /two sizes|size mismatch/],
  [
    'more content than declared',
    zip([{ ...hello, method: 8, size: 4 }]),
    /cannot be decompressed.*more than 4/,
    'compression-limit',
  ],
  [
    'less content than declared',
    zip([{ ...hello, method: 8, size: 6 }]),
    /has 5 bytes instead of 6/,
    'compression-invalid',
  ],
  [
    'deflated bytes that are cut off',
    zip([{ ...hello, method: 8, packed: packed.subarray(0, -2) }]),
    /too early/,
    'compression-invalid',
  ],
  [
    'deflated bytes with more after them',
    zip([{ ...hello, method: 8, packed: Buffer.concat([packed, packed]) }]),
    /something else follows/,
    'compression-invalid',
  ],
  [
    'deflated bytes that are none',
    zip([{ ...hello, method: 8, packed: Buffer.of(7, 7) }]),
    /cannot be decompressed/,
    'compression-invalid',
  ],
  [
    'a bomb',
    zip([{ name: 'a', content: Buffer.alloc(2e7), method: 8 }]),
    /cannot be decompressed.*more than 1000 bytes/,
    'compression-limit',
  ],
  [
    'a stored bomb of zip64 sizes',
    zip([{ ...hello, size: ALL, packedSize: ALL, extra: extraField(1, numbers64(2 ** 50, 2 ** 50)) }]),
    /holds .* bytes; at most|overlaps|overflows/,
  ],
];

describe('a zip archive', () => {
  for (const [name, members, expected, parts] of good) {
    it(`is read: ${name}`, async () => {
      expect(await listed(zip(members, parts))).toEqual(expected);
    });
  }

  for (const [name, bytes, message, code = 'archive-ambiguous'] of bad) {
    it(`is refused: ${name}`, async () => {
      const failure = await failureOf(listed(bytes));
      expect(failure.message).toMatch(message);
      if (code === 'archive-ambiguous') expect(['archive-ambiguous', 'archive-limit']).toContain(failure.code);
      else expect(failure.code).toBe(code);
    });
  }

  it('is refused with more members or bytes than allowed', async () => {
    const bytes = zip([hello, { ...hello, name: 'b' }]);
    expect((await failureOf(listed(bytes, { maxEntries: 1 }))).code).toBe('archive-limit');
    expect((await failureOf(listed(bytes, { maxBytes: 9 }))).code).toBe('archive-limit');
    expect(await listed(bytes, { maxEntries: 2, maxBytes: 10 })).toHaveLength(2);
  });

  it('is refused wherever it is cut off', async () => {
    const bytes = zip([hello, { ...hello, name: 'b', method: 8 }]);
    for (let length = 0; length < bytes.length; length++) {
      expect(await failureOf(listed(bytes.subarray(0, length)))).toBeInstanceOf(TbuildError);
    }
  });

  it('gives with a changed byte the same content, an error, or what both headers then say', async () => {
    const bytes = zip([
      { ...hello, mode: 0o100644 },
      { ...hello, name: 'b', method: 8, mode: 0o100644 },
    ]);
    const expected = await listed(bytes);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const wrong = Buffer.from(bytes);
        wrong[at]! ^= change;
        try {
          const found = await listed(wrong);
          expect(found.map((line) => line.split(' ').at(-1))).toEqual(['hello', 'hello']);
          expect(found.map((line) => line.split(' ')[0])).toEqual(expected.map((line) => line.split(' ')[0]));
        } catch (error) {
          expect(error).toBeInstanceOf(TbuildError);
        }
      }),
      { numRuns: 400 },
    );
  });
});

const TOOLS: readonly (readonly [string, readonly string[], (file: string) => readonly string[]])[] = [
  ['zip', [], (file) => ['-q', '-r', '-X', '-y', file, '.']],
  ['zip', ['without compression'], (file) => ['-q', '-r', '-0', '-y', file, '.']],
  ['bsdtar', [], (file) => ['--format', 'zip', '-cf', file, 'd', 'e', 'l', 'ä.txt']],
  ['python3', [], (file) => ['-m', 'zipfile', '-c', file, 'd', 'e', 'ä.txt']],
];

describe('what other programs write', () => {
  for (const [program, how, args] of TOOLS) {
    it.skipIf(!need(program))(`is read: ${[program, ...how].join(' ')}`, async () => {
      const directory = mkdtempSync(join(top.path, 'zip-'));
      const source = join(directory, 'source');
      mkdirSync(source);
      lay(source, { 'd/a': 'hello', 'd/run!': 'x'.repeat(10_000), 'e/': '', 'l@': 'd/a', 'ä.txt': 'umlaut' });
      const file = join(directory, 'x.zip');
      execFileSync(program, args(file), { cwd: source, env: { ...process.env, LC_ALL: 'C.UTF-8' } });
      const found = (await listed(readFileSync(file))).sort();
      const isPython = program === 'python3';
      expect(found.filter((line) => !isPython || !line.startsWith('l '))).toEqual(
        [
          'd directory 755',
          'd/a file 644 hello',
          `d/run file 755 ${'x'.repeat(40)}`,
          'e directory 755',
          ...(isPython ? [] : ['l -> d/a']),
          'ä.txt file 644 umlaut',
        ].sort(),
      );
    });
  }

  it.skipIf(!need('zip'))('is read from a pipe, where zip could not go back', async () => {
    const directory = mkdtempSync(join(top.path, 'zip-'));
    lay(directory, { 'a.txt': 'hello '.repeat(1000) });
    const bytes = execFileSync('sh', ['-c', 'zip -q - a.txt | cat'], { cwd: directory });
    expect(await listed(bytes)).toEqual([expect.stringMatching(/^a\.txt file 644 hello/)]);
  });
});
