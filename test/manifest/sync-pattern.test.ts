import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTagPattern, type TagPattern } from '../../src/manifest/index.js';

function compiled(text: string): TagPattern {
  const pattern = parseTagPattern(text);
  if ('reason' in pattern) throw new Error(`${text}: ${pattern.reason}`);
  return pattern;
}

const TAGS: readonly string[] = [
  ...['', '3', '3.19', '3.19.1', '3.20-rc1', 'v1.2.3', 'latest', 'edge', '_x', 'a-b', 'a.b', 'aab', 'ab', 'aaaa'],
  ...['20240131', '3.19-alpine', 'A', 'Z9', 'x'.repeat(128)],
];

describe('a pattern finds what a regular expression of JavaScript finds', () => {
  it.each([
    ...['', '^', '$', '^$', '.', '^3\\.[0-9]+$', '-rc', 'alpine$', '^(?:v|)\\d+', '^v?(\\d+\\.){2}\\d+$', 'a|b|', '|x'],
    ...['\\bb', 'a\\B', '\\b', '^\\w+$', '\\W', '[^a-z]', '[a-c-]', '[\\d.]', '[]', '[^]', '^a{2}b$', 'a{3,}', 'a{0}b'],
    ...['a{1,2}b', '(a*)*b', '(?:a?)+?$', 'a??b', '\\x61', '\\u0061b', '\\u{61}', '\\p{Lu}', '\\P{L}', '\\.'],
    ...[
      '[\\]a]',
      '[(|)]',
      '\\(',
      'é',
      '😀?',
      '\\uD83D\\uDE00?$',
      '\\cA',
      '\\0',
      '(|a)+$',
      '((a|b)(c|d)?)+',
      '(?:^3|t$)',
    ],
    ...['(?:\\b)*a', '(?:\\b|a){2}b', 'x{128}', 'x{0,128}y', '(?:^|-)a', '[\\w-]+', '\\/', '[\\b]', '\\t?a'],
  ])('%j', (text) => {
    const expected = new RegExp(text, 'u');
    const pattern = compiled(text);
    expect(TAGS.filter((tag) => pattern.matches(tag))).toEqual(TAGS.filter((tag) => expected.test(tag)));
  });

  it('for patterns and tags of chance', () => {
    const { pattern } = fc.letrec<{ pattern: string; item: string; atom: string }>((tie) => ({
      atom: fc.constantFrom('a', 'b', '.', '\\.', '[ab]', '[^a]', '\\d', '\\w', '\\b', '\\B', '^', '$', '1', '-'),
      item: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        tie('atom'),
        tie('pattern').map((inner) => `(?:${inner})`),
        fc
          .tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '{2}', '{0,2}', '{1,}', '*?', '+?'))
          .map(([inner, count]) => `(${inner})${count}`),
      ),
      pattern: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.array(tie('item'), { maxLength: 4 }).map((items) => items.join('')),
        fc.tuple(tie('pattern'), tie('pattern')).map(([first, second]) => `${first}|${second}`),
      ),
    }));
    const tag = fc.string({ unit: fc.constantFrom('a', 'b', '1', '.', '-'), maxLength: 6 });
    fc.assert(
      fc.property(pattern, fc.array(tag, { minLength: 1, maxLength: 8 }), (text, tags) => {
        const parsed = parseTagPattern(text);
        fc.pre(!('reason' in parsed));
        const expected = new RegExp(text, 'u');
        expect(tags.filter((item) => (parsed as TagPattern).matches(item))).toEqual(
          tags.filter((item) => expected.test(item)),
        );
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a pattern takes bounded time', () => {
  const bad = `${'a'.repeat(127)}!`;

  it.each([
    '^(a+)+$',
    '^(a|a)*$',
    '^(a|aa)+$',
    '(a*)*b',
    '(.*)*b',
    `${'.*'.repeat(60)}x`,
    '^(\\w+\\.?)+$',
    '(a?){60}a{60}x',
  ])(
    '%s',
    (text) => {
      const pattern = compiled(text);
      for (let count = 0; count < 20; count++) expect(pattern.matches(bad)).toBe(false);
    },
    2_000,
  );

  it.each(['(a{100}){100}', '((a{0}){99999}){99999}', 'a{0,99999999999}', '(((a{50}){50}){50}){50}', '(?:){3000}'])(
    '%s is refused, since it is too long',
    (text) => {
      expect(parseTagPattern(text)).toEqual({ reason: 'which is too long where its counts are written out' });
    },
    2_000,
  );
});

describe('a pattern is refused', () => {
  it.each([
    ['(', /^which is not a regular expression: /],
    ['[z-a]', /^which is not a regular expression: /],
    ['a**', /^which is not a regular expression: /],
    ['\\q', /^which is not a regular expression: /],
    ['a{2,1}', /^which is not a regular expression: /],
    ['(?=a)', /^which looks around$/],
    ['(?!a)', /^which looks around$/],
    ['(?<=a)', /^which looks around$/],
    ['(?<!a)', /^which looks around$/],
    ['(a)\\1', /^which refers back to a group$/],
    ['(?<n>a)', /^which has a group that is neither/],
    ['(?<n>a)\\k<n>', /^which /],
  ])('%j', (text, reason) => {
    expect(parseTagPattern(text)).toEqual({ reason: expect.stringMatching(reason) });
  });
});
