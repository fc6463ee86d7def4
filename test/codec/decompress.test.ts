import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type ReadCodec as Codec, type DecompressLimits, decompress } from '../../src/codec/index.js';
import { TbuildError } from '../../src/errors/index.js';
import type { Bytes } from '../../src/util/index.js';
import { need } from '../support/programs.js';
import { all, asynchronous, cut, filter, one, reusing, sample } from './support.js';

const MiB = 1024 * 1024;
const limits: DecompressLimits = { maxBytes: 1024 * MiB, maxRatio: 1_000 };

/** What comes out, or the code and message of the failure; the same for one chunk and for single bytes. */
async function outcome(bytes: Uint8Array, codec: Codec): Promise<Buffer | string> {
  const attempt = async (input: Bytes): Promise<Buffer | string> => {
    try {
      return await all(decompress(input, codec, limits));
    } catch (error) {
      if (!(error instanceof TbuildError)) throw error;
      return `${error.code}: ${error.message}`;
    }
  };
  const whole = await attempt(one(bytes));
  const single = await attempt(asynchronous(reusing(cut(bytes, 1), 1)));
  expect(single).toEqual(whole);
  return whole;
}

interface GzipParts {
  readonly content: Buffer;
  readonly flags?: number;
  readonly fields?: Buffer;
  readonly crc?: number;
  readonly size?: number;
}

function member({ content, flags = 0, fields = Buffer.alloc(0), crc, size }: GzipParts): Buffer {
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc ?? crc32(content));
  trailer.writeUInt32LE(size ?? content.length, 4);
  return Buffer.concat([Buffer.of(0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3), fields, deflateRawSync(content), trailer]);
}

const content = Buffer.from('the content of a layer, the content of a layer');
const plain = member({ content });
const named = Buffer.from('a name\0');
const extra = Buffer.from('0400414202007879', 'hex').subarray(0, 6);

describe('gzip', () => {
  const good: readonly (readonly [string, Buffer, Buffer])[] = [
    ['one member', plain, content],
    ['two members', Buffer.concat([plain, plain]), Buffer.concat([content, content])],
    [
      'an empty member between',
      Buffer.concat([plain, member({ content: Buffer.alloc(0) }), plain]),
      Buffer.concat([content, content]),
    ],
    ['nothing, compressed', member({ content: Buffer.alloc(0) }), Buffer.alloc(0)],
    ['a file name', member({ content, flags: 8, fields: named }), content],
    ['a comment', member({ content, flags: 16, fields: named }), content],
    ['extra fields', member({ content, flags: 4, fields: extra }), content],
    [
      'extra fields, a name and a comment',
      member({ content, flags: 28, fields: Buffer.concat([extra, named, named]) }),
      content,
    ],
    ['gzip in gzip, of which it undoes one', member({ content: plain }), plain],
  ];
  for (const [name, bytes, expected] of good) {
    it(`is read: ${name}`, async () => {
      expect(await outcome(bytes, 'gzip')).toEqual(expected);
    });
  }

  const flipped = (at: number): Buffer => {
    const bytes = Buffer.from(plain);
    bytes[at < 0 ? bytes.length + at : at]! ^= 1;
    return bytes;
  };
  const headerCrc = Buffer.alloc(2);
  headerCrc.writeUInt16LE((crc32(Buffer.of(0x1f, 0x8b, 8, 2, 0, 0, 0, 0, 0, 3)) & 0xffff) ^ 1);
  const bad: readonly (readonly [string, Buffer, RegExp])[] = [
    ['nothing at all', Buffer.alloc(0), /too early/],
    ['a wrong CRC-32', member({ content, crc: 1 }), /CRC-32/],
    ['a wrong length', member({ content, size: 1 }), /length/],
    ['a wrong length in the second member', Buffer.concat([plain, member({ content, size: 1 })]), /length/],
    ['zeros after it', Buffer.concat([plain, Buffer.alloc(512)]), /something else follows/],
    ['zeros and another member after it', Buffer.concat([plain, Buffer.alloc(5), plain]), /something else follows/],
    ['text after it', Buffer.concat([plain, Buffer.from('text')]), /incorrect header check/],
    ['half a magic number after it', Buffer.concat([plain, Buffer.of(0x1f)]), /too early/],
    ['another magic number', flipped(0), /incorrect header check/],
    ['another method', flipped(2), /unknown compression method/],
    ['reserved flags', member({ content, flags: 0x20 }), /unknown header flags/],
    ['a wrong CRC of the header', member({ content, flags: 2, fields: headerCrc }), /header crc/],
    ['zstd', Buffer.from('28b52ffd2000010000', 'hex'), /incorrect header check/],
    ['xz', Buffer.from('fd377a585a0000', 'hex'), /incorrect header check/],
    ['bzip2', Buffer.from('BZh91AY&SY'), /incorrect header check/],
    ['a plain tar', Buffer.alloc(1024), /incorrect header check/],
  ];
  for (const [name, bytes, reason] of bad) {
    it(`is refused: ${name}`, async () => {
      const result = await outcome(bytes, 'gzip');
      expect(result).toMatch(/^compression-invalid: Cannot decompress gzip data: /);
      expect(result).toMatch(reason);
    });
  }

  it('is refused wherever it is cut off', async () => {
    const both = Buffer.concat([member({ content, flags: 12, fields: Buffer.concat([extra, named]) }), plain]);
    const boundary = both.length - plain.length;
    for (let length = 0; length < both.length; length++) {
      if (length === boundary) continue;
      expect(await outcome(both.subarray(0, length), 'gzip')).toMatch(/too early/);
    }
  });

  it('never gives other content after a flipped bit', async () => {
    for (let bit = 0; bit < plain.length * 8; bit++) {
      const bytes = Buffer.from(plain);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      const result = await all(decompress(one(bytes), 'gzip', limits)).catch((error: TbuildError) => error.code);
      if (typeof result === 'string') expect(result).toBe('compression-invalid');
      else expect(result).toEqual(content);
    }
  });

  it('is read in many members, as bgzip and pigz write it', async () => {
    const input = sample(5 * MiB);
    const members = Buffer.concat([...cut(input, 60_000)].map((piece) => gzipSync(piece)));
    const output = await all(decompress(asynchronous(reusing(cut(members, 10_007), 10_007)), 'gzip', limits));
    expect(Buffer.compare(output, input)).toBe(0);
  });
});

describe('deflate', () => {
  const bare = deflateRawSync(content);

  it('is read', async () => {
    expect(await outcome(bare, 'deflate')).toEqual(content);
    expect(await outcome(deflateRawSync(Buffer.alloc(0)), 'deflate')).toEqual(Buffer.alloc(0));
  });

  it.each([
    ['nothing at all', Buffer.alloc(0), /too early/],
    ['something after it', Buffer.concat([bare, Buffer.of(0)]), /something else follows/],
    ['another stream after it', Buffer.concat([bare, bare]), /something else follows/],
    ['a reserved kind of block', Buffer.of(7), /invalid block type/],
  ])('is refused: %s', async (_what, bytes, reason) => {
    const result = await outcome(bytes, 'deflate');
    expect(result).toMatch(/^compression-invalid: Cannot decompress deflate data: /);
    expect(result).toMatch(reason);
  });

  it('is refused wherever it is cut off', async () => {
    for (let length = 0; length < bare.length; length++) {
      expect(await outcome(bare.subarray(0, length), 'deflate')).toMatch(/too early/);
    }
  });
});

describe('no compression', () => {
  it('passes through', async () => {
    expect(await outcome(content, 'none')).toEqual(content);
    expect(await outcome(Buffer.alloc(0), 'none')).toEqual(Buffer.alloc(0));
  });
});

describe('the limits', () => {
  const zeros = gzipSync(Buffer.alloc(8 * MiB), { level: 9 });
  const cases: readonly (readonly [string, Buffer, Codec, Partial<DecompressLimits>, RegExp | undefined])[] = [
    ['exactly as many bytes as allowed', plain, 'gzip', { maxBytes: content.length }, undefined],
    ['one byte more than allowed', plain, 'gzip', { maxBytes: content.length - 1 }, /more than 45 bytes/],
    ['one byte more than allowed, not compressed', content, 'none', { maxBytes: 10 }, /more than 10 bytes/],
    ['8 MiB of zeros in 8 KiB', zeros, 'gzip', {}, /more than 1000 bytes for each/],
    ['8 MiB of zeros in 8 KiB, where that is allowed', zeros, 'gzip', { maxRatio: 1_100 }, undefined],
    ['1 MiB of zeros, which harms nobody', gzipSync(Buffer.alloc(MiB)), 'gzip', { maxRatio: 2 }, undefined],
  ];
  for (const [name, bytes, codec, change, reason] of cases) {
    it(`${reason === undefined ? 'allow' : 'stop'} ${name}`, async () => {
      const result = await all(decompress(one(bytes), codec, { ...limits, ...change })).catch(
        (error: TbuildError) => error,
      );
      if (reason === undefined) return expect(result).toBeInstanceOf(Buffer);
      expect(result).toMatchObject({ code: 'compression-limit', message: expect.stringMatching(reason) });
    });
  }

  it('stop a bomb before it is unpacked', async () => {
    let bytesOut = 0;
    const bomb = decompress(asynchronous(cut(gzipSync(Buffer.alloc(64 * MiB)), 1_000)), 'gzip', limits);
    const drain = async (): Promise<void> => {
      for await (const chunk of bomb) bytesOut += chunk.length;
    };
    await expect(drain()).rejects.toMatchObject({ code: 'compression-limit' });
    expect(bytesOut).toBeLessThan(4 * MiB);
  });
});

describe('a decompressed stream', () => {
  const input = sample(8 * MiB);
  const streams: readonly (readonly [Codec, () => Buffer])[] = [
    ['gzip', () => gzipSync(input)],
    ['none', () => input],
    ...(need('zstd') ? ([['zstd', () => filter('zstd', ['-c'], input)]] as const) : []),
    ...(need('xz') ? ([['xz', () => filter('xz', ['-1c'], input)]] as const) : []),
  ];
  for (const [codec, make] of streams) {
    it(`reads no more than it needs, and closes its input when it is left: ${codec}`, async () => {
      const bytes = make();
      let bytesRead = 0;
      let isClosed = false;
      async function* watched(): Bytes {
        try {
          for (const chunk of cut(bytes, 16_384)) {
            bytesRead += chunk.length;
            yield chunk;
          }
        } finally {
          isClosed = true;
        }
      }
      for await (const chunk of decompress(watched(), codec, limits)) {
        expect(Buffer.compare(chunk, input.subarray(0, chunk.length))).toBe(0);
        break;
      }
      expect(isClosed).toBe(true);
      expect(bytesRead).toBeLessThan(bytes.length / 4);
    });

    it(`fails as its input does: ${codec}`, async () => {
      async function* broken(): Bytes {
        yield make().subarray(0, 100_000);
        throw new Error('the disk is gone');
      }
      await expect(all(decompress(broken(), codec, limits))).rejects.toThrow('the disk is gone');
    });
  }
});
