import { randomBytes } from 'node:crypto';
import zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { crc32, portableCrc32 } from '../../src/codec/crc32.js';

describe('the portable CRC-32', () => {
  it('has the check value of the standard', () => {
    expect(portableCrc32(Buffer.from('123456789'))).toBe(0xcbf43926);
    expect(portableCrc32(new Uint8Array())).toBe(0);
  });

  it.skipIf(zlib.crc32 === undefined)('is that of zlib for any bytes', () => {
    for (const size of [1, 7, 255, 4096, 100_001]) {
      const bytes = randomBytes(size);
      expect(portableCrc32(bytes)).toBe(zlib.crc32(bytes));
    }
  });
});

describe('the CRC-32 of bytes in pieces', () => {
  it.each([crc32, portableCrc32])('is that of the whole, also where a piece is empty', (sum) => {
    const bytes = randomBytes(1000);
    for (const at of [0, 1, 500, 1000]) {
      expect(sum(bytes.subarray(at), sum(bytes.subarray(0, at)))).toBe(portableCrc32(bytes));
    }
    expect(crc32(new Uint8Array(), 5)).toBe(5);
  });
});
