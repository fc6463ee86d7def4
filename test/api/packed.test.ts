import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { compressBlockTask } from '../../src/codec/compress-block.js';
import { program } from '../support/tbuild.js';

it('compresses in worker threads without being told where their files are', async () => {
  const api: typeof import('../../src/api/index.js') = await import(
    pathToFileURL(join(dirname(program), 'api.js')).href
  );
  const task = {
    ...compressBlockTask(),
    run(): never {
      throw new Error('ran in the calling thread');
    },
  };
  const pool = api.createNodeHost({ jobs: 1 }).workers.open(task);
  const block = new Uint8Array(10);
  const output = await pool.run({ codec: 'gzip', level: 6, implementation: 'pinned', block }, []);
  expect(output).toMatchObject({ length: 10 });
  await pool.close();
});
