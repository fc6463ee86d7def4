import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestsOf, filesIn } from '../support/sources.js';
import { useVariations } from '../support/variations.js';

const variations = useVariations();

describe('the state of the cache', () => {
  it('never changes a digest: it is full', async () => {
    const { sources, cache } = variations.freshPlace();
    await digestsOf(sources, cache);
    expect(await digestsOf(sources, cache)).toEqual(variations.expected);
  });

  it.each([
    ['some records', (path: string) => !path.includes('/sha256/')],
    ['some blobs', (path: string) => path.includes('/sha256/')],
    ['some of everything', () => true],
  ])('never changes a digest: %s are lost', async (_, isChosen) => {
    const { sources, cache } = variations.freshPlace();
    await digestsOf(sources, cache);
    const chosen = [...filesIn(cache)].sort().filter(isChosen);
    expect(chosen.length).toBeGreaterThan(5);
    for (const [index, path] of chosen.entries()) if (index % 2 === 0) rmSync(path);
    expect(await digestsOf(sources, cache)).toEqual(variations.expected);
  });

  it('never changes a digest: it knows other contents of the same files', async () => {
    const { sources, cache } = variations.freshPlace();
    const changed = [join(sources, 'hello', 'message.txt'), join(sources, 'awkward-gzip', 'tree', 'a', 'file')];
    const before = changed.map((path) => readFileSync(path));
    for (const path of changed) writeFileSync(path, 'Something else\n');
    expect(await digestsOf(sources, cache)).not.toEqual(variations.expected);
    for (const [index, path] of changed.entries()) writeFileSync(path, before[index]!);
    expect(await digestsOf(sources, cache)).toEqual(variations.expected);
  });
});
