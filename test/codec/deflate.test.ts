import { constants, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { inflateRaw } from 'pako';
import { describe, expect, it } from 'vitest';
import { compressDeflate } from '../../src/codec/deflate.js';
import { deflateWasm } from '../../src/codec/generated/deflate-wasm.js';
import { copiesAt, fibonacci, noise, numbers, periodic, text } from './deflate-inputs.js';
import { sample, sha256 } from './support.js';

const MiB = 1024 * 1024;
const LEVELS = [1, 2, 3, 4, 5, 6, 7, 8, 9];
const SYNC_FLUSH = Buffer.from('0000ffff', 'hex');

/** What two decoders of others make of one block, which must agree with it. */
function checkRoundTrip(input: Uint8Array, level: number): Uint8Array {
  const output = compressDeflate(level)(input);
  const ended = Buffer.concat([output, Buffer.of(3, 0)]);
  expect(Buffer.compare(inflateRawSync(ended), input)).toBe(0);
  expect(Buffer.compare(inflateRaw(ended), input)).toBe(0);
  expect(Buffer.from(output.subarray(-4))).toEqual(SYNC_FLUSH);
  expect(output.length).toBeLessThanOrEqual(storedSize(input.length));
  return output;
}

/** Stored blocks of 65,535 bytes, and the flush. */
function storedSize(length: number): number {
  return length + 5 * Math.ceil(length / 65_535) + 5;
}

const inputs: Readonly<Record<string, () => Uint8Array>> = {
  nothing: () => new Uint8Array(),
  'one byte': () => Buffer.of(200),
  'two bytes': () => Buffer.from('ab'),
  'three bytes, twice': () => Buffer.from('abcabc'),
  'a line': () => Buffer.from('hello, hello, world\n'),
  'one byte value less than a segment': () => Buffer.alloc(16_383, 7),
  '65,535 bytes of noise': () => noise(65_535),
  '65,536 bytes of noise': () => noise(65_536),
  '131,071 bytes of noise': () => noise(131_071),
  'zeros between noise': () => Buffer.concat([noise(40_000), Buffer.alloc(50_000), noise(70_000, 2), text(30_000)]),
  'noise that comes again': () => Buffer.concat([noise(20_000), noise(20_000), text(100), noise(20_000)]),
  'noise of 200 byte values': () => noise(100_000).map((byte) => byte % 200),
  'one byte value that is rare': () => Buffer.alloc(50_000, 'a').fill('b', 49_999),
  'all byte values once': () => Buffer.from(Array.from({ length: 256 }, (_, value) => value)),
  'a code that would be 20 bits deep': () => fibonacci(20),
  'a code that would be 23 bits deep': () => fibonacci(23),
  'text of 600,000 bytes': () => text(600_000),
  'a little of everything': () => sample(400_000, 3),
  'text, and binary data after it': () => Buffer.concat([text(60_000), sample(60_000, 5), text(60_000, 2)]),
};

describe('deflate', () => {
  for (const [name, make] of Object.entries(inputs)) {
    it(`comes back as it was at every level: ${name}`, () => {
      for (const level of LEVELS) checkRoundTrip(make(), level);
    });
  }

  it('comes back as it was for runs and matches of lengths around 258', () => {
    const repeated = noise(300, 4);
    for (let length = 250; length <= 267; length++) {
      const matches = Buffer.concat([repeated, Buffer.of(1), repeated.subarray(0, length), Buffer.of(2)]);
      for (const level of [1, 6, 9]) {
        checkRoundTrip(Buffer.alloc(length, 9), level);
        checkRoundTrip(Buffer.alloc(2 * length + 1, 9), level);
        checkRoundTrip(matches, level);
      }
    }
  });

  it('comes back as it was for distances around the size of the window', () => {
    for (const distance of [32_766, 32_767, 32_768, 32_769, 65_535, 65_536, 65_537]) {
      for (const level of [1, 6, 9]) checkRoundTrip(copiesAt(distance, 3_000), level);
    }
  });

  it('comes back as it was for every period from 1 to 600', () => {
    for (let period = 1; period <= 600; period++) {
      checkRoundTrip(periodic(2_000 + period, period), LEVELS[period % LEVELS.length]!);
    }
  });

  it('comes back as it was for every short length', () => {
    for (let length = 0; length <= 300; length++) {
      for (const level of [1, 6, 9]) {
        checkRoundTrip(noise(length), level);
        checkRoundTrip(Buffer.alloc(length, 'ab'), level);
        checkRoundTrip(text(length, length + 1), level);
      }
    }
  });

  it('comes back as it was, whatever it is made of', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.tuple(fc.nat(20_000), fc.nat(255)).map(([length, byte]) => Buffer.alloc(length, byte)),
      fc.tuple(fc.nat(40_000), fc.integer({ min: 1, max: 600 })).map(([length, period]) => periodic(length, period)),
      fc.tuple(fc.nat(40_000), fc.nat(99)).map(([length, seed]) => text(length, seed + 1)),
      fc.tuple(fc.nat(70_000), fc.nat(99)).map(([length, seed]) => noise(length, seed + 1)),
      fc.tuple(fc.nat(40_000), fc.nat(99)).map(([length, seed]) => sample(length, seed + 1)),
    );
    const mixture = fc.array(piece, { maxLength: 6 }).map((pieces) => Buffer.concat(pieces));
    fc.assert(
      fc.property(mixture, fc.constantFrom(...LEVELS), (input, level) => {
        checkRoundTrip(input, level);
      }),
      { numRuns: 150 },
    );
  });

  it('may have 4 MiB at once, and no more', () => {
    const most = Buffer.concat([noise(MiB), text(2 * MiB), noise(MiB, 3)]);
    for (const level of [1, 6]) checkRoundTrip(most, level);
    expect(() => compressDeflate(6)(Buffer.concat([most, Buffer.of(1)]))).toThrow(RangeError);
  });

  it('makes blocks that are one stream when they stand one after the other', () => {
    const blocks = [text(100_000), noise(50_000), Buffer.alloc(0), sample(70_000)];
    const stream = Buffer.concat([...blocks.map(compressDeflate(6)), Buffer.of(3, 0)]);
    expect(Buffer.compare(inflateRawSync(stream), Buffer.concat(blocks))).toBe(0);
    const flushed = { finishFlush: constants.Z_SYNC_FLUSH };
    expect(Buffer.compare(inflateRawSync(compressDeflate(6)(blocks[0]!), flushed), blocks[0]!)).toBe(0);
  });
});

describe('the bytes of deflate', () => {
  it('do not depend on the blocks before, nor on their levels', () => {
    const blocks = Object.values(inputs).map((make) => make());
    const first = blocks.map((block) => sha256(compressDeflate(6)(block)));
    const next = numbers(3);
    for (let turn = 0; turn < 200; turn++) {
      const index = next(blocks.length);
      compressDeflate(1 + next(9))(blocks[next(blocks.length)]!.subarray(0, next(70_000)));
      expect(sha256(compressDeflate(6)(blocks[index]!))).toBe(first[index]);
    }
  });

  it('do not depend on what stands after a shorter block in the memory', () => {
    for (const level of LEVELS) {
      const compress = compressDeflate(level);
      const results = [noise(1_000), Buffer.alloc(1_000), text(1_000), Buffer.alloc(1_000, 'abc')].map((before) => {
        compress(before);
        return sha256(compress(Buffer.from('abcabcabcabcabca')));
      });
      expect(new Set(results).size).toBe(1);
    }
  });

  it('are the same in an instance that has compressed nothing yet', async () => {
    const input = sample(300_000, 8);
    for (let seed = 1; seed < 5; seed++) compressDeflate(6)(sample(90_000, seed));
    expect(sha256(compressDeflate(6)(input))).toBe(sha256(await compressFresh(input)));
  });

  it('are at most those of stored blocks, and exactly so for noise', () => {
    for (const length of [0, 200, 65_535, 65_536, 200_000, MiB]) {
      for (const level of [1, 6, 9]) {
        expect(compressDeflate(level)(noise(length, length + 1)).length).toBe(storedSize(length));
      }
    }
  });

  it('are fewer with each of some levels', () => {
    const input = text(400_000, 9);
    const sizes = [1, 4, 6, 9].map((level) => compressDeflate(level)(input).length);
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    expect(new Set(sizes).size).toBe(4);
  });

  it('find noise that comes again', () => {
    const once = noise(16_384, 12);
    const output = compressDeflate(6)(Buffer.concat([once, once, once]));
    expect(output.length).toBeLessThan(once.length * 1.1);
  });
});

/** What a new instance gives at level 6. */
async function compressFresh(input: Uint8Array): Promise<Uint8Array> {
  const { WebAssembly } = globalThis as unknown as {
    WebAssembly: { instantiate(bytes: Uint8Array): Promise<{ instance: { exports: unknown } }> };
  };
  const { instance } = await WebAssembly.instantiate(Buffer.from(deflateWasm, 'base64'));
  const { memory, prepare, inputAddress, outputAddress, compress } = instance.exports as {
    memory: { buffer: ArrayBuffer };
    prepare(): void;
    inputAddress(): number;
    outputAddress(): number;
    compress(count: number, level: number): number;
  };
  prepare();
  new Uint8Array(memory.buffer, inputAddress()).set(input);
  const count = compress(input.length, 6);
  return new Uint8Array(memory.buffer, outputAddress(), count);
}

/** Inputs that are the same on every machine, by level: all of them in one digest. They never change with format 1. */
const GOLDEN: Readonly<Record<number, string>> = {
  1: '407a3d3c3a21476e4679885fbccad55cbf53787f52b3d894b03ecfdd91427a9a',
  2: 'a42d06f1e1ce09d95241ead38a37f105bffcc14c6f8fe02cea4d8a414a557a11',
  3: '041ecfb886a501a8c6a08130df43dd978fd32e3fa6834c2df57c07f856630a76',
  4: 'e5ee7f6ed8c282c5740e2eda5f6ac871fb193157411d27f89e79a5740412cf6b',
  5: 'cdaa917607aa852178ae009a9b6c6ffc628da922c4e026f7e83833d71bd7c617',
  6: 'ff07d2e07eb5693791a98b7178155889026f0c4ecd39fb52bb22a78a6cf5489a',
  7: '31bb5378fddea666522baedd37148fd3dda05c78c12656dcc890f28e14ab5372',
  8: 'c15cd2af869819b1237d2524e603d1951abeb86b0a491518c56571e15feaea02',
  9: '264391e260b42a273a7c3aff39e6c6600fd1a337e0d63dbab39ec70ab96b2668',
};

describe('golden bytes', () => {
  for (const level of LEVELS) {
    it(`are those of level ${level}`, () => {
      const outputs = Object.values(inputs).map((make) => compressDeflate(level)(make()));
      expect(sha256(Buffer.concat(outputs))).toBe(GOLDEN[level]);
    });
  }
});
