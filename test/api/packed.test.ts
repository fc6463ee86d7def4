import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { createNodeHost } from '../../src/host/index.js';
import { blockTask } from '../../src/layer/block-task.js';
import { program } from '../support/tbuild.js';

it('compresses in worker threads without being told where their files are', async () => {
  const api: typeof import('../../src/api/index.js') = await import(
    pathToFileURL(join(dirname(program), 'api.js')).href
  );
  const task = {
    ...blockTask(createNodeHost().files),
    run(): never {
      throw new Error('ran in the calling thread');
    },
  };
  const pool = api.createNodeHost({ jobs: 1 }).workers.open(task);
  const work = { gaps: [], compression: 'gzip', level: 6, implementation: 'pinned', before: undefined } as const;
  const output = await pool.run({ tar: new Uint8Array(10), ...work }, []);
  expect(output).toMatchObject({ tar: new Uint8Array(10), unfilled: [] });
  await pool.close();
});
