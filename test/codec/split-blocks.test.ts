import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitBlocks } from '../../src/codec/split-blocks.js';
import { asynchronous, reusing } from './support.js';

describe('a stream cut into blocks', () => {
  it('has full blocks but for the last, whatever its chunks were', async () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 25 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(chunks, fc.integer({ min: 1, max: 30 }), async (input, size) => {
        const whole = Buffer.concat(input);
        const expected: Buffer[] = [];
        for (let at = 0; at < whole.length; at += size) expected.push(whole.subarray(at, at + size));
        const plain: Buffer[] = [];
        for await (const block of splitBlocks(input, size)) plain.push(Buffer.from(block));
        const awaited: Buffer[] = [];
        for await (const block of splitBlocks(asynchronous(reusing(input, 25)), size)) {
          expect(block.buffer.byteLength).toBe(block.length);
          awaited.push(Buffer.from(block.buffer));
        }
        expect([plain, awaited]).toEqual([expected, expected]);
      }),
    );
  });
});
