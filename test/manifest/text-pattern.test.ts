import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTextPattern, type TextPattern } from '../../src/manifest/index.js';

function compiled(text: string): TextPattern {
  const pattern = parseTextPattern(text);
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
        const parsed = parseTextPattern(text);
        fc.pre(!('reason' in parsed));
        const expected = new RegExp(text, 'u');
        expect(tags.filter((item) => (parsed as TextPattern).matches(item))).toEqual(
          tags.filter((item) => expected.test(item)),
        );
      }),
      { numRuns: 2000 },
    );
  });
});

const TEXTS: readonly string[] = [
  ...[
    'one\ntwo\r\nthree',
    'a\u2028b\u2029c',
    'STRASSE straße',
    '\u017f\u212a',
    'k\u212aK',
    'İıiI',
    'ΣσςΑά',
    '\n',
    'a\n',
    '\na',
  ],
  ...[
    '😀',
    'a😀b',
    '\ud83d',
    '\ude00',
    '\ude00\ud83d',
    '\ud83d\ud83d\ude00',
    'é',
    'e\u0301',
    '\0',
    '\ufeff',
    '日本語 text',
    '\u{10ffff}',
  ],
];

/** What ECMAScript says of a search: it begins at characters, where V8 also looks between the halves of one. */
function isFound(source: string, flags: string, text: string): boolean {
  const expected = new RegExp(source, `uy${flags}`);
  const starts = [...text].map((_, index, characters) => characters.slice(0, index).join('').length);
  return [...starts, text.length].some((start) => {
    expected.lastIndex = start;
    return expected.test(text);
  });
}

describe('a pattern finds in any text what a regular expression of JavaScript finds', () => {
  it.each([
    ...[
      '^two',
      'two$',
      '^',
      '$',
      '.',
      '^.$',
      '^..$',
      '\\W',
      '[^a]',
      '\\w',
      '\\bt',
      '\\Bw',
      'o.t',
      '[\\s\\S]',
      '\\s',
      '\\p{L}+',
      '\\p{Lu}',
    ],
    ...[
      '\\u{1F600}',
      '[😀-😂]',
      '\\uD83D',
      '\\uDE00',
      '[\\uD83D]',
      '^[^\\n]*$',
      'straße',
      '[Α-Ω]',
      'k',
      '[k]',
      '\\u212a',
      '[^k]',
      'ſ',
    ],
    ...['\\p{Script=Han}', '[^\\p{L}]', '\\0', '\\ufeff', 'i', '^\\w$', '\\b.\\b', '\\D\\S', 'a.?b', '(?:\\r\\n)+'],
  ])('%j, with every set of flags', (text) => {
    for (const flags of ['', 'i', 'm', 's', 'im', 'is', 'ms', 'ims']) {
      const pattern = compiled(flags === '' ? text : `(?${flags})${text}`);
      const expected = new RegExp(text, `u${flags}`);
      const all = [...TEXTS, ...TAGS];
      expect(all.filter((item) => pattern.matches(item))).toEqual(all.filter((item) => expected.test(item)));
    }
  });

  it('for patterns, flags and texts of chance', () => {
    const piece = fc.constantFrom('a', 'K', '\u212a', '😀', '\n', '\u2028', '_', ' ', '\ud83d', '\ude00', 'ſ', 'S');
    const atom = fc.constantFrom(
      ...[
        'a',
        'k',
        's',
        '😀',
        '.',
        '\\w',
        '\\W',
        '[^k]',
        '[a-z]',
        '\\b',
        '\\B',
        '^',
        '$',
        '\\n',
        '\\p{L}',
        '\\ud83d',
        '[😀a]',
      ],
    );
    const count = fc.constantFrom('', '', '*', '+?', '{2}');
    const item = fc.tuple(atom, count).map(([of, times]) => (/^(\^|\$|\\[bB])$/.test(of) ? of : of + times));
    const pattern = fc.array(item, { minLength: 1, maxLength: 4 }).map((items) => items.join(''));
    const both = fc
      .tuple(pattern, fc.option(pattern))
      .map(([one, other]) => (other === null ? one : `${one}|${other}`));
    const flags = fc.subarray(['i', 'm', 's']).map((some) => some.join(''));
    const text = fc.string({ unit: piece, maxLength: 8 });
    fc.assert(
      fc.property(both, flags, fc.array(text, { minLength: 1, maxLength: 8 }), (source, chosen, texts) => {
        const parsed = compiled(chosen === '' ? source : `(?${chosen})${source}`);
        expect(texts.map((one) => parsed.matches(one))).toEqual(texts.map((one) => isFound(source, chosen, one)));
      }),
      { numRuns: 2000 },
    );
  });

  it('however often it is asked, and whatever was asked before', () => {
    const pattern = compiled('(?:^|-)(a|b)*c$');
    for (let time = 0; time < 3; time++) {
      expect(['abc', 'x-c', 'xc', '-abac', 'abcd'].map((text) => pattern.matches(text))).toEqual(
        ['abc', 'x-c', 'xc', '-abac', 'abcd'].map((text) => /(?:^|-)(a|b)*c$/u.test(text)),
      );
    }
  });
});

describe('a text of 16 MiB', () => {
  const size = 16 * 1024 * 1024;
  const line = 'GET /index.html 200 0.013s \u00fc\n';
  const lines = line.repeat(size / line.length);
  const letters = 'ab'.repeat(size / 2);

  it.each([
    ['a word that is not there', '(?m)^POST', lines],
    ['what backtracking never ends with', '(\\w+\\s?)*!$', lines],
    ['a word at its end', '0\\.013s.\\s$(?:)', lines.slice(0, -1)],
    ['nested repetition', '^(a|b|ab)*c', letters],
    ['ways without number', '(a|b)*a(a|b){12}c', letters],
  ])(
    'is searched in seconds for %s',
    (_, text, searched) => {
      expect(compiled(text).matches(searched)).toBe(false);
    },
    20_000,
  );

  it('is searched with memory that does not grow', () => {
    // Each place among the last 40 may be a way of its own: more states than can be kept.
    let seed = 1;
    const letter = (): string => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % 2 === 0 ? 'a' : 'b';
    };
    const random = Array.from({ length: 400_000 }, letter);
    expect(compiled('a[ab]{40}c').matches(random.join(''))).toBe(false);
    expect(compiled('a[ab]{40}c').matches(`${random.join('')}c`)).toBe(random[random.length - 41] === 'a');
  }, 20_000);
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
      expect(parseTextPattern(text)).toEqual({ reason: 'which is too long where its counts are written out' });
    },
    2_000,
  );
});

describe('groups in one another', () => {
  const nested = (depth: number, open = '(', close = ')'): string => `${open.repeat(depth)}a${close.repeat(depth)}`;

  it('are taken up to 250', () => {
    expect(compiled(nested(250)).matches('a')).toBe(true);
    expect(compiled(`${nested(250)}|${nested(250)}`).matches('b')).toBe(false);
  });

  it.each([251, 2000, 20_000, 100_000])('are refused where they are %d', (depth) => {
    for (const [open, close] of [
      ['(', ')'],
      ['(?:', ')'],
      ['(a|', ')'],
      ['(?:', ')*'],
    ] as const) {
      expect(parseTextPattern(nested(depth, open, close))).toMatchObject({ reason: expect.stringMatching(/^which /) });
    }
  });
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
    ['(?x)a', /^which is not a regular expression: /],
    ['(?i', /^which is not a regular expression: /],
    ['a(?i)', /^which is not a regular expression: /],
    ['(?i)(?m)a', /^which is not a regular expression: /],
    ['(?i:a)', /^which (is not a regular expression: |has a group)/],
    ['(?<n>a)\\k<n>', /^which /],
  ])('%j', (text, reason) => {
    expect(parseTextPattern(text)).toMatchObject({ reason: expect.stringMatching(reason) });
  });

  it.each([
    ['\\Aa\\z', 'Write ^ and $ for the beginning and end of the text.'],
    ['[[:alpha:]]', 'Write [a-z], \\d, \\w, \\s or \\p{L} for characters of a kind.'],
    ['(?P<year>\\d+)', 'A group needs no name: write "(…)".'],
    ['(?<year>\\d+)', 'A group needs no name: write "(…)".'],
    ['a\\-b', 'Write a backslash only where what follows has a meaning: ^ $ \\ . * + ? ( ) [ ] { } | /.'],
    ['(?<=a)b', undefined],
    ['a**', undefined],
  ])('with a hint where another kind of regular expression has it: %j', (text, hint) => {
    expect(parseTextPattern(text)).toEqual({ reason: expect.any(String), hint });
  });
});
