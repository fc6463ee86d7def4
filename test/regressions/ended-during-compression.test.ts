import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeTree } from '../support/make-tree.js';
import { run } from '../support/run.js';
import { neutralEnv, program } from '../support/tbuild.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const MANIFEST = `version: 1
platforms: [linux/amd64]
base: scratch
layers:
  - name: big
    contents:
      - { files: big, to: /srv/big }
`;
const SIZE = 256 * 1024 * 1024;

describe('a build that ends while blocks are in worker threads', () => {
  const workspace = temporaryDirectory();
  const at = (name: string): string => join(workspace.path, name);
  beforeAll(() => {
    makeTree(at('source'), { 'image.yaml': MANIFEST, big: '' });
    truncateSync(at('source/big'), SIZE);
  });

  /** Starts an apply in an empty cache, and does something once a layer is being written there. */
  async function applyAnd(
    act: (pid: number) => void,
    nodeArgs: readonly string[] = [],
  ): Promise<{ status: number | null; stdout: string }> {
    rmSync(at('cache'), { recursive: true, force: true });
    const args = [program, 'apply', at('source'), '--cache', at('cache'), '--json', '-j', '1'];
    const child = spawn(process.execPath, [...nodeArgs, ...args], {
      env: { ...process.env, ...neutralEnv },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    const closed = once(child, 'close');
    const temporary = at('cache/tmp');
    while (!existsSync(temporary) || readdirSync(temporary).length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    // Let some blocks come back, so that others are on their way.
    await new Promise((resolve) => setTimeout(resolve, 150 + 25 * (turn++ % 4)));
    act(child.pid!);
    const [status] = (await closed) as [number | null];
    return { status, stdout };
  }

  let turn = 0;
  const leases = () => readdirSync(at('cache/leases'));

  it.each(['SIGTERM', 'SIGINT', 'SIGTERM', 'SIGINT'] as const)(
    'says so and leaves nothing behind, for %s',
    async (signal) => {
      const { status, stdout } = await applyAnd((pid) => process.kill(pid, signal));
      expect(status).toBe(signal === 'SIGTERM' ? 143 : 130);
      expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'interrupted' } });
      expect(leases()).toEqual([]);
    },
  );

  it('says which input changed, however long its threads take to end', async () => {
    // Only the thread itself is a reason to wait for its end.
    writeFileSync(
      at('slow.cjs'),
      `const { Worker } = require('node:worker_threads');
       const { terminate } = Worker.prototype;
       Worker.prototype.terminate = function () {
         return new Promise((resolve) => setTimeout(() => resolve(terminate.call(this)), 300).unref());
       };`,
    );
    const { status, stdout } = await applyAnd(() => truncateSync(at('source/big'), 0), ['--require', at('slow.cjs')]);
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'input-changed' } });
    expect(leases()).toEqual([]);
  });

  it('does not stop without a word where its threads never answer', async () => {
    truncateSync(at('source/big'), 4 * 1024 * 1024);
    // Threads that hear nothing, and after a while are no reason to stay.
    writeFileSync(
      at('deaf.cjs'),
      `const { Worker } = require('node:worker_threads');
       const { unref } = Worker.prototype;
       Worker.prototype.postMessage = function () { setTimeout(() => unref.call(this), 500); };
       Worker.prototype.ref = () => undefined;`,
    );
    const args = [program, 'plan', at('source'), '--cache', at('deaf-cache'), '--json'];
    const { status, stdout } = await run(process.execPath, ['--require', at('deaf.cjs'), ...args], { env: neutralEnv });
    expect(status).toBe(1);
    expect(JSON.parse(stdout).error.message).toContain('the command has not ended');
  });
});
