import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { verifyCache } from '../../src/store/index.js';
import { need } from '../support/programs.js';
import { root } from '../support/root.js';
import { type Outcome, run } from '../support/run.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { host } from './support.js';

const temporary = temporaryDirectory();

/** One run that writes a blob, a record, a layout, a directory of dir: and an archive, and prints what the store says of it. */
const program = `
import { createNodeHost } from '${root}/src/host/index.ts';
import { digestOf, MediaTypes } from '${root}/src/oci/index.ts';
import { openContentStore, openImageSink } from '${root}/src/store/index.ts';
import { bytesOf } from '${root}/src/util/index.ts';
const directory = process.argv[2];
const host = createNodeHost();
const bytes = Buffer.from('content');
const target = { mediaType: 'x', digest: digestOf(bytes), size: bytes.length };
try {
  const store = openContentStore(host, directory + '/cache');
  await store.put(target, async () => bytesOf(bytes));
  store.records.write('layer', 'key', 'value');
  for (const [transport, path] of [['oci', 'layout'], ['dir', 'directory'], ['oci-archive', 'archive']]) {
    const sink = openImageSink(host, { transport, path }, { directory, name: undefined });
    await sink.put(target, () => store.open(target));
    await sink.tag({ transport, path }, target);
    await sink.commit();
  }
  store.close();
  process.stdout.write('done');
} catch (error) {
  process.stdout.write(error.code ?? String(error));
}
`;

interface Call {
  readonly name: string;
  readonly line: string;
}

describe.skipIf(!need('strace'))('on the disk', () => {
  let script = '';

  beforeAll(async () => {
    script = join(temporary.path, 'program.mjs');
    const stdin = { contents: program, resolveDir: root, loader: 'ts' as const };
    await build({ stdin, bundle: true, platform: 'node', format: 'esm', outfile: script, logLevel: 'error' });
  });

  const trace = (directory: string, ...options: string[]): Promise<Outcome> => {
    const all = ['-f', '-qq', ...options, process.execPath, script, directory];
    return run('strace', all, { env: { UV_THREADPOOL_SIZE: '1' } });
  };

  it('every file is written, flushed, made read-only, renamed and its directory flushed, in this order', async () => {
    const directory = mkdtempSync(join(temporary.path, 'order-'));
    const log = join(directory, 'trace');
    const calls = 'trace=openat,write,pwrite64,fsync,fdatasync,chmod,fchmodat,rename,renameat,renameat2';
    const outcome = await trace(directory, '-y', '-s', '256', '-o', log, '-e', calls);
    expect(outcome.stdout).toBe('done');
    const lines: Call[] = readFileSync(log, 'utf8')
      .split('\n')
      .map((line) => line.replace(/^[0-9]+ +/, ''))
      .map((line) => ({ line, name: line.slice(0, line.indexOf('(')) }));
    const renames = lines.filter(({ name, line }) => name.startsWith('rename') && line.includes(directory));
    const published: string[] = [];
    for (const rename of renames) {
      const [from, to] = [...rename.line.matchAll(/"([^"]+)"/g)].map((match) => match[1]!);
      published.push(to!.slice(directory.length + 1));
      const steps = [
        { name: 'openat', text: `"${from}", O_WRONLY|O_CREAT|O_EXCL` },
        { name: 'write', text: `<${from}>` },
        { name: 'fsync', text: `<${from}>` },
        { name: 'chmod', text: `"${from}"` },
        { name: 'rename', text: `"${from}"` },
        { name: 'fsync', text: `<${to!.slice(0, to!.lastIndexOf('/'))}>` },
      ];
      let at = -1;
      for (const step of steps) {
        at = lines.findIndex(({ name, line }, i) => i > at && name.includes(step.name) && line.includes(step.text));
        expect(at, `${step.name} ${step.text}`).toBeGreaterThanOrEqual(0);
      }
      const writes = lines.filter(({ name, line }) => name.includes('write') && line.includes(`<${from}>`));
      const flush = lines.findIndex(({ name, line }) => name === 'fsync' && line.includes(`<${from}>`));
      expect(lines.indexOf(writes.at(-1)!)).toBeLessThan(flush);
    }
    expect(published.map((path) => path.replace(/[0-9a-f]{64}/, 'HEX'))).toEqual([
      'cache/blobs/sha256/HEX',
      'cache/records/layer/HEX',
      'layout/blobs/sha256/HEX',
      'layout/oci-layout',
      'layout/index.json',
      'directory/version',
      'directory/HEX',
      'directory/manifest.json',
      'archive',
    ]);
  });

  /** How often the main thread makes each call: strace counts by thread, and blobs are flushed in another one. */
  const calls = { fsync: 18, rename: 9, chmod: 9 };
  const faults = Object.entries(calls).flatMap(([call, times]) =>
    Array.from({ length: times }, (_, i) => [call, i + 1] as const),
  );
  it.each(faults)('after a kill in %s number %i the next run works and nothing is damaged', async (call, nth) => {
    const directory = mkdtempSync(join(temporary.path, 'kill-'));
    const inject = ['-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:signal=KILL:when=${nth}`];
    const { stdout } = await trace(directory, ...inject);
    expect(stdout).toBe('');
    expect((await verifyCache(host, join(directory, 'cache'))).damaged).toEqual([]);
    expect((await run(process.execPath, [script, directory])).stdout).toBe('done');
    expect(readdirSync(join(directory, 'cache', 'tmp'))).toEqual([]);
    expect(readdirSync(join(directory, 'cache', 'leases'))).toEqual([]);
    expect(readdirSync(join(directory, 'layout')).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
    expect(readdirSync(join(directory, 'directory')).sort()).toEqual(['manifest.json', 'version']);
    expect(readdirSync(directory).sort()).toEqual(['archive', 'cache', 'directory', 'layout']);
  });

  it.each(faults)('an error in %s number %i is reported, and the next run works', async (call, nth) => {
    const directory = mkdtempSync(join(temporary.path, 'error-'));
    const inject = ['-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:error=EIO:when=${nth}`];
    expect((await trace(directory, ...inject)).stdout).toMatch(/^(cache|destination)-failed$/);
    expect((await verifyCache(host, join(directory, 'cache'))).damaged).toEqual([]);
    expect((await run(process.execPath, [script, directory])).stdout).toBe('done');
  });
});
