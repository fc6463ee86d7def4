import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseGlob } from '../../src/inputs/glob.js';
import { type Selectable, Selector, walkSelected } from '../../src/inputs/selector.js';
import { failureOf, pattern, selection } from './support.js';

/** What a selection takes of a tree given as sorted paths, directories with a slash. */
function take(tree: readonly string[], chosen: ReturnType<typeof selection>): string[] {
  const selector = new Selector(chosen);
  const taken: string[] = [];
  const items = tree.map((path) => ({ path: path.replace(/\/$/, ''), isDirectory: path.endsWith('/') }));
  walkSelected<Selectable>(selector, {
    childrenOf: (directory) => {
      const prefix = directory === undefined ? '' : `${directory.path}/`;
      return items.filter(({ path }) => path.startsWith(prefix) && !path.slice(prefix.length).includes('/'));
    },
    onSelected: ({ path, isDirectory }) => taken.push(isDirectory ? `${path}/` : path),
  });
  return taken.sort();
}

const tree = [
  '.env',
  'a.js',
  'a.js.map',
  'dist/',
  'dist/b.js',
  'dist/deep/',
  'dist/deep/c.js',
  'empty/',
  'new\nline.js',
];

describe('a selection', () => {
  const cases: readonly [string, readonly string[] | undefined, readonly string[], readonly string[]][] = [
    ['takes everything without include', undefined, [], tree],
    ['takes nothing for an empty include', [], [], []],
    ['keeps a star within one name', ['*.js'], [], ['a.js', 'new\nline.js']],
    [
      'crosses directories with two stars, and brings the directories on the way',
      ['**/*.js'],
      [],
      ['a.js', 'dist/', 'dist/b.js', 'dist/deep/', 'dist/deep/c.js', 'new\nline.js'],
    ],
    ['takes all below a directory that is named', ['dist'], [], ['dist/', 'dist/b.js', 'dist/deep/', 'dist/deep/c.js']],
    ['takes a directory named with a slash', ['./dist/'], [], ['dist/', 'dist/b.js', 'dist/deep/', 'dist/deep/c.js']],
    ['keeps a file from a pattern with a slash', ['*/'], ['dist'], ['empty/']],
    ['takes an empty directory that is named', ['empty'], [], ['empty/']],
    ['takes hidden files', ['.*'], [], ['.env']],
    [
      'knows braces',
      ['{a,x}.js', 'dist/{b.js,deep/c.js}'],
      [],
      ['a.js', 'dist/', 'dist/b.js', 'dist/deep/', 'dist/deep/c.js'],
    ],
    ['lets exclude win', ['**/*.js'], ['**/deep', 'a.js'], ['dist/', 'dist/b.js', 'new\nline.js']],
    [
      'leaves out a directory with all below it',
      undefined,
      ['dist', '*.map'],
      ['.env', 'a.js', 'empty/', 'new\nline.js'],
    ],
    [
      'leaves a directory on the way out when nothing below it is taken',
      ['dist/**/*.js', 'a.js'],
      ['**/b.js', '**/c.js'],
      ['a.js'],
    ],
    ['knows what a name does not begin with', ['[!.d-n]*'], [], ['a.js', 'a.js.map']],
    ['takes several patterns together', ['dist/b.js', 'a.*'], [], ['a.js', 'a.js.map', 'dist/', 'dist/b.js']],
  ];
  it.each(cases)('%s', (_title, include, exclude, expected) => {
    expect(take(tree, selection(include, exclude))).toEqual([...expected].sort());
  });

  it('names the patterns that matched nothing, also below a directory that another pattern takes', () => {
    const selector = new Selector(selection(['dist', 'dist/b.js', 'typo', 'dist/nothing']));
    selector.judge({ path: 'dist', isDirectory: true }, false);
    selector.judge({ path: 'dist/b.js', isDirectory: false }, true);
    expect(selector.unmatched.map(({ glob }) => glob)).toEqual(['typo', 'dist/nothing']);
  });

  it('finds the same whether or not it may pass over directories', () => {
    const part = fc.constantFrom(
      'a',
      'b',
      '*',
      '**',
      'a*',
      '{a,b}',
      '[ab]',
      '!(a)',
      '?',
      '@(a|b/a)',
      '{a/b,b}',
      '\\a',
      'a**',
    );
    const glob = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    const name = fc.constantFrom('a', 'b', 'ab', '.a');
    const path = fc.array(name, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(glob, path, (text, names) => {
        const parsed = parseGlob(pattern(text));
        if (!parsed.matches(names.join('/'), false)) return;
        for (let i = 1; i < names.length; i++) {
          const above = names.slice(0, i).join('/');
          expect([text, names, above, parsed.mayMatchBelow(above)]).toEqual([text, names, above, true]);
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it('passes over directories that no pattern can reach into', () => {
    expect(parseGlob(pattern('src/*.js')).mayMatchBelow('node_modules')).toBe(false);
    expect(parseGlob(pattern('*.js')).mayMatchBelow('src')).toBe(false);
    expect(parseGlob(pattern('src/*.js')).mayMatchBelow('src/deep')).toBe(false);
  });
});

describe('a pattern that is none', () => {
  const cases: readonly [string, RegExp][] = [
    ['', /is empty/],
    ['/a', /begins with "\/"/],
    ['../a', /holds "\.\."/],
    ['a//b', /empty name/],
    ['a/./b', /empty name/],
    ['!a', /under "exclude"/],
    ['[z-a]', /cannot be understood/],
  ];
  it.each(cases)('is refused: %j', async (glob, message) => {
    const error = await failureOf(() => parseGlob(pattern(glob)));
    expect(error.code).toBe('manifest-wrong-value');
    expect(error.message).toMatch(message);
    expect(error.at?.text).toBe(glob);
  });
});
