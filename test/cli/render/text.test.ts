import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderJson } from '../../../src/cli/render/json.js';
import { neutralise } from '../../../src/cli/render/neutralise.js';
import { renderDuration, renderSize } from '../../../src/cli/render/numbers.js';
import { paintWith } from '../../../src/cli/render/paint.js';
import { renderTable } from '../../../src/cli/render/table.js';
import { bold, red, Text, text } from '../../../src/cli/render/text.js';

const ACTIVE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

describe('text for a terminal', () => {
  it.each([
    ['plain text, ü and 日本', 'plain text, ü and 日本'],
    ['\x1b[31mred\x1b[0m', String.raw`\x1b[31mred\x1b[0m`],
    ['a\nb\rc\td\x00', String.raw`a\nb\rc\td\x00`],
    ['\x9b31m\x7f', String.raw`\x9b31m\x7f`],
    ['\u202eabc\u2066', String.raw`\u202eabc\u2066`],
    ['\u{e0041}', String.raw`\u{e0041}`],
    ['\ud800x', String.raw`\ud800x`],
  ])('neutralises %j', (from, to) => {
    expect(neutralise(from)).toBe(to);
  });

  it('holds nothing that a terminal acts on, whatever it is made of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary-ascii' }), (a, b) => {
        expect(text`x ${a} ${bold(b)} ${red(a)}`.toString()).not.toMatch(ACTIVE);
      }),
    );
  });

  it('is as wide as it is shown', () => {
    expect(Text.of('ab').width).toBe(2);
    expect(Text.of('日本').width).toBe(4);
    expect(Text.of('e\u0301').width).toBe(1);
    expect(Text.of('😀').width).toBe(2);
    expect(bold('ab').width).toBe(2);
  });

  it('is never wider than asked after cutting', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(20), (a, columns) => {
        expect(text`${a}${bold(a)}`.truncate(columns).width).toBeLessThanOrEqual(columns);
      }),
    );
    expect(Text.of('abcdef').truncate(4).toString()).toBe('abc…');
    expect(Text.of('日本語').truncate(4).toString()).toBe('日…');
    expect(Text.of('abcd').truncate(4).toString()).toBe('abcd');
  });

  it('is painted only where there is colour', () => {
    expect(text`a ${bold(red('b'))}`.render(paintWith(true))).toBe('a \x1b[1m\x1b[31mb\x1b[39m\x1b[22m');
    expect(text`a ${bold(red('b'))}`.render(paintWith(false))).toBe('a b');
  });

  it('is aligned in a table by columns of the terminal; the last cell is free', () => {
    const rows = [
      [Text.of('日本'), Text.of('x'), Text.of('y')],
      [Text.of('a'), Text.of('a long last cell')],
      [bold('abc'), Text.of('xyz'), Text.of('y')],
    ];
    expect(renderTable(rows).map((row) => row.toString())).toEqual([
      '日本  x    y',
      'a     a long last cell',
      'abc   xyz  y',
    ]);
  });

  it('lets no cell beyond the limit widen a column', () => {
    const rows = [
      [Text.of('a'.repeat(50)), Text.of('x')],
      [Text.of('b'), Text.of('x')],
    ];
    expect(renderTable(rows, 40)[1]!.toString()).toBe('b  x');
  });
});

describe('numbers', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [999_949, '999.9 kB'],
    [999_950, '1.0 MB'],
    [45_200_000, '45.2 MB'],
    [1_234_567_890_123, '1.2 TB'],
  ])('render %d bytes', (bytes, shown) => {
    expect(renderSize(bytes)).toBe(shown);
  });

  it.each([
    [0, '0.0 s'],
    [9_940, '9.9 s'],
    [9_960, '10 s'],
    [59_600, '1 min 00 s'],
    [192_000, '3 min 12 s'],
    [3_599_800, '1 h 00 min'],
    [3_900_000, '1 h 05 min'],
  ])('render %d milliseconds', (ms, shown) => {
    expect(renderDuration(ms)).toBe(shown);
  });
});

describe('a JSON document', () => {
  it('means the same as what was given, and holds nothing that a terminal acts on', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, string) => {
        const document = renderJson({ value, string, [string]: 1 });
        expect(document.replaceAll('\n', '')).not.toMatch(ACTIVE);
        expect(JSON.parse(document)).toEqual(JSON.parse(JSON.stringify({ value, string, [string]: 1 })));
      }),
    );
  });
});
