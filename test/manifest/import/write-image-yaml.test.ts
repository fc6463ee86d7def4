import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Noted } from '../../../src/manifest/import/draft.js';
import { writeImageYaml } from '../../../src/manifest/import/write-image-yaml.js';
import { parseFirst } from '../support.js';

const envOf = (env: Readonly<Record<string, string>>) =>
  parseFirst(writeImageYaml({ version: 1, base: 'scratch', config: { env } }, [])).config.env;

describe('what is written', () => {
  it('has comments above what they are about, and short lists on a line', () => {
    const draft = {
      version: 1,
      tags: new Noted(['a', 'b'], ['Which ones?', 'These.']),
      platforms: undefined,
      layers: [new Noted({ name: 'x', contents: [] }, ['The only one.'])],
      config: { cmd: ['x'.repeat(80)] },
    };
    expect(writeImageYaml(draft, ['First.'])).toBe(`# First.

version: 1
# Which ones?
# These.
tags: [a, b]
layers:
  # The only one.
  - name: x
    contents: []
config:
  cmd:
    - ${'x'.repeat(80)}
`);
  });

  it('keeps a comment a comment, and shows what a terminal would act on', () => {
    const text = writeImageYaml({ version: new Noted(1, ['a\nb: 1 \x1b[31m \u202e']) }, ['\u{e0001}']);
    expect(text).toBe('# \\U000e0001\n\n# a\\nb: 1 \\u001b[31m \\u202e\nversion: 1\n');
  });

  it.each(['0:0', '12:30:45', 'yes', 'off', 'null', '~', '0x1f', '1_000', '<<', '2026-01-31'])(
    'has quotes where YAML 1.1 would read something else: %s',
    (value) => {
      expect(writeImageYaml({ value }, [])).toBe(`value: "${value}"\n`);
    },
  );

  it.each(['${a}', '$${a}', '$$${a}', '${${a}', 'a\n  b\n', '\n', ' a ', '\t', '\u200b', '\x7f', '\u2028', '#', '- a'])(
    'means itself: %j',
    (value) => {
      expect(envOf({ A: value })).toEqual({ A: value });
    },
  );

  it('means itself, whatever it is', () => {
    const unit = fc.oneof(
      fc.constantFrom('$', '{', '}', '\n', ' ', ':', '#', "'", '"', '\\', '\x85', '\ufeff'),
      fc.string(),
    );
    const text = fc.string({ unit: 'binary' }).filter((value) => !/[\p{Cs}\0]/u.test(value));
    const mixed = fc.array(fc.oneof(unit, text), { maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(mixed, (value) => {
        fc.pre(!/[\p{Cs}\0]/u.test(value));
        expect(envOf({ A: value })).toEqual({ A: value });
      }),
    );
  });
});
