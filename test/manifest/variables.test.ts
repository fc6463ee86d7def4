import { describe, expect, it } from 'vitest';
import { parse, parseFirst, placesOf, problemsOf, withHead } from './support.js';

const VARS = 'vars: { version: 1.4.2, x: y, empty: "" }\n';
/** The text is on line 4, from column 19. */
const annotated = (text: string): string => withHead(`${VARS}annotations: { a: ${text} }\n`);

describe('variables', () => {
  it.each([
    ['"${version}"', '1.4.2'],
    ['"v${version}-${x}."', 'v1.4.2-y.'],
    ['"${x}${x}"', 'yy'],
    ['"a${empty}b"', 'ab'],
    ['"$${version}"', '${version}'],
    ['"$${version} ${version}"', '${version} 1.4.2'],
    ['"$$${version}"', '$${version}'],
    ['"$version {version} $ {x} $"', '$version {version} $ {x} $'],
    ['"${platform.os}/${platform.architecture}"', 'linux/amd64'],
  ])('%s is %j', (text, expected) => {
    expect(parseFirst(annotated(text)).annotations).toEqual({ a: expected });
  });

  it.each([
    ['an unknown one', annotated('"${versoin}"'), ['manifest-undefined-variable 4:20']],
    [
      'each of several',
      annotated('"a ${b} ${version} ${c}"'),
      ['manifest-undefined-variable 4:22', 'manifest-undefined-variable 4:38'],
    ],
    ['one after an escape', annotated('"$${a} ${b}"'), ['manifest-undefined-variable 4:26']],
    ['one in plain text', withHead('annotations:\n  a: a-${b}\n'), ['manifest-undefined-variable 4:8']],
    ['one without name', annotated('"${}"'), ['manifest-undefined-variable 4:20']],
    ['one with spaces', annotated('"${ version }"'), ['manifest-undefined-variable 4:20']],
    ['one without end', annotated('"a ${version"'), ['manifest-wrong-value 4:22']],
    ['an unknown one of the platform', annotated('"${platform.arch}"'), ['manifest-undefined-variable 4:20']],
    ['the variant of a platform without', annotated('"${platform.variant}"'), ['manifest-undefined-variable 4:20']],
    ['one in a block', withHead('annotations:\n  a: |\n    one\n    two ${b}\n'), ['manifest-undefined-variable 6:9']],
    [
      'one that an escape hides',
      annotated('"\\x24{b} ${c}"'),
      ['manifest-undefined-variable 4:19', 'manifest-undefined-variable 4:19'],
    ],
    ['one in a variable', withHead('vars:\n  a: b\n  c: "x ${a}"\n'), ['manifest-undefined-variable 5:9']],
    ['the platform in the name', withHead('name: "a/${platform.os}"\n'), ['manifest-undefined-variable 3:10']],
    ['the platform in tags', withHead('tags: ["${platform.os}"]\n'), ['manifest-undefined-variable 3:9']],
    [
      'the platform in platforms',
      withHead('platforms: ["${platform.os}/amd64"]\n'),
      ['manifest-undefined-variable 3:14'],
    ],
    ['a number', withHead('vars: { v: 1.10 }\ntags: ["${v}"]\n'), ['manifest-wrong-type 3:12']],
    ['a name with a point', withHead('vars: { a.b: c }\n'), ['manifest-wrong-value 3:9']],
    ['a value that does not fit', withHead('vars: { v: a b }\ntags: ["${v}"]\n'), ['manifest-wrong-value 4:8']],
    ['an escape that does not fit', withHead('tags: ["$${v}"]\n'), ['manifest-wrong-value 3:8']],
  ])('are refused: %s', (_, text, expected) => {
    expect(placesOf(text)).toEqual(expected);
  });

  it('may be what was meant', () => {
    expect(problemsOf(annotated('"${versoin}"'))[0]!.hint).toBe('Did you mean "version"?');
    expect(problemsOf(annotated('"${platform.arch}"'))[0]!.at).toMatchObject({ column: 20, length: 16 });
  });

  it('of the shell are written another way in scripts', () => {
    const [problem] = problemsOf(withHead('artifacts:\n  a: { run: "cp x ${OUT}" }\n'));
    expect(problem).toMatchObject({ code: 'manifest-undefined-variable', at: { line: 4, column: 19, length: 6 } });
    expect(problem!.hint).toContain("For the shell's own variable write $OUT or $${OUT}.");
    const { artifacts } = parseFirst(withHead('artifacts:\n  a: { run: "cp $x $${y:-z} $OUT" }\n'));
    expect(artifacts[0]!.run).toEqual({ kind: 'script', script: 'cp $x ${y:-z} $OUT' });
  });

  it('are not replaced in keys', () => {
    const { annotations, config } = parseFirst(
      withHead(`${VARS}annotations: { "\${x}": a }\nconfig: { labels: { "$\${x}": b } }\n`),
    );
    expect(annotations).toEqual({ '${x}': 'a' });
    expect(config.labels).toEqual({ '$${x}': 'b' });
  });

  it('reach what is the same for all platforms', () => {
    const text = `vars: { v: "1", p: linux/arm64, t: "86400", c: zstd, r: app }\n`;
    const manifest = parse(
      withHead(
        `${text}name: "x/\${r}"\ntags: ["\${v}"]\nplatforms: ["\${p}"]\ncreated: "\${t}"\ncompression: "\${c}"\n`,
      ),
    );
    expect(manifest).toMatchObject({
      name: 'x/app',
      tags: ['1'],
      platforms: [{ os: 'linux', architecture: 'arm64' }],
      created: { kind: 'epoch', seconds: 86400 },
      compression: { type: 'zstd', level: 3 },
    });
  });

  it('give each platform its own values', () => {
    const manifest = parse(
      withHead('platforms: [linux/amd64, linux/arm/v7]\nannotations: { a: "${platform.architecture}" }\n'),
    );
    const [first, second] = manifest.platforms;
    expect(manifest.forPlatform(first!).annotations).toEqual({ a: 'amd64' });
    expect(manifest.forPlatform(second!).annotations).toEqual({ a: 'arm' });
    expect(manifest.forPlatform(first!)).toBe(manifest.forPlatform({ os: 'linux', architecture: 'amd64' }));
    expect(() => manifest.forPlatform({ os: 'linux', architecture: '386' })).toThrow(RangeError);
  });

  it('are checked for each platform', () => {
    const text = withHead('platforms: [linux/arm/v7, linux/amd64]\nannotations: { a: "${platform.variant}" }\n');
    expect(placesOf(text)).toEqual(['manifest-undefined-variable 4:20']);
  });
});
