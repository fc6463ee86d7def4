import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openContainers } from '../../src/container/index.js';
import { createNodeHost } from '../../src/host/index.js';
import { directory, file, imageOf } from '../container/support.js';
import { failureOf } from '../support/failure-of.js';
import { makeTree } from '../support/make-tree.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

/** Stands in for a runtime: a real one is this slow only on a busy machine. Its third and fourth arguments are `--log FILE`. */
const runtimeThat = (words: string): string => `#!/bin/sh
log=$4
case " $* " in *" run "*) ;; *) exit 0 ;; esac
${words}`;

describe('a runtime that tells of its failure first on standard error and then in its log', () => {
  const workspace = temporaryDirectory();
  let count = 0;

  async function runWith(words: string) {
    const place = join(workspace.path, String(++count));
    makeTree(place, { runtime: { content: runtimeThat(words), mode: 0o755 }, 'work/.keep': '' });
    let said = '';
    const context = {
      host: createNodeHost(),
      runtime: { name: 'runc', program: join(place, 'runtime') } as const,
      directory: join(place, 'work'),
      progress: () => undefined,
      warn: () => undefined,
    };
    const containers = await openContainers(
      imageOf([directory('bin'), file('bin/app', 'x', { mode: 0o755 })]),
      context,
    );
    const container = await containers.create({
      args: ['/bin/app'],
      env: {},
      network: false,
      onOutput: (chunk) => {
        said += Buffer.from(chunk).toString();
      },
      interruption: new AbortController().signal,
    });
    return { running: container.run(), said: () => said };
  }

  it('is not taken for the program', async () => {
    const log = `echo '{"level":"error","msg":"exec: no such file"}' >"$log"`;
    const { running, said } = await runWith(`echo "exec: no such file" >&2; sleep 0.05; ${log}; exit 1`);
    const failure = await failureOf(running);
    expect([failure.code, failure.message, said()]).toEqual([
      'runtime-failed',
      'runc cannot run "oci:image": exec: no such file',
      '',
    ]);
  });

  it.each([
    ['ends at once', 'echo first >&2; exit 3'],
    ['goes on', 'echo first >&2; sleep 1; exit 3'],
  ])('is told from a program that says something there and %s', async (_, words) => {
    const { running, said } = await runWith(words);
    expect([await running, said()]).toEqual([3, 'first\n']);
  });
});
