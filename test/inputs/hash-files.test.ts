import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNodeHost } from '../../src/host/index.js';
import { hashTask } from '../../src/inputs/hash-task.js';
import { readFiles } from '../../src/inputs/index.js';
import { NUMBERS } from '../../src/inputs/walk-table.js';
import { digestOf, hexOf } from '../../src/oci/index.js';
import { contextIn, failureOf, filesContent, hostAhead, inDirectory, lay } from './support.js';

/** More than are hashed without threads. */
const MANY = 2_100;

const manyFiles = () => Object.fromEntries(Array.from({ length: MANY }, (_, i) => [`src/f${i}`, `text ${i}`]));

describe('hashing of very many files', () => {
  it('gives each its own digest, and counts all', () =>
    inDirectory(async (directory) => {
      lay(directory, manyFiles());
      const context = contextIn(directory);
      const done = [0, 0];
      const progress = (bytes: number, files: number): void => {
        done[0]! += bytes;
        done[1]! += files;
      };
      const tree = await readFiles(filesContent('src', '/'), { ...context, progress });
      for (let i = 0; i < MANY; i++) {
        const entry = tree.get(`f${i}`);
        expect(entry?.kind === 'file' && entry.digest).toBe(digestOf(`text ${i}`));
      }
      const bytes = Object.values(manyFiles()).reduce((sum, text) => sum + text.length, 0);
      expect([context.digests.hashedFiles, context.digests.hashedBytes]).toEqual([MANY, bytes]);
      expect(done).toEqual([bytes, MANY]);
    }));

  it('names a file that changes meanwhile', () =>
    inDirectory(async (directory) => {
      lay(directory, manyFiles());
      const { files } = hostAhead();
      let isDone = false;
      const openRead = (path: string) => {
        if (!isDone && path.endsWith('/f1000')) {
          isDone = true;
          appendFileSync(path, '!');
        }
        return files.openRead(path);
      };
      const context = contextIn(directory, hostAhead(10, { openRead }));
      const failure = await failureOf(() => readFiles(filesContent('src', '/'), context));
      expect(failure).toMatchObject({ code: 'input-changed', details: { path: 'src/f1000' } });
    }));
});

describe('the work of a thread', () => {
  it('says which files it could not read as they were', () =>
    inDirectory((directory) => {
      const { files } = createNodeHost();
      writeFileSync(join(directory, 'same'), 'same');
      writeFileSync(join(directory, 'grown'), 'grown');
      writeFileSync(join(directory, 'empty'), '');
      const paths = ['same', 'grown', 'gone', 'empty'];
      const numbers = new Float64Array(paths.length * NUMBERS);
      paths.forEach((path, i) => {
        files.lstatInto(join(directory, path), numbers, i * NUMBERS);
      });
      appendFileSync(join(directory, 'grown'), '!');
      const result = hashTask(files).run({ root: directory, paths, numbers });
      const { digests, failed } = result as Awaited<typeof result>;
      expect([...failed]).toEqual([0, 1, 1, 0]);
      const found = (i: number) => Buffer.from(digests.subarray(i * 32, (i + 1) * 32)).toString('hex');
      expect([found(0), found(3)]).toEqual([hexOf(digestOf('same')), hexOf(digestOf(''))]);
    }));
});
