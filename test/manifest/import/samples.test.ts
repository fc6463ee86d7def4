import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseForeign } from '../../../src/manifest/import/parse-foreign.js';
import { root } from '../../support/root.js';
import { parse } from '../support.js';
import { warningsOf } from './support.js';

const directory = join(root, 'test/manifest/import/samples');
const names = readdirSync(directory).filter((name) => /^(?:smith|apko)-[a-z-]+\.yaml$/.test(name));

describe('a sample', () => {
  it.each(names)('becomes what is expected: %s', async (name) => {
    const imported = parseForeign(readFileSync(join(directory, name)), { file: name, hasDirectory: () => true });
    expect(imported.format).toBe(name.replace(/-.*/, ''));
    expect(() => parse(imported.text)).not.toThrow();
    const expected = name.replace('.yaml', '');
    await expect(imported.text).toMatchFileSnapshot(join(directory, 'expected', `${expected}.image.yaml`));
    const warnings = warningsOf(imported).map((line) => `${line}\n`);
    await expect(warnings.join('')).toMatchFileSnapshot(join(directory, 'expected', `${expected}.warnings.txt`));
  });
});
