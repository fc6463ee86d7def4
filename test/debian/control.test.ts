import { describe, expect, it } from 'vitest';
import { packageOf, parseControl } from '../../src/debian/index.js';
import { digestOf } from '../../src/oci/index.js';
import { failureOf } from '../support/failure-of.js';

const source = { what: 'the control file of a.deb', code: 'deb-invalid' } as const;
const parse = (text: string) => parseControl(text, source).map((stanza) => [...stanza]);

describe('parseControl', () => {
  it('reads stanzas, with names in lower case and values of several lines', () => {
    const text = 'Package: a\nDescription: short\n  long: one\n .\n\ttwo \nX-Empty:\n\n\n\nPACKAGE:b  \n';
    expect(parse(text)).toEqual([
      [
        ['package', 'a'],
        ['description', 'short\n  long: one\n .\n\ttwo'],
        ['x-empty', ''],
      ],
      [['package', 'b']],
    ]);
  });

  it.each([
    ['', []],
    ['\n\n', []],
    ['A: 1', [[['a', '1']]]],
    ['\n\nA: é: x\n', [[['a', 'é: x']]]],
  ])('reads %j', (text, stanzas) => {
    expect(parse(text)).toEqual(stanzas);
  });

  it.each([
    ['a field that is there twice', 'A: 1\nB: 1\na: 2\n', 3, 'the field "a" is there twice'],
    ['a comment', 'A: 1\n# no\n', 2, 'comments are not allowed here'],
    ['a line without a colon', 'A: 1\nnothing\n', 2, '"nothing" is no field: there is no colon in it'],
    ['a continuation of nothing', ' A: 1\n', 1, 'it continues a field, but there is none before it'],
    ['a continuation after an empty line', 'A: 1\n\n more\n', 3, 'it continues a field, but there is none before it'],
    ['an empty line that is not empty', 'A: 1\n \nB: 1\n', 2, 'it has nothing but blanks'],
    ['a name with a blank', 'A B: 1\n', 1, '"A B" is no name of a field'],
    ['an empty name', ': 1\n', 1, '"" is no name of a field'],
    ['a name with a dash in front', '-A: 1\n', 1, '"-A" is no name of a field'],
    ['a name that is not ASCII', 'Ä: 1\n', 1, '"Ä" is no name of a field'],
    ['a carriage return', 'A: 1\r\nB: 2\n', 1, 'there is a control character in it'],
    ['a NUL', 'A: 1\nB: \0\n', 2, 'there is a control character in it'],
    [
      'too many fields',
      Array.from({ length: 257 }, (_, i) => `F${i}: 1\n`).join(''),
      257,
      'there are more than 256 fields',
    ],
    ['too much text', `A: ${'x'.repeat(4 * 1024 * 1024)}`, 1, 'there are more than 4194304 characters'],
  ])('refuses %s', async (_, text, line, problem) => {
    const { code, message } = await failureOf(() => parse(text));
    expect({ code, message }).toEqual({ code: 'deb-invalid', message: `${source.what}, line ${line}: ${problem}` });
  });
});

describe('packageOf', () => {
  const place = { path: 'pool/a.deb', digest: digestOf('a'), size: 1 };
  const packageFrom = (text: string) => packageOf(parseControl(text, source)[0]!, place, source.what);
  const plain = 'Package: a1\nVersion: 1:2-3\nArchitecture: amd64\n';

  it('reads a control file', () => {
    const item = packageFrom(
      `${plain}Multi-Arch: same\nEssential: yes\nSource: src (1.0)\nDepends: b1 (>= 1), c1 | d1:any (<< 2~), \n e1 (<1)\n` +
        'Provides: p1 (= 1), q1\nBreaks: x1 (> 1)\n',
    );
    expect(item).toMatchObject({ name: 'a1', version: '1:2-3', architecture: 'amd64', multiArch: 'same', ...place });
    expect(item).toMatchObject({ isEssential: true, source: 'src', priority: '' });
    expect(item.depends).toEqual([
      [{ name: 'b1', wanted: { operator: '>=', version: '1' } }],
      [{ name: 'c1' }, { name: 'd1', qualifier: 'any', wanted: { operator: '<<', version: '2~' } }],
      [{ name: 'e1', wanted: { operator: '<=', version: '1' } }],
    ]);
    expect(item.provides).toEqual([{ name: 'p1', wanted: { operator: '=', version: '1' } }, { name: 'q1' }]);
    expect(item.breaks).toEqual([{ name: 'x1', wanted: { operator: '>=', version: '1' } }]);
    expect([item.preDepends, item.recommends, item.conflicts, item.replaces]).toEqual([[], [], [], []]);
  });

  it('takes the package for its own source, and no fields for no relations', () => {
    expect(packageFrom(plain)).toMatchObject({ source: 'a1', multiArch: 'no', isEssential: false });
    expect(packageFrom(plain).depends).toEqual([]);
  });

  it.each([
    ['no name', 'Version: 1\nArchitecture: all\n', 'the field "package" is missing'],
    ['a path as name', plain.replace('a1', '../a1'), 'the field "package" is "../a1", which it cannot be'],
    ['a name in capitals', plain.replace('a1', 'A1'), 'the field "package" is "A1", which it cannot be'],
    [
      'a name of two lines',
      plain.replace('a1', 'a1\n b'),
      String.raw`the field "package" is "a1\n b", which it cannot be`,
    ],
    ['no version', plain.replace(/Version.*\n/, ''), 'the field "version" of "a1" is missing'],
    [
      'a version that is none',
      plain.replace('1:2-3', '1/2'),
      'the field "version" of "a1" is "1/2", which it cannot be',
    ],
    [
      'an architecture that is none',
      plain.replace('amd64', 'any all'),
      'the field "architecture" of "a1" is "any all", which it cannot be',
    ],
    [
      'an unknown Multi-Arch',
      `${plain}Multi-Arch: yes\n`,
      'the field "multi-arch" of "a1" is "yes", which it cannot be',
    ],
    ['a source that is none', `${plain}Source: ../x\n`, 'the field "source" of "a1" is "../x", which it cannot be'],
  ])('refuses %s', async (_, text, problem) => {
    const { code, message } = await failureOf(() => packageFrom(text));
    expect({ code, message }).toEqual({ code: 'deb-invalid', message: `${source.what}: ${problem}` });
  });

  it.each([
    ['Depends', 'b1 (>= )', 'depends of a1 1:2-3: "b1 (>= )" names no package'],
    ['Depends', 'b1 [amd64]', 'depends of a1 1:2-3: "b1 [amd64]" names no package'],
    ['Depends', 'b1 | ', 'depends of a1 1:2-3: "" names no package'],
    ['Depends', 'b1 c1', 'depends of a1 1:2-3: "b1 c1" names no package'],
    ['Depends', 'b1 (== 1)', 'depends of a1 1:2-3: "b1 (== 1)" names no package'],
    ['Conflicts', 'b1 | c1', 'conflicts of a1 1:2-3: there are alternatives, where there may be none'],
  ])('refuses %s: %s once it is asked for', async (field, value, message) => {
    const item = packageFrom(`${plain}${field}: ${value}\n`);
    const failure = await failureOf(() => (field === 'Depends' ? item.depends : item.conflicts));
    expect(failure).toMatchObject({ code: 'release-invalid', message });
  });
});
