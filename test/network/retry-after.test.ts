import { describe, expect, it } from 'vitest';
import { retryAfterMs } from '../../src/network/retry-after.js';

/** Sun, 06 Nov 1994 08:49:37 GMT, the date of the examples of RFC 9110. */
const NOW = Date.UTC(1994, 10, 6, 8, 49, 37);

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['5', 5_000],
    [' 120 ', 120_000],
    ['99999999999', 99_999_999_999_000],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 0],
    ['Sun, 06 Nov 1994 08:49:47 GMT', 10_000],
    ['Sunday, 06-Nov-94 08:50:37 GMT', 60_000],
    ['Sun Nov  6 08:49:38 1994', 1_000],
    ['Mon, 07 Nov 1994 00:00:00 GMT', 54_623_000],
    ['Sun, 06 Nov 1994 08:49:00 GMT', 0],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['Wednesday, 06-Nov-44 08:49:37 GMT', Date.UTC(2044, 10, 6, 8, 49, 37) - NOW],
    ['Sunday, 06-Nov-60 08:49:37 GMT', 0],
  ])('%j means %s ms', (value, expected) => {
    expect(retryAfterMs(value, NOW)).toBe(expected);
  });

  it.each([
    '',
    'soon',
    '-1',
    '1.5',
    '1e3',
    '0x10',
    '5 seconds',
    'Sun, 06 Nov 1994 08:49:37',
    'Sun, 06 Nov 1994 08:49:37 CET',
    'Sun, 06 Foo 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 25:49:37 GMT',
    '1994-11-06T08:49:37Z',
    '２',
  ])('%j means nothing', (value) => {
    expect(retryAfterMs(value, NOW)).toBeUndefined();
  });
});
