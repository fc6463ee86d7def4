import { describe, expect, it } from 'vitest';
import { BLOCK_IMPLEMENTATIONS } from '../../src/codec/block-implementations.js';
import { sample } from './support.js';

const lengths = [1, 2, 5, 262, 4_000, 16_384, 33_000, 65_536, 131_073, 300_000, 1_048_576];

describe('the native zstd of a stock Node', () => {
  for (const level of [1, 3, 9]) {
    const native = BLOCK_IMPLEMENTATIONS.zstd.native(level);
    it.skipIf(native === undefined)(`gives the bytes of the pinned one at level ${level}`, async () => {
      const pinned = await BLOCK_IMPLEMENTATIONS.zstd.pinned(level);
      const differing = lengths.filter((length) => {
        const block = sample(length, length * 31 + level);
        return Buffer.compare(native!(block), pinned(block)) !== 0;
      });
      expect(differing).toEqual([]);
    });
  }
});

describe('the native zlib of Node', () => {
  it('is asked for no byte, whatever the level', () => {
    for (let level = 1; level <= 9; level++) expect(BLOCK_IMPLEMENTATIONS.gzip.native(level)).toBeUndefined();
  });
});
