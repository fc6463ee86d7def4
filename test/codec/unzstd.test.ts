import { compress as zstdWasm } from '@bokuweb/zstd-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { decompress } from '../../src/codec/index.js';
import { pinnedZstd } from '../../src/codec/pinned-zstd.js';
import { xxh64 } from '../../src/codec/xxh64.js';
import { need } from '../support/programs.js';
import { all, asynchronous, cut, filter, one, reusing, sample } from './support.js';

const MiB = 1024 * 1024;
const limits = { maxBytes: 1024 * MiB, maxRatio: 1_000 };

async function outcome(bytes: Uint8Array): Promise<Buffer | string> {
  const whole = await all(decompress(one(bytes), 'zstd', limits)).catch(String);
  const single = await all(decompress(asynchronous(reusing(cut(bytes, 1), 1)), 'zstd', limits)).catch(String);
  expect(single).toEqual(whole);
  return whole;
}

const MAGIC = Buffer.from('28b52ffd', 'hex');
const lastRaw = (text: string): Buffer => {
  const start = Buffer.alloc(3);
  start.writeUIntLE((text.length << 3) | 1, 0, 3);
  return Buffer.concat([start, Buffer.from(text)]);
};
const hash = (bytes: Uint8Array): Buffer => {
  const state = xxh64();
  state.update(bytes);
  const low = Buffer.alloc(8);
  low.writeBigUInt64LE(state.digest());
  return low.subarray(0, 4);
};
/** A frame: magic number, descriptor byte, the other fields of the header, blocks and checksum. */
const frame = (descriptor: number, fields: readonly number[], ...rest: readonly Buffer[]): Buffer =>
  Buffer.concat([MAGIC, Buffer.of(descriptor, ...fields), ...rest]);
const skippable = Buffer.from('5a2a4d180300000078797a', 'hex');
const hello = frame(0x20, [5], lastRaw('hello'));
const word = Buffer.from('hello');

beforeAll(async () => {
  await pinnedZstd(3);
});

describe('zstd', () => {
  const good: readonly (readonly [string, Buffer, Buffer])[] = [
    ['one frame', hello, word],
    ['no content size', frame(0, [0x00], lastRaw('hello')), word],
    ['a content size of two bytes', frame(0x60, [2, 0], lastRaw('a'.repeat(258))), Buffer.alloc(258, 'a')],
    ['a right checksum', frame(0x24, [5], lastRaw('hello'), hash(word)), word],
    ['the dictionary 0, which is none', frame(0x21, [0, 5], lastRaw('hello')), word],
    ['a repeated byte', frame(0x20, [5], Buffer.of((5 << 3) | 3, 0, 0, 0x61)), Buffer.from('aaaaa')],
    ['two blocks', frame(0x20, [10], Buffer.of(5 << 3, 0, 0), word, lastRaw('hello')), Buffer.from('hellohello')],
    ['two frames', Buffer.concat([hello, hello]), Buffer.from('hellohello')],
    ['a frame of nothing', frame(0x20, [0], lastRaw('')), Buffer.alloc(0)],
    [
      'skippable frames around',
      Buffer.concat([skippable, hello, skippable, hello, skippable]),
      Buffer.from('hellohello'),
    ],
    ['only a skippable frame', skippable, Buffer.alloc(0)],
    ['the largest window', frame(0, [17 << 3], lastRaw('hello')), word],
  ];
  for (const [name, bytes, expected] of good) {
    it(`is read: ${name}`, async () => {
      expect(await outcome(bytes)).toEqual(expected);
    });
  }

  const bad: readonly (readonly [string, Buffer, RegExp])[] = [
    ['nothing at all', Buffer.alloc(0), /too early/],
    ['gzip', Buffer.from('1f8b0800', 'hex'), /starts with the bytes 1f8b0800/],
    ['xz', Buffer.from('fd377a585a00', 'hex'), /starts with/],
    ['an old version of zstd', Buffer.from('27b52ffd00', 'hex'), /starts with/],
    ['text after it', Buffer.concat([hello, Buffer.from('text')]), /starts with the bytes 74657874/],
    ['zeros after it', Buffer.concat([hello, Buffer.alloc(512)]), /starts with the bytes 00000000/],
    ['a byte after it', Buffer.concat([hello, Buffer.of(0x28)]), /too early/],
    ['a window of 2 GiB', frame(0, [21 << 3], lastRaw('hello')), /window of 2147483648/],
    ['a window just too large', frame(0, [(17 << 3) | 1], lastRaw('hello')), /window of/],
    ['a single segment that is too large', frame(0xa0, [1, 0, 0, 8], lastRaw('hello')), /window of 134217729/],
    ['a dictionary', frame(0x21, [7, 5], lastRaw('hello')), /dictionary 7/],
    ['a dictionary of four bytes', frame(0x23, [0, 0, 1, 0, 5], lastRaw('hello')), /dictionary 65536/],
    ['a reserved bit', frame(0x28, [5], lastRaw('hello')), /reserved bit/],
    ['a reserved block', frame(0x20, [5], Buffer.of(7, 0, 0)), /reserved kind/],
    ['a block longer than the window', frame(0x20, [5], lastRaw('hello!')), /block has 6 bytes/],
    ['a repeated byte longer than the window', frame(0x20, [5], Buffer.of(0xfb, 0xff, 0xff, 0x61)), /block has/],
    ['less content than declared', frame(0x20, [6], lastRaw('hello')), /declares 6 bytes and holds 5/],
    [
      'more content than declared',
      frame(0x40, [0, 0, 0], Buffer.of(8, 8, 0), Buffer.alloc(257), lastRaw('')),
      /declares 256/,
    ],
    ['a wrong checksum', frame(0x24, [5], lastRaw('hello'), hash(Buffer.from('hallo'))), /checksum/],
    ['no checksum where one is announced', frame(0x24, [5], lastRaw('hello')), /too early/],
    [
      'a compressed block of noise',
      frame(0x20, [50], Buffer.of((9 << 3) | 5, 0, 0), Buffer.alloc(9, 0xff)),
      /cannot be decoded/,
    ],
  ];
  for (const [name, bytes, reason] of bad) {
    it(`is refused: ${name}`, async () => {
      const result = await outcome(bytes);
      expect(result).toMatch(/^TbuildError: Cannot decompress zstd data: /);
      expect(result).toMatch(reason);
    });
  }

  it('is refused wherever it is cut off', async () => {
    const bytes = Buffer.concat([
      skippable,
      frame(0x24, [5], lastRaw('hello'), hash(word)),
      Buffer.from(zstdWasm(sample(300), 3)),
    ]);
    const ends = [skippable.length, skippable.length + hello.length + 4];
    for (let length = 0; length < bytes.length; length++) {
      if (ends.includes(length)) continue;
      expect(await outcome(bytes.subarray(0, length))).toMatch(/too early/);
    }
  });

  it('stops a bomb of repeated bytes', async () => {
    const block = Buffer.of(2, 0, 16, 0x61);
    const bomb = frame(0, [7 << 3], ...Array.from({ length: 500 }, () => block), lastRaw(''));
    await expect(all(decompress(one(bomb), 'zstd', limits))).rejects.toMatchObject({ code: 'compression-limit' });
  });

  it('reads what the pinned compressor writes, at every level', async () => {
    const input = sample(700_000);
    for (let level = 1; level <= 19; level += 3) {
      expect(Buffer.compare(await all(decompress(one(zstdWasm(input, level)), 'zstd', limits)), input)).toBe(0);
    }
  });
});

describe.skipIf(!need('zstd'))('what the program zstd writes', () => {
  it('is read with its checksum, whatever the length', async () => {
    for (const length of [
      0, 1, 4, 7, 8, 31, 32, 33, 39, 44, 63, 64, 71, 255, 256, 257, 1_000, 65_791, 65_792, 131_073, 400_001,
    ]) {
      const input = sample(length, length + 1);
      for (const args of [['-1'], ['-19', '--no-content-size']]) {
        const file = filter('zstd', ['-c', '--check', ...args], input);
        expect(Buffer.compare(await all(decompress(asynchronous(cut(file, 1_013)), 'zstd', limits)), input)).toBe(0);
      }
    }
  });

  it('never gives other content after a flipped bit', async () => {
    const input = sample(200, 3);
    const file = filter('zstd', ['-c', '--check'], input);
    for (let bit = 0; bit < file.length * 8; bit++) {
      const bytes = Buffer.from(file);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      const result = await all(decompress(one(bytes), 'zstd', limits)).catch((error: unknown) => error);
      if (result instanceof Buffer) expect(result).toEqual(input);
      else expect(result).toMatchObject({ name: 'TbuildError', code: expect.stringMatching(/^compression-/) });
    }
  });

  it('is read with long windows', async () => {
    const input = Buffer.concat([sample(3 * MiB), sample(3 * MiB)]);
    const file = filter('zstd', ['-c', '--long=27', '-3'], input);
    expect(Buffer.compare(await all(decompress(one(file), 'zstd', limits)), input)).toBe(0);
  });
});

describe('XXH64', () => {
  const known: readonly (readonly [string, bigint])[] = [
    ['', 0xef46db3751d8e999n],
    ['a', 0xd24ec4f1a98c6e5bn],
    ['abc', 0x44bc2cf5ad770999n],
  ];
  for (const [text, expected] of known) {
    it(`of ${JSON.stringify(text)} is the published one`, () => {
      const state = xxh64();
      state.update(Buffer.from(text));
      expect(state.digest()).toBe(expected);
    });
  }

  it('does not depend on how the bytes arrive', () => {
    const input = sample(1_000);
    const whole = xxh64();
    whole.update(input);
    for (const lengths of [[1], [31], [32], [33], [0, 5, 64, 7]]) {
      const state = xxh64();
      for (const chunk of cut(input, ...lengths)) state.update(chunk);
      expect(state.digest()).toBe(whole.digest());
    }
  });
});
