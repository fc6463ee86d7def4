import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { manifestSchema } from '../../src/manifest/index.js';

type Part = Readonly<Record<string, unknown>>;
const root = join(import.meta.dirname, '../..');
const schema = manifestSchema as Part;

/** Every part of the schema that describes a value, with its place. */
function partsOf(part: Part, at = '#'): (readonly [string, Part])[] {
  const below: (readonly [string, Part])[] = [[at, part]];
  for (const group of ['properties', '$defs']) {
    for (const [name, member] of Object.entries((part[group] ?? {}) as Part))
      below.push(...partsOf(member as Part, `${at}/${group}/${name}`));
  }
  for (const group of ['items', 'additionalProperties']) {
    const member = part[group];
    if (typeof member === 'object' && member !== null) below.push(...partsOf(member as Part, `${at}/${group}`));
  }
  for (const [index, member] of ((part.oneOf ?? []) as readonly Part[]).entries())
    below.push(...partsOf(member, `${at}/oneOf/${index}`));
  return below;
}

const parts = partsOf(schema);

describe('schema/image.schema.json', () => {
  it('is what manifestSchema gives', () => {
    expect(manifestSchema).toEqual(JSON.parse(readFileSync(join(root, 'schema/image.schema.json'), 'utf8')));
  });

  it('describes every field', () => {
    expect(parts.length).toBeGreaterThan(100);
    const silent = parts.filter(([, part]) => part.description === undefined && part.$ref === undefined);
    expect(silent.map(([at]) => at)).toEqual([]);
  });

  it('lets no map have keys that it does not name', () => {
    const open = parts.filter(([, part]) => part.type === 'object' && part.additionalProperties === undefined);
    expect(open.map(([at]) => at)).toEqual([]);
  });
});

describe('the generated validator', () => {
  it('needs no other module', () => {
    const text = readFileSync(join(root, 'src/manifest/generated/validate.js'), 'utf8');
    expect(text).not.toMatch(/\bimport\s*[{("'*]|(?<![/"'])\bfrom\s*["']|[^.\w]require\((?!\\?"ajv)/);
    expect(text).not.toContain('.concat(');
  });
});
