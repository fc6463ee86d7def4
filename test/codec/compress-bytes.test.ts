import { crc32, gunzipSync } from 'node:zlib';
import { compress as zstdReference } from '@bokuweb/zstd-wasm';
import { describe, expect, it } from 'vitest';
import { compressDeflate } from '../../src/codec/deflate.js';
import { compressBytes } from '../../src/codec/index.js';
import { pinnedZstd } from '../../src/codec/pinned-zstd.js';
import { need } from '../support/programs.js';
import { cut, filter, sample } from './support.js';

const MiB = 1024 * 1024;
const gzip6 = { type: 'gzip', level: 6 } as const;
const zstd3 = { type: 'zstd', level: 3 } as const;

/** The gzip file as format 1 describes it, written down a second time. */
function gzipReference(input: Buffer, level: number): Buffer {
  const blocks = [...cut(input, MiB)].map(compressDeflate(level));
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(input));
  trailer.writeUInt32LE(input.length, 4);
  return Buffer.concat([Buffer.from('1f8b08000000000000ff', 'hex'), ...blocks, Buffer.of(3, 0), trailer]);
}

const inputs: readonly (readonly [string, Buffer])[] = [
  ['nothing', Buffer.alloc(0)],
  ['one byte', Buffer.from('x')],
  ['a line', Buffer.from('hello, world\n')],
  ['one block less a byte', sample(MiB - 1)],
  ['one block', sample(MiB)],
  ['one block and a byte', sample(MiB + 1)],
  ['2 MiB of zeros', Buffer.alloc(2 * MiB)],
  ['three blocks', sample(2 * MiB + 77_777, 5)],
];

describe('gzip of format 1', () => {
  for (const [name, input] of inputs) {
    it(`is what the format says, for ${name}`, async () => {
      const output = await compressBytes(input, gzip6);
      expect(Buffer.compare(output, gzipReference(input, 6))).toBe(0);
      expect(Buffer.compare(gunzipSync(output), input)).toBe(0);
    });
  }

  it('has the level in its bytes and nowhere else', async () => {
    const input = sample(MiB + 1000);
    for (const level of [1, 9]) {
      expect(Buffer.compare(await compressBytes(input, { type: 'gzip', level }), gzipReference(input, level))).toBe(0);
    }
  });
});

describe('zstd of format 1', () => {
  it('is one frame for each 4 MiB', async () => {
    await pinnedZstd(3);
    for (const length of [0, 1, 4 * MiB - 1, 4 * MiB, 4 * MiB + 1, 9 * MiB]) {
      const input = sample(length);
      const frames =
        length === 0 ? [zstdReference(input, 3)] : [...cut(input, 4 * MiB)].map((b) => zstdReference(b, 3));
      expect(Buffer.compare(await compressBytes(input, zstd3), Buffer.concat(frames))).toBe(0);
    }
  });
});

describe('a level that does not exist', () => {
  it.each([
    { type: 'gzip', level: 0 },
    { type: 'gzip', level: 10 },
    { type: 'gzip', level: 1.5 },
    { type: 'zstd', level: 20 },
  ] as const)('is refused: $type $level', async (choice) => {
    await expect(compressBytes(Buffer.of(1), choice)).rejects.toThrow(RangeError);
  });
});

describe('programs of the machine', () => {
  const input = sample(5 * MiB + 4_321, 4);
  const python = 'import gzip,sys; sys.stdout.buffer.write(gzip.decompress(sys.stdin.buffer.read()))';
  const readers: readonly (readonly [string, readonly string[]])[] = [
    ['gunzip', ['-c']],
    ['pigz', ['-dc']],
    ['python3', ['-c', python]],
  ];
  for (const bytes of [input, Buffer.alloc(0)]) {
    for (const [program, args] of readers) {
      it.skipIf(!need(program))(`${program} reads ${bytes.length} bytes of gzip`, async () => {
        expect(Buffer.compare(filter(program, args, await compressBytes(bytes, gzip6)), bytes)).toBe(0);
      });
    }
    it.skipIf(!need('zstd'))(`zstd reads ${bytes.length} bytes`, async () => {
      expect(Buffer.compare(filter('zstd', ['-dc'], await compressBytes(bytes, zstd3)), bytes)).toBe(0);
    });
  }
});
