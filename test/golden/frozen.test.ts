import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { layerKey } from '../../src/layer/index.js';
import { digestOf } from '../../src/oci/index.js';
import { emptyTree } from '../../src/tree/index.js';

const FORMAT_1 = 'sha256:b3fb123f05d835899aae0197a6ef794f94de180994c80d4a4be3a709cdf7ca68';

/**
 * Images that people published, and digests that they pinned, depend on these bytes. Where this test fails, the change to the
 * code is wrong, or it is a new format: with its own number, its own goldens beside these, and this format still written for those
 * who have it in their locks.
 */
it('format 1 is frozen: its goldens never change again', () => {
  const file = join(dirname(fileURLToPath(import.meta.url)), 'format-1.json');
  expect(digestOf(readFileSync(file))).toBe(FORMAT_1);
});

it('format 1 is frozen: so is the key that layers of any cache are found by', () => {
  const key = layerKey(emptyTree, { compression: 'gzip', level: 6, created: 0 });
  expect(key).toBe('sha256:dbf95f91e46f538994b2747e0df355ff9a93a5bd63c57d6f55e79307fa73d80e');
});
