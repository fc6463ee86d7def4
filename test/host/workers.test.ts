import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNodeHost } from '../../src/host/index.js';
import { buildLayer, type LayerFormat, openLayerThreads } from '../../src/layer/index.js';
import { digestOfHash } from '../../src/oci/index.js';
import { treeOf } from '../../src/tree/index.js';
import type { Chunks } from '../../src/util/index.js';
import { noise } from '../support/awkward-source.js';
import { root } from '../support/root.js';
import { file } from '../tree/support.js';

const workerDirectory = join(root, 'dist');

const tree = treeOf([
  file('a', Buffer.from(noise(5_000_000)).toString('latin1')),
  file('b', 'text '.repeat(800_000)),
  ...Array.from({ length: 3_000 }, (_, i) => file(`c${i}`, `${i} `.repeat(i))),
]);

async function store(bytes: Chunks) {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of bytes) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { digest: digestOfHash(hash), size };
}

async function digest(options: Parameters<typeof createNodeHost>[0], format: LayerFormat): Promise<string> {
  const threads = openLayerThreads(createNodeHost(options), 'fastest');
  const { descriptor } = await buildLayer(tree, format, { threads, store, progress: () => undefined });
  await threads.close();
  return descriptor.digest;
}

describe('threads', () => {
  it.each<LayerFormat>([
    { compression: 'gzip', level: 6, created: 0 },
    { compression: 'zstd', level: 3, created: 0 },
  ])('give the bytes of this thread for $compression, however many there are', async (format) => {
    const expected = await digest({}, format);
    for (const jobs of [1, 2, 8]) expect(await digest({ workerDirectory, jobs }, format)).toBe(expected);
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
