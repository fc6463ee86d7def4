import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { beforeAll, expect, it } from 'vitest';
import { root } from '../support/root.js';
import { run } from '../support/run.js';
import { servers } from '../support/servers.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const start = servers();
const directory = temporaryDirectory();

beforeAll(async () => {
  await build({
    entryPoints: { host: join(root, 'src/host/index.ts') },
    outdir: directory.path,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
});

const PROLOGUE = `
  import { createNodeHost } from './host.mjs';
  const { http } = createNodeHost();
  const limits = { connectMs: 30_000, headersMs: 30_000, progressMs: 30_000 };
  const controller = new AbortController();
  const ask = (url, more) => http.request({
    method: 'GET', url: new URL(url), headers: {}, route: {}, limits, interruption: controller.signal, ...more,
  });
`;

it.each([
  ['has read an answer', 'for await (const _ of (await ask(url)).body);'],
  ['has discarded one', 'await (await ask(url)).discard();'],
  ['has closed', 'await (await ask(url)).discard(); await http.close();'],
  [
    'leaves an answer in the middle',
    'for await (const _ of (await ask(url + "/long")).body) break; await http.close();',
  ],
  [
    'is interrupted while it waits for an answer',
    'const asked = ask(url + "/never"); setTimeout(() => controller.abort(new Error("enough")), 100); await asked.catch((e) => console.log(e.message));',
  ],
  [
    'is interrupted while it waits for a connection',
    'const asked = ask(silent); setTimeout(() => controller.abort(new Error("enough")), 100); await asked.catch((e) => console.log(e.message));',
  ],
  [
    'is interrupted in the middle of a body',
    'const { body } = await ask(url + "/stalled"); setTimeout(() => controller.abort(new Error("enough")), 100); try { for await (const _ of body); } catch (e) { console.log(e.message); }',
  ],
])('a process ends when it %s', async (_what, code) => {
  const server = await start.http((response, { path }) => {
    if (path === '/') response.end('ok');
    if (path === '/long') response.end(Buffer.alloc(50_000_000));
    if (path === '/stalled') response.write('begin');
  });
  const silent = await start.tcp(() => undefined);
  const script = join(directory.path, 'script.mjs');
  writeFileSync(
    script,
    `${PROLOGUE}const url = ${JSON.stringify(server.origin)};\nconst silent = ${JSON.stringify(silent.origin.replace('http:', 'https:'))};\n${code}\n`,
  );
  const startedAt = performance.now();
  const { status, stdout, stderr } = await run(process.execPath, [script], { timeoutMs: 20_000 });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toBe(code.includes('enough') ? 'enough\n' : '');
  expect(performance.now() - startedAt).toBeLessThan(3_500);
});
