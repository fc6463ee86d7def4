import { describe, expect, it } from 'vitest';
import { BLOCK_IMPLEMENTATIONS } from '../../src/codec/block-implementations.js';
import type { BlockCodec } from '../../src/codec/choice.js';
import { sample } from './support.js';

const lengths = [1, 2, 5, 262, 4_000, 16_384, 33_000, 65_536, 131_073, 300_000, 1_048_576];
const cases: readonly (readonly [BlockCodec, number])[] = [
  ['gzip', 1],
  ['gzip', 6],
  ['gzip', 9],
  ['zstd', 1],
  ['zstd', 3],
  ['zstd', 9],
];

describe('the native codec of a stock Node', () => {
  for (const [codec, level] of cases) {
    const native = BLOCK_IMPLEMENTATIONS[codec].native(level);
    it.skipIf(native === undefined)(`gives the bytes of the pinned ${codec} at level ${level}`, async () => {
      const pinned = await BLOCK_IMPLEMENTATIONS[codec].pinned(level);
      const differing = lengths.filter((length) => {
        const block = sample(length, length * 31 + level);
        return Buffer.compare(native!(block), pinned(block)) !== 0;
      });
      expect(differing).toEqual([]);
    });
  }
});
