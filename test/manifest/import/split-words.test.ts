import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitWords } from '../../../src/manifest/import/split-words.js';

describe('a command line', () => {
  it.each<[string, readonly string[]]>([
    ['', []],
    [' \t\n', []],
    ['/bin/a  -b\tc\nd', ['/bin/a', '-b', 'c', 'd']],
    [`/bin/a 'b c' "d 'e'" f"g"'h'i`, ['/bin/a', 'b c', "d 'e'", 'fghi']],
    [String.raw`a\ b \"c "d\"e\\f\$g\h"`, ['a b', '"c', String.raw`d"e\f$g\h`]],
    [`a '' ""`, ['a', '', '']],
    ['a # b\nc d#e', ['a', 'c', 'd#e']],
    ['a\\\nb "c\\\nd"', ['ab', 'cd']],
    ['$HOME/*.c | b && c', ['$HOME/*.c', '|', 'b', '&&', 'c']],
  ])('%j is the words that a shell would make of it', (text, words) => {
    expect(splitWords(text)).toEqual(words);
  });

  it.each([
    ["a 'b", "has no closing '"],
    ['a "b', 'has no closing "'],
    ['a "b\\"', 'has no closing "'],
    ['a \\', 'ends with a backslash'],
  ])('%j is none', (text, reason) => {
    expect(splitWords(text)).toEqual({ reason });
  });

  it('gives back words that were quoted', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        const line = words.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ');
        expect(splitWords(line)).toEqual(words);
      }),
    );
  });
});
