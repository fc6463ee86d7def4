import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32Combine } from '../../src/codec/crc32-combine.js';

describe('the CRC-32 of two strings of bytes joined', () => {
  it('is that of the joined string', () => {
    const bytes = fc.uint8Array({ maxLength: 5_000 });
    fc.assert(
      fc.property(bytes, bytes, (first, second) => {
        expect(crc32Combine(crc32(first), crc32(second), second.length)).toBe(crc32(Buffer.concat([first, second])));
      }),
    );
  });

  it('does not depend on where three are joined first', () => {
    const word = fc.integer({ min: 0, max: 0xffffffff });
    const length = fc.integer({ min: 0, max: 2 ** 52 - 1 });
    fc.assert(
      fc.property(word, word, length, word, length, (a, b, bLength, c, cLength) => {
        const left = crc32Combine(crc32Combine(a, b, bLength), c, cLength);
        expect(crc32Combine(a, crc32Combine(b, c, cLength), bLength + cLength)).toBe(left);
      }),
    );
  });

  it('is right past 4 GiB', () => {
    const zeros = Buffer.alloc(1024 * 1024);
    let expected = crc32('start');
    for (let i = 0; i < 5_000; i++) expected = crc32(zeros, expected);
    let zerosCrc = 0;
    for (let i = 0; i < 5_000; i++) zerosCrc = crc32(zeros, zerosCrc);
    expect(crc32Combine(crc32('start'), zerosCrc, zeros.length * 5_000)).toBe(expected);
  });
});
