import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareVersions, isVersion } from '../../src/debian/index.js';
import { need } from '../support/programs.js';
import { outputOf } from '../support/run.js';

/** Each sorts before the next. */
const ASCENDING = [
  '1.0~~',
  '1.0~~a',
  '1.0~',
  '1.0~rc1-1',
  '1.0',
  '1.0-0+b1',
  '1.0-1',
  '1.0-1+deb12u1',
  '1.0-1.1',
  '1.0-2',
  '1.0-10',
  '1.0a',
  '1.0+dfsg',
  '1.0.1',
  '1.9',
  '1.10',
  '9999999999999999999998',
  '9999999999999999999999',
  '1:0.1',
  '2:0~',
];

const EQUAL = [
  ['1.0', '1.00'],
  ['1.0', '0:1.0'],
  ['1.0', '1.0-0'],
  ['1.01-1', '1.1-01'],
  ['1.', '1.0'],
] as const;

/** Versions of few characters, so that many are nearly alike. */
const version = fc
  .tuple(
    fc.constantFrom('', '', '', '0:', '1:', '10:'),
    fc.stringMatching(/^[019aZ][019aZ.+~-]{0,6}$/),
    fc.constantFrom('', '', '-0', '-1', '-1~', '-1+b1', '-01'),
  )
  .map((parts) => parts.join(''))
  .filter(isVersion);

const SIGN: Readonly<Record<string, string>> = { '-1': 'lt', '0': 'eq', '1': 'gt' };
const relationOf = (a: string, b: string): string => SIGN[Math.sign(compareVersions(a, b))]!;

describe('compareVersions', () => {
  it('orders versions as deb-version(7) does', () => {
    for (const [i, a] of ASCENDING.entries())
      for (const [j, b] of ASCENDING.entries())
        expect([a, b, relationOf(a, b)]).toEqual([a, b, SIGN[Math.sign(i - j)]]);
  });

  it.each(EQUAL)('takes %s and %s for equal', (a, b) => {
    expect(relationOf(a, b)).toBe('eq');
  });

  it.skipIf(!need('dpkg'))('says the same as dpkg of versions of all kinds', async () => {
    const pairs = [...EQUAL, ...fc.sample(fc.tuple(version, version), { numRuns: 400, seed: 1 })];
    // dpkg fails where the relation does not hold.
    const script =
      'while read -r a relation b; do dpkg --compare-versions "$a" "$relation" "$b" || echo "$a $relation $b"; done';
    const input = pairs.map(([a, b]) => `${a} ${relationOf(a, b)} ${b}\n`).join('');
    expect(new Set(pairs.map(([a, b]) => relationOf(a, b))).size).toBe(3);
    expect(await outputOf('sh', ['-c', script], { input })).toBe('');
  });

  it('is an order', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0);
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0)
          expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });
});

describe('isVersion', () => {
  it.each(['1', '0', '1:2.3-4', '2.36-9+deb12u10', '1.0~rc1', '20230311', '1:1:2', 'v1'])('knows %s', (text) => {
    expect(isVersion(text)).toBe(true);
  });

  it.each([
    '',
    ':1',
    '-1',
    'a:1',
    '1_2',
    '1 2',
    '1\n2',
    '../1',
    '1/2',
    '1:',
    '1-',
    '1:-1',
    '1:1-2:3',
    '1-2:3',
    '~1',
    '1é',
    `1${'0'.repeat(300)}`,
  ])('refuses %j', (text) => {
    expect(isVersion(text)).toBe(false);
  });
});
