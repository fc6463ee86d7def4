import { describe, expect, it, vi } from 'vitest';
import type { CompressBlock } from '../../src/codec/block-codec.js';
import { openBlockCompressor } from '../../src/codec/compress-block.js';
import { fastest } from '../../src/codec/fastest.js';
import { pinnedZstd } from '../../src/codec/pinned-zstd.js';
import { selfTestCorpus } from '../../src/codec/self-test-corpus.js';
import { sample } from './support.js';

const pinned: CompressBlock = (block) => Uint8Array.of(1, ...block.subarray(0, 4));
const corpus = () => [Uint8Array.of(7), Uint8Array.of(8, 8)];
const big = sample(64 * 1024);
const small = big.subarray(1);

describe('the choice between pinned and native', () => {
  it('never asks the native codec for the first block, nor for any number of small ones', () => {
    const native = vi.fn(pinned);
    const compress = fastest({ pinned, native, corpus });
    for (let i = 0; i < 50; i++) compress(small);
    compress(big);
    expect(native).not.toHaveBeenCalled();
  });

  it('tests once, on a real block and the corpus, and then only uses the native codec', () => {
    const native = vi.fn(pinned);
    const spy = vi.fn(pinned);
    const compress = fastest({ pinned: spy, native, corpus });
    for (let i = 0; i < 5; i++) compress(big);
    compress(small);
    expect(spy).toHaveBeenCalledTimes(1 + corpus().length);
    expect(native).toHaveBeenCalledTimes(1 + corpus().length + 5);
  });

  it('keeps what it needs of the first block, whose result and buffer are not its own', () => {
    const native = vi.fn(pinned);
    const compress = fastest({ pinned, native, corpus });
    const block = new Uint8Array(big);
    compress(block).fill(0);
    block.fill(0);
    compress(big);
    compress(big);
    expect(native).toHaveBeenCalledTimes(1 + corpus().length + 2);
  });

  const wrong = (differs: (block: Uint8Array) => boolean): CompressBlock => {
    return (block) => (differs(block) ? Uint8Array.of(9) : pinned(block));
  };
  const unfaithful: readonly [string, CompressBlock][] = [
    ['differs on the real block', wrong((block) => block.length === big.length)],
    ['differs on one input of the corpus', wrong((block) => block.length === 2)],
    ['writes one byte more', (block) => Uint8Array.of(...pinned(block), 0)],
    [
      'throws',
      () => {
        throw new Error('not built in');
      },
    ],
  ];
  for (const [what, native] of unfaithful) {
    it(`stays with the pinned codec where the native one ${what}`, () => {
      const spy = vi.fn(native);
      const compress = fastest({ pinned, native: spy, corpus });
      for (let i = 0; i < 4; i++) expect(compress(big)).toEqual(pinned(big));
      const calls = spy.mock.calls.length;
      expect(compress(big)).toEqual(pinned(big));
      expect(spy.mock.calls.length).toBe(calls);
    });
  }
});

describe('the corpus of the self-test', () => {
  it('is the same every time', () => {
    expect(selfTestCorpus()).toEqual(selfTestCorpus());
  });

  it('tells every level of zstd from every other', async () => {
    const inputs = selfTestCorpus();
    const results = new Set<string>();
    for (let level = 1; level <= 19; level++) {
      const compress = await pinnedZstd(level);
      results.add(Buffer.concat(inputs.map(compress)).toString('latin1'));
    }
    expect(results.size).toBe(19);
  });
});

describe('a thread whose native codec is another one', () => {
  it('gives the reference bytes all the same', async () => {
    const native = vi.fn((): CompressBlock => (block) => Uint8Array.of(1, ...block.subarray(1, 5)));
    const implementation = { pinned: async () => pinned, native };
    const compress = openBlockCompressor({ gzip: implementation, zstd: implementation });
    for (let seed = 1; seed <= 4; seed++) {
      const block = sample(100_000, seed);
      const output = await compress({ codec: 'gzip', level: 6, implementation: 'fastest', block });
      expect(output.bytes).toEqual(pinned(block));
    }
    expect(native).toHaveBeenCalledTimes(1);
  });

  it('is not even asked for it where the bytes must be pinned', async () => {
    const native = vi.fn(() => undefined);
    const implementation = { pinned: async () => pinned, native };
    const compress = openBlockCompressor({ gzip: implementation, zstd: implementation });
    await compress({ codec: 'gzip', level: 6, implementation: 'pinned', block: big });
    expect(native).not.toHaveBeenCalled();
  });
});
