import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CodecChoice, openCompressor } from '../../src/codec/index.js';
import { createNodeHost } from '../../src/host/index.js';
import { noise } from '../support/awkward-source.js';
import { root } from '../support/root.js';

const workerDirectory = join(root, 'dist');

async function digest(options: Parameters<typeof createNodeHost>[0], choice: CodecChoice): Promise<string> {
  const compressor = openCompressor(createNodeHost(options).workers, 'fastest');
  const hash = createHash('sha256');
  const input = [noise(5_000_000), Buffer.from('text '.repeat(800_000)), noise(3)];
  for await (const chunk of compressor.compress(input, choice)) hash.update(chunk);
  await compressor.close();
  return hash.digest('hex');
}

describe('threads', () => {
  it.each<CodecChoice>([
    { type: 'gzip', level: 6 },
    { type: 'zstd', level: 3 },
  ])('give the bytes of this thread for $type, however many there are', async (choice) => {
    const expected = await digest({}, choice);
    for (const jobs of [1, 2, 8]) expect(await digest({ workerDirectory, jobs }, choice)).toBe(expected);
  });

  describe('of a worker of our own', () => {
    let directory: string;
    beforeAll(() => {
      directory = mkdtempSync(join(tmpdir(), 'tbuild-workers-'));
      writeFileSync(
        join(directory, 'odd.js'),
        `const { parentPort } = require('node:worker_threads');
         parentPort.on('message', ({ id, input }) => {
           if (input === 'die') process.exit(3);
           if (input === 'throw') parentPort.postMessage({ id, thrown: { kind: 'error', name: 'RangeError', message: 'no' } });
           else parentPort.postMessage({ id, output: input * 2 });
         });`,
      );
    });
    afterAll(() => rmSync(directory, { recursive: true }));

    const open = () =>
      createNodeHost({ workerDirectory: directory, jobs: 2 }).workers.open<unknown, number>({
        entry: 'odd',
        run: () => 0,
      });

    it('answer each question with its own answer', async () => {
      const pool = open();
      const answers = await Promise.all([1, 2, 3, 4, 5].map((number) => pool.run(number, [])));
      expect(answers).toEqual([2, 4, 6, 8, 10]);
      await pool.close();
    });

    it('hand errors on as they are', async () => {
      const pool = open();
      await expect(pool.run('throw', [])).rejects.toThrow(new RangeError('no'));
      expect(await pool.run(4, [])).toBe(8);
      await pool.close();
    });

    it('fail what they owe when they die, and others take their place', async () => {
      const pool = open();
      await expect(pool.run('die', [])).rejects.toThrow(/ended by itself with status 3/);
      expect(await pool.run(4, [])).toBe(8);
      await pool.close();
      await expect(pool.run(4, [])).rejects.toThrow(/closed/);
      await pool.close();
    });
  });
});
