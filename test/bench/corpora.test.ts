import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generatedFiles, otherContents } from '../../bench/corpora/generated.mjs';
import { writeFiles } from '../../bench/corpora/write-files.mjs';
import { temporaryDirectory } from '../support/temporary-directory.js';

interface Generated {
  readonly directory?: string;
  readonly path?: string;
  readonly pieces?: Iterable<Buffer>;
}

/** What a corpus is, in one digest: paths, lengths and bytes, in their order. */
function digestOf(files: Iterable<Generated>): { digest: string; files: number; directories: number; bytes: number } {
  const hash = createHash('sha256');
  const counts = { files: 0, directories: 0, bytes: 0 };
  for (const { directory, path, pieces } of files) {
    if (directory !== undefined) {
      counts.directories++;
      hash.update(`${directory}\n`);
      continue;
    }
    const bytes = Buffer.concat([...pieces!]);
    counts.files++;
    counts.bytes += bytes.length;
    hash.update(`${path} ${bytes.length}\n`).update(bytes);
  }
  return { digest: hash.digest('hex').slice(0, 16), ...counts };
}

describe('the corpora of the benchmark', () => {
  const root = temporaryDirectory();

  it.each([
    ['S', { digest: '9681cb61408c0ac0', files: 50, directories: 7, bytes: 235_357 }],
    ['B', { digest: 'b1679ff7e641e183', files: 10, directories: 0, bytes: 1_000_000 }],
    ['Z', { digest: '854ff3cafa0fbb91', files: 20, directories: 0, bytes: 500_000 }],
  ])('has the same bytes in %s on every machine', (kind, expected) => {
    expect(digestOf(generatedFiles(kind, 0.001))).toEqual(expected);
  });

  it('gives each edit contents of its own, of the length asked for', () => {
    const edits = ['S', 'B'].flatMap((kind) =>
      [0, 1, 0].map((seed) => Buffer.concat([...otherContents(kind, 50_000, seed)] as Buffer[])),
    );
    expect(edits.map(({ length }) => length)).toEqual(Array.from({ length: 6 }, () => 50_000));
    const digests = edits.map((bytes) => createHash('sha256').update(bytes).digest('hex'));
    expect(digests[0]).toBe(digests[2]);
    expect(digests[3]).toBe(digests[5]);
    expect(new Set(digests).size).toBe(4);
  });

  it('is written to files as it was generated', () => {
    writeFiles(root.path, generatedFiles('S', 0.001));
    let seen = 0;
    for (const { path, pieces } of generatedFiles('S', 0.001) as Iterable<Generated>) {
      if (path === undefined) continue;
      expect(readFileSync(join(root.path, path)).equals(Buffer.concat([...pieces!]))).toBe(true);
      seen++;
    }
    expect(seen).toBe(50);
  });

  it('knows no corpus of another name', () => {
    expect(() => generatedFiles('Q', 1)).toThrow('no corpus is called Q');
  });
});
