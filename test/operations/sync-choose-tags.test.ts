import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTextPattern, type TextPattern } from '../../src/manifest/index.js';
import { chooseTags, needsList, type TagChoice } from '../../src/operations/sync/choose-tags.js';
import { isRange, versionOf } from '../../src/operations/sync/versions.js';

interface Written {
  readonly tags?: readonly string[];
  readonly match?: string;
  readonly semver?: string;
  readonly latest?: number;
  readonly exclude?: string;
}

function choiceOf({ tags = [], match, semver, latest, exclude }: Written): TagChoice {
  const pattern = (text: string | undefined) =>
    text === undefined ? undefined : (parseTextPattern(text) as TextPattern);
  const names = tags.map((name) => ({ name }));
  return { tags: names, match: pattern(match), semver, latest, exclude: pattern(exclude) };
}

const choose = (written: Written, available: readonly string[]) => chooseTags(choiceOf(written), available);

/** As a registry has them: in no order. */
const ALPINE: readonly string[] = [
  ...['edge', 'latest', '3.9', '3', '3.18', '3.19', '3.20', '3.18.0', '3.18.12', '3.19.0', '3.19.1', '3.19.7'],
  ...['3.20.0', '3.20.0_rc1', '3.20.3', '20240923', '20231219', '2.7', 'v3.21.0', '3.21.0-rc1', '3.22.0-rc.1', 'beta'],
];

describe('the tags to copy', () => {
  it.each<[title: string, written: Written, expected: readonly string[]]>([
    ['exact ones, in their order, there or not', { tags: ['z', 'edge', '9'] }, ['z', 'edge', '9']],
    ['all', { match: '' }, [...ALPINE].sort()],
    ['what a pattern finds', { match: '^3\\.[0-9]+$' }, ['3.18', '3.19', '3.20', '3.9']],
    ['what a pattern finds anywhere', { match: 'rc' }, ['3.20.0_rc1', '3.21.0-rc1', '3.22.0-rc.1']],
    ['what a pattern finds, without others', { match: '^3\\.2', exclude: 'rc' }, ['3.20', '3.20.0', '3.20.3']],
    [
      'versions of a range',
      { semver: '>=3.19 <4' },
      ['3.19', '3.19.0', '3.19.1', '3.19.7', '3.20', '3.20.0', '3.20.3', 'v3.21.0'],
    ],
    ['a range with x', { semver: '3.18.x' }, ['3.18', '3.18.0', '3.18.12']],
    ['a range with a tilde', { semver: '~3.19.1' }, ['3.19.1', '3.19.7']],
    ['two ranges', { semver: '3.18.12 || 2.x' }, ['2.7', '3.18.12']],
    ['dates are versions', { semver: '>=4' }, ['20231219', '20240923']],
    ['pre-releases where the range names them', { semver: '>=3.21.0-rc0 <3.21.1' }, ['3.21.0-rc1', 'v3.21.0']],
    ['the newest', { semver: '<4', latest: 1 }, ['v3.21.0']],
    ['the newest versions, not tags', { semver: '3.x', latest: 3 }, ['3.20', '3.20.0', '3.20.3', 'v3.21.0']],
    ['the newest where there are fewer', { semver: '3.18.x', latest: 9 }, ['3.18', '3.18.0', '3.18.12']],
    ['the newest of what is left', { semver: '3.x', latest: 1, exclude: '^v' }, ['3.20.3']],
    ['the newest of nothing', { semver: '7.x', latest: 1 }, []],
    [
      'everything together, each once',
      { tags: ['latest', '3.19.1'], match: '^3\\.19', semver: '~3.19.1', exclude: '0$' },
      ['latest', '3.19.1', '3.19', '3.19.7'],
    ],
    ['exact ones though they are excluded', { tags: ['edge'], match: '^b', exclude: 'e' }, ['edge']],
  ])('%s', (_, written, expected) => {
    expect(choose(written, ALPINE)).toEqual(expected);
  });

  it('do not depend on the order of the registry', () => {
    const written = { tags: ['edge'], match: '^3', semver: '>=2', latest: 4, exclude: 'rc1' };
    const expected = choose(written, ALPINE);
    const order = fc.shuffledSubarray([...ALPINE], { minLength: ALPINE.length });
    fc.assert(
      fc.property(order, (available) => {
        expect(choose(written, available)).toEqual(expected);
      }),
    );
  });

  it('need a list of all only where some are looked for', () => {
    expect(needsList(choiceOf({ tags: ['a'], exclude: 'b' }))).toBe(false);
    expect(needsList(choiceOf({ match: '' }))).toBe(true);
    expect(needsList(choiceOf({ semver: '*' }))).toBe(true);
  });

  it('are chosen from a hundred thousand in no time', () => {
    const available = Array.from({ length: 100_000 }, (_, index) => `1.${index % 300}.${index}`);
    const written = { match: '^(\\d+\\.?)+7$', semver: '>=1.299', latest: 2, exclude: '(a*)*b' };
    expect(choose(written, available)).toContain('1.299.99899');
  }, 5_000);
});

describe('the version of a tag', () => {
  it.each([
    ['3', '3.0.0'],
    ['3.19', '3.19.0'],
    ['3.19.1', '3.19.1'],
    ['v3.19.1', '3.19.1'],
    ['24.04', '24.4.0'],
    ['007.08.09', '7.8.9'],
    ['0.0.0', '0.0.0'],
    ['1.25.3-alpine', '1.25.3-alpine'],
    ['1.25-alpine3.18', '1.25.0-alpine3.18'],
    ['1.0.0-rc.01', '1.0.0-rc.1'],
    ['9007199254740991', '9007199254740991.0.0'],
    ['9007199254740992', undefined],
    ['V1.0', undefined],
    ['1.2.3.4', undefined],
    ['1.', undefined],
    ['1.2.3_4', undefined],
    ['1.0-', undefined],
    ['1.0-a..b', undefined],
    ['latest', undefined],
    ['', undefined],
    [`1.0.0-${'a'.repeat(300)}`, undefined],
  ])('%s', (tag, version) => {
    expect(versionOf(tag)?.version).toBe(version);
  });

  it.each([
    ['>=3.18 <4', true],
    ['~1.25', true],
    ['2.x || 3', true],
    ['', true],
    ['v1', true],
    ['latest', false],
    ['>=3.18,<4', false],
    ['24.04', false],
    ['24.4', true],
  ])('a range %j: %s', (text, expected) => {
    expect(isRange(text)).toBe(expected);
  });
});
