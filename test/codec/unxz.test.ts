import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Crc64 } from '../../src/codec/crc64.js';
import { type DecompressLimits, decompress } from '../../src/codec/index.js';
import { TbuildError } from '../../src/errors/index.js';
import type { Bytes } from '../../src/util/index.js';
import { need } from '../support/programs.js';
import { all, asynchronous, cut, filter, one, reusing, sample } from './support.js';

const MiB = 1024 * 1024;
const limits: DecompressLimits = { maxBytes: 1024 * MiB, maxRatio: 1_000 };
const CHECKS = ['none', 'crc32', 'crc64', 'sha256'] as const;

const xz = (input: Uint8Array, ...options: string[]): Buffer => filter('xz', ['-c', ...options], input);

async function attempt(input: Bytes, more: Partial<DecompressLimits> = {}): Promise<Buffer | string> {
  try {
    return await all(decompress(input, 'xz', { ...limits, ...more }));
  } catch (error) {
    if (!(error instanceof TbuildError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

/** What comes out, or the code and message of the failure; the same for one chunk and for single bytes. */
async function outcome(bytes: Uint8Array): Promise<Buffer | string> {
  const whole = await attempt(one(bytes));
  expect(await attempt(asynchronous(reusing(cut(bytes, 1), 1)))).toEqual(whole);
  return whole;
}

/** The bytes with a field replaced, and the CRC-32 over `covered` at `crcAt` made right again. */
function patched(bytes: Buffer, at: number, value: number, crc?: { from: number; to: number; at: number }): Buffer {
  const copy = Buffer.from(bytes);
  copy[at < 0 ? copy.length + at : at] = value;
  if (crc !== undefined) copy.writeUInt32LE(crc32(copy.subarray(crc.from, crc.to)), crc.at);
  return copy;
}

describe('CRC-64', () => {
  it('has the check value of its catalogue', () => {
    const crc = new Crc64();
    crc.update(Buffer.from('1234'));
    crc.update(Buffer.from('56789'));
    expect(Buffer.from(crc.digest()).toString('hex')).toBe('fa3919dfbbc95d99');
  });
});

describe.skipIf(!need('xz'))('xz', () => {
  const content = Buffer.from('the content of a package, the content of a package');
  const plain = xz(content);
  const long = sample(3 * MiB);
  const headerCrc = { from: 12, to: 12 + plain[12]! * 4, at: 12 + plain[12]! * 4 };
  const twice = Buffer.concat([content, content]);

  const good: readonly (readonly [string, () => Buffer, Buffer])[] = [
    ...CHECKS.map((check) => [`checked by ${check}`, () => xz(content, `-C${check}`), content] as const),
    ['nothing, compressed', () => xz(Buffer.alloc(0)), Buffer.alloc(0)],
    ['two streams', () => Buffer.concat([plain, plain]), twice],
    ['streams with other checks', () => Buffer.concat([plain, xz(content, '-Csha256')]), twice],
    ['padding between', () => Buffer.concat([plain, Buffer.alloc(8), plain]), twice],
    ['padding after it', () => Buffer.concat([plain, Buffer.alloc(4)]), content],
    ['many blocks', () => xz(content, '--block-size=7'), content],
    ['blocks with their sizes in the header', () => xz(content, '-T2', '--block-size=16'), content],
    ['a dictionary of 4 KiB', () => xz(content, '--lzma2=dict=4KiB'), content],
    ['a dictionary of 64 MiB', () => xz(content, '-9'), content],
    ['other properties of LZMA', () => xz(content, '--lzma2=preset=6,lc=0,lp=2,pb=0'), content],
    ['bytes at random, stored as they are', () => xz(sha(200)), sha(200)],
  ];
  for (const [name, make, expected] of good) {
    it(`is read: ${name}`, async () => {
      expect(await outcome(make())).toEqual(expected);
    });
  }

  it('is read at any length, level and check, in any chunks', async () => {
    for (const options of [['-0'], ['-6'], ['-9e', '-Csha256'], ['-T2', '--block-size=300000', '-Ccrc32']]) {
      const bytes = xz(long, ...options);
      for (const lengths of [[bytes.length], [65_537, 3], [1_000]]) {
        const output = await all(decompress(asynchronous(reusing(cut(bytes, ...lengths), bytes.length)), 'xz', limits));
        expect(Buffer.compare(output, long)).toBe(0);
      }
    }
  });

  it('is read where it is longer than the window that is kept of it, whatever its contexts are', async () => {
    const longer = Buffer.concat([1, 2, 3, 4].map((seed) => sample(3 * MiB + 13, seed)));
    for (const options of ['dict=4KiB', 'dict=4KiB,lc=0,lp=4,pb=4', 'dict=1MiB,lc=4,lp=0,pb=0,mode=fast']) {
      const output = await all(decompress(one(xz(longer, `--lzma2=preset=0,${options}`)), 'xz', limits));
      expect(Buffer.compare(output, longer)).toBe(0);
    }
  });

  it('is read beside others, and after others that ended early', async () => {
    const [first, second] = [sample(3 * MiB, 5), sample(3 * MiB, 6)];
    const read = (bytes: Buffer): Bytes =>
      decompress(asynchronous(reusing(cut(xz(bytes), 1_000), 1_000)), 'xz', limits);
    for await (const _ of read(first)) break;
    const outputs = await Promise.all([first, second, first].map((bytes) => all(read(bytes))));
    expect(outputs.map((output, i) => Buffer.compare(output, [first, second, first][i]!))).toEqual([0, 0, 0]);
  });

  const bad: readonly (readonly [string, () => Buffer, RegExp])[] = [
    ['nothing at all', () => Buffer.alloc(0), /too early/],
    ['padding alone', () => Buffer.alloc(16), /no stream starts with the bytes 000000000000/],
    ['padding before it', () => Buffer.concat([Buffer.alloc(4), plain]), /no stream starts/],
    ['padding of three bytes', () => Buffer.concat([plain, Buffer.alloc(3)]), /something else follows/],
    ['text after it', () => Buffer.concat([plain, Buffer.from('text and more')]), /no stream starts/],
    ['half a magic number after it', () => Buffer.concat([plain, plain.subarray(0, 5)]), /too early/],
    ['another first byte of the range coder', () => patched(plain, 30, 1), /does not begin as it should/],
    ['gzip', () => Buffer.from('1f8b0800000000000003030000', 'hex'), /no stream starts/],
    ['lzip', () => Buffer.from('4c5a495001140000000000000000', 'hex'), /no stream starts/],
    ['a wrong CRC of the header', () => patched(plain, 8, plain[8]! ^ 1), /CRC-32 of a header does not/],
    ['an unknown check', () => patched(plain, 7, 2, { from: 6, to: 8, at: 8 }), /flags of a stream/],
    ['a reserved flag', () => patched(plain, 6, 1, { from: 6, to: 8, at: 8 }), /flags of a stream/],
    ['a wrong CRC of the block header', () => patched(plain, 14, plain[14]! ^ 1), /CRC-32 of a header of a block/],
    ['a reserved bit in the block header', () => patched(plain, 13, 4, headerCrc), /reserved bit/],
    ['an unknown filter', () => patched(plain, 14, 0x22, headerCrc), /filter 0x22/],
    ['the filter for x86', () => xz(content, '--x86', '--lzma2'), /filter 0x4, and only LZMA2/],
    ['a dictionary of 96 MiB', () => xz(content, '--lzma2=dict=96MiB'), /dictionary of 100663296 bytes/],
    ['an impossible dictionary', () => patched(plain, 16, 41, headerCrc), /size of a dictionary/],
    ['a block header that goes on', () => patched(plain, 18, 1, headerCrc), /header of a block goes on/],
    [
      'a number in two bytes that one would do for',
      () => patched(patched(plain, 15, 0, headerCrc), 14, 0x80 | 0x21, headerCrc),
      /number is not valid/,
    ],
    ['a reserved kind of chunk', () => patched(plain, 24, 3), /reserved kind/],
    ['other content', () => patched(plain, 40, plain[40]! ^ 1), /CRC-64|cannot be decoded/],
    ['another end', () => patched(plain, -1, 0), /does not end as it should/],
    [
      'another size of the index',
      () => patched(plain, -8, 7, { from: plain.length - 8, to: plain.length - 2, at: plain.length - 12 }),
      /another size of the index/,
    ],
    [
      'other flags in the footer',
      () => patched(plain, -3, 1, { from: plain.length - 8, to: plain.length - 2, at: plain.length - 12 }),
      /header and footer/,
    ],
  ];
  for (const [name, make, reason] of bad) {
    it(`is refused: ${name}`, async () => {
      const result = await outcome(make());
      expect(result).toMatch(/^compression-invalid: Cannot decompress xz data: /);
      expect(result).toMatch(reason);
    });
  }

  for (const check of ['crc32', 'crc64', 'sha256'] as const) {
    it(`is refused with a wrong ${check}`, async () => {
      const size = { crc32: 4, crc64: 8, sha256: 32 }[check];
      const bytes = xz(content, `-C${check}`);
      const indexBytes = (bytes.readUInt32LE(bytes.length - 8) + 1) * 4;
      for (let i = 1; i <= size; i++) {
        const wrong = patched(bytes, -12 - indexBytes - i, bytes[bytes.length - 12 - indexBytes - i]! ^ 0x10);
        expect(await attempt(one(wrong))).toMatch(/(CRC-32|CRC-64|SHA-256) does not match/);
      }
    });
  }

  it('is refused where the index lists other blocks', async () => {
    const bytes = xz(content, '--block-size=20');
    const indexAt = bytes.length - 12 - (bytes.readUInt32LE(bytes.length - 8) + 1) * 4;
    const crc = { from: indexAt, to: bytes.length - 16, at: bytes.length - 16 };
    expect(bytes[indexAt]).toBe(0);
    for (const at of [1, 2, 3, 5]) {
      const result = await attempt(one(patched(bytes, indexAt + at, bytes[indexAt + at]! ^ 1, crc)));
      expect(result).toMatch(/index does not list/);
    }
    expect(await attempt(one(patched(bytes, indexAt + 2, bytes[indexAt + 2]! ^ 1)))).toMatch(/index/);
  });

  it('is refused wherever it is cut off', async () => {
    const both = Buffer.concat([xz(content, '--block-size=20'), plain]);
    const boundary = both.length - plain.length;
    for (let length = 0; length < both.length; length++) {
      if (length === boundary) continue;
      const isInMagic = length > boundary && length < boundary + 4;
      expect(await attempt(one(both.subarray(0, length)))).toMatch(isInMagic ? /something else/ : /too early/);
    }
  });

  it('never gives other content after a flipped bit', async () => {
    for (const check of ['crc32', 'crc64', 'sha256']) {
      const bytes = xz(content, `-C${check}`);
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const wrong = Buffer.from(bytes);
        wrong[bit >> 3]! ^= 1 << (bit & 7);
        expect(await attempt(one(wrong))).toMatch(/^compression-invalid/);
      }
    }
  });

  it('is stopped where it gives too much', async () => {
    const zeros = xz(Buffer.alloc(32 * MiB));
    expect(await attempt(one(zeros))).toMatch(/^compression-limit: .*more than 1000 bytes for each/);
    expect(await attempt(one(zeros), { maxBytes: 2 * MiB, maxRatio: 1e9 })).toMatch(/more than 2097152 bytes/);
    expect(await attempt(one(plain), { maxBytes: content.length })).toEqual(content);
  });

  it('lets several be read at once, and others after one was left in the middle', async () => {
    const bytes = xz(long);
    for await (const _ of decompress(one(bytes), 'xz', limits)) break;
    expect(await attempt(one(bytes.subarray(0, 5_000)))).toMatch(/too early/);
    const results = await Promise.all([1, 2, 3].map(() => attempt(asynchronous(cut(bytes, 10_000)))));
    for (const result of results) expect(Buffer.compare(result as Buffer, long)).toBe(0);
  });

  it('lets others have their turn', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await all(decompress(one(xz(sample(8 * MiB))), 'xz', limits));
    expect(turns).toBeGreaterThan(5);
    turns = 0;
    await all(decompress(one(xz(sample(60_000), '--block-size=20')), 'xz', limits));
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
  });
});

/** Bytes that nothing compresses. */
function sha(count: number): Buffer {
  return Buffer.concat(Array.from({ length: count }, (_, i) => createHash('sha256').update(String(i)).digest()));
}
