import { describe, expect, it } from 'vitest';
import { parseFirst, placesOf, problemsOf, withHead } from './support.js';

const MIB = 1024 * 1024;
const valid = withHead('tags: [latest]\n');

const utf16 = (text: string, order: 'le' | 'be', mark: boolean): Uint8Array => {
  const bytes = Buffer.from(`${mark ? '\ufeff' : ''}${text}`, 'utf16le');
  return order === 'le' ? bytes : bytes.swap16();
};

/** `version: 1`, then the bytes on a line of their own. */
const raw = (...bytes: number[]): Uint8Array =>
  Buffer.concat([Buffer.from(valid), Buffer.from('# é'), Buffer.from(bytes)]);

describe('bytes that are no manifest', () => {
  it.each([
    ['nothing', '', ['manifest-empty 1:1']],
    ['comments', '# nothing\n\n# here\n', ['manifest-empty 1:1']],
    ['an empty document', '---\n', ['manifest-empty 1:1']],
    ['a byte order mark', '\ufeff', ['manifest-empty 1:1']],
    ['null', 'null\n', ['manifest-wrong-type 1:1']],
    ['1 MiB and a byte', `${valid}#${'x'.repeat(MIB - valid.length)}`, ['manifest-too-large']],
    ['UTF-16 with a mark', utf16(valid, 'le', true), ['manifest-encoding 1:1']],
    ['UTF-16, big end first, with a mark', utf16(valid, 'be', true), ['manifest-encoding 1:1']],
    ['UTF-16', utf16(valid, 'le', false), ['manifest-encoding 1:1']],
    ['UTF-16, big end first', utf16(valid, 'be', false), ['manifest-encoding 1:1']],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]), ['manifest-encoding 1:1']],
    ['a NUL', withHead('tags: [a\0b]\n'), ['manifest-encoding 3:9']],
    ['Latin-1', raw(0x20, 0xe9, 0x20), ['manifest-encoding 4:5']],
    ['half a character at the end', raw(0xe2, 0x82), ['manifest-encoding 4:4']],
    ['a surrogate in UTF-8', raw(0xed, 0xa0, 0x80), ['manifest-encoding 4:4']],
    ['an overlong character', raw(0xc0, 0xaf), ['manifest-encoding 4:4']],
    ['an escape character', withHead('tags: [a\u001b[31m]\n'), ['yaml-syntax 3:9']],
    ['a carriage return alone', withHead('tags: [a]\rname: b\n'), ['yaml-syntax 3:10']],
  ])('are refused: %s', (_, bytes, expected) => {
    expect(placesOf(bytes)).toEqual(expected);
  });

  it('are named where another encoding is likely', () => {
    expect(problemsOf(utf16(valid, 'le', true))[0]!.hint).toBe('Save it as UTF-8 instead of UTF-16.');
  });

  it('are shown without what a terminal would obey', () => {
    const [problem] = problemsOf(withHead('tags: [a\u001b[31m]\n'));
    expect(problem).toMatchObject({
      message: 'The character U+001B is not allowed in YAML',
      at: { text: 'tags: [a\ufffd[31m]' },
    });
  });

  it('are accepted up to 1 MiB', () => {
    expect(parseFirst(`${valid}#${'x'.repeat(MIB - valid.length - 1)}`).base).toEqual({ kind: 'scratch' });
  });
});

describe('YAML that is refused', () => {
  it.each([
    ['an alias', withHead('tags: [&a x, *a]\n'), ['yaml-alias 3:14']],
    ['an alias to nothing', withHead('tags: [*a]\n'), ['yaml-alias 3:8']],
    ['an alias as a key', withHead('config: { labels: { *a : b } }\n'), ['yaml-alias 3:21']],
    ['an alias to what holds it', withHead('config: &a\n  labels: *a\n'), ['yaml-alias 4:11']],
    ['a merge', withHead('config:\n  <<: *a\n'), ['yaml-alias 4:3']],
    ['a tag of YAML', withHead('tags: [!!str 1]\n'), ['yaml-tag 3:8']],
    ['a tag of its own', withHead('tags: !x [1]\n'), ['yaml-tag 3:7']],
    ['a tag at the top', '!x\nversion: 1\n', ['yaml-tag 1:1']],
    ['a tag that says nothing', withHead('name: ! 12\n'), ['yaml-tag 3:7']],
    ['a tag on a key', withHead('!!str name: a\n'), ['yaml-tag 3:1']],
    ['binary data', withHead('name: !!binary aGk=\n'), ['yaml-tag 3:7']],
    ['two documents', `${valid}---\n${valid}`, ['yaml-many-documents 4:1']],
    ['another version of YAML', `%YAML 1.1\n---\n${valid}`, ['yaml-syntax 1:1']],
    ['a directive for tags', `%TAG ! tag:x,2000:\n---\n${valid}`, ['yaml-syntax 1:1']],
    ['a key twice', withHead('name: a\ntags: []\nname: b\n'), ['yaml-duplicate-key 5:1']],
    ['a key twice, quoted', withHead('config: { labels: { a: b, "a": c } }\n'), ['yaml-duplicate-key 3:27']],
    ['a quote without end', withHead('name: "app\n'), ['yaml-syntax 3:7']],
    ['a list without end', withHead('tags: [a, b\n'), ['yaml-syntax 4:1']],
    ['a tab as indent', withHead('config:\n\tuser: a\n'), ['yaml-syntax 4:1']],
    ['a map in a value', withHead('name: a: b\n'), ['yaml-syntax 3:7']],
    ['a character beyond Unicode', withHead('name: "\\U00110000"\n'), ['yaml-syntax 3:8']],
    ['names of JavaScript', withHead('__proto__: { version: 1 }\nconstructor: a\n'), unknown('3:1', '4:1')],
    [
      'names of JavaScript in free maps',
      withHead('config:\n  env: { __proto__: a, toString: b }\n'),
      unknown('4:10', '4:24'),
    ],
  ])('%s', (_, text, expected) => {
    expect(placesOf(text)).toEqual(expected);
  });

  function unknown(...places: string[]): string[] {
    return places.map((place) => `manifest-unknown-key ${place}`);
  }

  it('names the place of the first of two keys', () => {
    const [problem] = problemsOf(withHead('name: a\nname: b\n'));
    expect(problem!.related).toMatchObject([{ at: { line: 3, column: 1 } }]);
  });

  it('leaves the prototypes of objects alone', () => {
    problemsOf(withHead('__proto__: { polluted: true }\nconfig: { labels: { __proto__: { polluted: true } } }\n'));
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('accepts a text that begins like an alias or tag, in quotes', () => {
    const { annotations } = parseFirst(withHead('annotations: { a: "*x", b: "!x", c: "&x", d: "<<" }\n'));
    expect(annotations).toEqual({ a: '*x', b: '!x', c: '&x', d: '<<' });
  });

  it('accepts %YAML 1.2', () => {
    expect(parseFirst(`%YAML 1.2\n---\n${valid}`).base).toEqual({ kind: 'scratch' });
  });
});

describe('nesting', () => {
  // The same text twice: the second time aborted Node 20 and 22 before nesting was counted first.
  it.each(['[', '{', '- ', '? ', 'a: {', '[{a: ', '{? '])('of 20,000 %j is refused, twice', (piece) => {
    const text = piece.repeat(20_000);
    for (let time = 0; time < 2; time++) expect(placesOf(text)[0]).toMatch(/^yaml-too-deep 1:/);
  });

  it('is refused beyond 64 in block style', () => {
    const stairs = Array.from({ length: 65 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join('');
    expect(placesOf(stairs)[0]).toMatch(/^yaml-too-deep 65:/);
  });

  it('is counted by what is nested, not by brackets in texts', () => {
    const script = `[{`.repeat(200);
    const text = withHead(
      `artifacts:\n  a:\n    run: |\n      echo '${script}'\n    env: { A: "${script}" } # ${script}\n`,
    );
    expect(parseFirst(text).artifacts[0]!.env).toEqual({ A: script });
  });
});

describe('a file of 1 MiB', () => {
  const many = (count: number, item: (index: number) => string, separator = ', '): string =>
    Array.from({ length: count }, (_, index) => item(index)).join(separator);

  it.each([
    ['of keys', withHead(`annotations: { ${many(30_000, (i) => `k${i}: v`)} }\n`), 0],
    ['of keys that are not known', withHead(many(30_000, (i) => `k${i}: v`, '\n')), 200],
    ['of the same key', withHead(many(50_000, () => 'name: a', '\n')), 200],
    ['of wrong values', withHead(`tags: [${many(120_000, String)}]\n`), 200],
    ['of wrong contents', withHead(`layers: [{ name: a, contents: [${many(40_000, () => '{ text: a }')}] }]\n`), 200],
    ['of undefined variables', withHead(`name: "${'${a}'.repeat(200_000)}"\n`), 200],
    ['of one long name', withHead(`name: ${'a-'.repeat(500_000)}\n`), 1],
    ['of a long path', withHead(`layers: [{ name: a, contents: [{ text: a, to: ${'/a'.repeat(400_000)} }] }]\n`), 1],
    [
      'of one long URL',
      withHead(`layers: [{ name: a, contents: [{ fetch: "https://${'@'.repeat(900_000)}", to: /a }] }]\n`),
      1,
    ],
    [
      'of wrong paths to remove',
      withHead(`layers: [{ name: a, contents: [${many(40_000, () => '{ remove: [a] }')}] }]\n`),
      200,
    ],
    [
      'of wrong packages',
      withHead(`layers: [{ name: a, contents: [debian: { suite: a, packages: [${many(100_000, () => 'A')}] }] }]\n`),
      200,
    ],
    [
      'of artifacts in one circle',
      withHead(
        `artifacts:\n${many(12_000, (i) => `  a${i}: { run: x, needs: { n: a${(i + 1) % 12_000}, m: a0 } }`, '\n')}\n`,
      ),
      20,
    ],
    [
      'of wrong tools',
      withHead(`artifacts: { a: { run: x, tools: [${many(40_000, () => '{ name: a, with: [] }')}] } }\n`),
      200,
    ],
    ['of the same tool', withHead(`artifacts: { a: { run: x, tools: [${many(150_000, () => 'a')}] } }\n`), 200],
    [
      'of wrong patterns',
      withHead(`assertions: { contents: [{ path: /a, expected: [${many(150_000, () => '"("')}] }] }\n`),
      200,
    ],
    [
      'of patterns',
      withHead(`assertions: { contents: [{ path: /a, expected: [${many(100_000, () => '"(a*)*"')}] }] }\n`),
      0,
    ],
    [
      'of one long pattern',
      withHead(`assertions: { contents: [{ path: /a, expected: [${'(a|'.repeat(300_000)}] }] }\n`),
      1,
    ],
    [
      'of one pattern with many groups',
      withHead(`assertions: { contents: [{ path: /a, expected: ["${'('.repeat(90_000)}a${')'.repeat(90_000)}"] }] }\n`),
      1,
    ],
    ['of platforms', withHead(`platforms: [${many(60_000, () => 'linux/amd64')}]\nname: "\${platform.os}"\n`), 2],
  ])('%s is read in seconds, with at most 200 problems', (_, text, expected) => {
    expect(problemsOf(text)).toHaveLength(expected);
  });

  it('does not grow without limit through variables', () => {
    const big = `vars: { a: ${'x'.repeat(400_000)} }\n`;
    expect(placesOf(withHead(`${big}annotations: { b: "${'${a}'.repeat(100_000)}" }\n`))).toEqual([
      'manifest-too-large 4:19',
    ]);
    expect(placesOf(withHead(`${big}config: { cmd: [${many(50_000, () => '"${a}"')}] }\n`))).toHaveLength(1);
  });

  it('is not shown as one line', () => {
    const { at } = problemsOf(withHead(`nmae: ${'x'.repeat(900_000)}\n`))[0]!;
    expect(at).toEqual({ file: 'image.yaml', line: 3, column: 1, length: 4 });
  });
});
