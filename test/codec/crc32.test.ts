import { randomBytes } from 'node:crypto';
import zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { portableCrc32 } from '../../src/codec/crc32.js';

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
