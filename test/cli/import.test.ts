import { mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNodeHost, type Host } from '../../src/host/index.js';
import { type ImportRequest, type ImportResult, importManifest } from '../../src/operations/index.js';
import { failureOf } from '../support/failure-of.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { runCli } from './support/fake-io.js';

const TEXT = 'version: 1\nbase: scratch\n';
const SOURCE = '  keyring: [x]';
const at = { file: 'apko.yaml', line: 3, column: 3, length: 7, text: SOURCE };
const RESULT: ImportResult = {
  format: 'apko',
  text: TEXT,
  warnings: [{ message: 'contents.keyring is left out: it is of no use', at }],
};

describe('import', () => {
  const requests: ImportRequest[] = [];
  const operations = {
    importManifest: async (_: unknown, request: ImportRequest): Promise<ImportResult> => {
      requests.push(request);
      return request.output === undefined ? RESULT : { ...RESULT, output: request.output };
    },
  };

  it('writes image.yaml to standard output, and every warning with its line to standard error', async () => {
    const { status, stdout, stderr } = await runCli(['import', 'apko.yaml'], { operations });
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: TEXT,
      stderr: `warning: contents.keyring is left out: it is of no use
 --> apko.yaml:3:3
  |
3 |   keyring: [x]
  |   ^^^^^^^
`,
    });
  });

  it('says where it wrote the file, and what to do next', async () => {
    const { stdout, stderr } = await runCli(['import', 'apko.yaml', '-o', 'out.yaml', '--force'], { operations });
    expect(requests.at(-1)).toMatchObject({ file: 'apko.yaml', output: 'out.yaml', force: true });
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^out\.yaml is written: 1 warning to look at\. Next: tbuild plan out\.yaml\nwarning: /);
  });

  it('hands on the format, and knows no other', async () => {
    await runCli(['import', 'x', '--format', 'smith'], { operations });
    expect(requests.at(-1)).toMatchObject({ format: 'smith' });
    const { status, stderr } = await runCli(['import', 'x', '--format', 'docker'], { operations });
    expect(status).toBe(64);
    expect(stderr).toContain('smith, apko');
  });

  it('is one document under --json', async () => {
    const { stdout, stderr } = await runCli(['import', 'apko.yaml', '--json'], { operations });
    expect(JSON.parse(stdout)).toEqual(RESULT);
    expect(stderr).toBe('');
  });
});

const root = temporaryDirectory();

/** A machine whose working directory is a new one with these files. */
function machine(files: Readonly<Record<string, string>>): { readonly host: Host; readonly directory: string } {
  const directory = mkdtempSync(join(root.path, 'import-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(directory, name, '..'), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  const host = createNodeHost();
  const env = Object.create(host.env, { workingDirectory: { value: directory } }) as Host['env'];
  return { host: { ...host, env }, directory };
}

const SMITH = 'package: coreutils\npaths: [/usr/bin/cat]\n';

describe('the file that is written', () => {
  it('leads from where it is to what stands beside the imported one', async () => {
    const { host, directory } = machine({ 'smith/smith.yaml': SMITH, 'smith/rootfs/read/data': 'x', 'out/x': '' });
    expect((await importManifest(host, { file: 'smith' })).text).toContain('- files: ./rootfs\n');
    const { output } = await importManifest(host, { file: 'smith/smith.yaml', output: 'out/image.yaml' });
    expect(output).toBe('out/image.yaml');
    expect(readFileSync(join(directory, 'out/image.yaml'), 'utf8')).toContain('- files: ../smith/rootfs\n');
    expect(statSync(join(directory, 'out/image.yaml')).mode & 0o777).toBe(0o644);
  });

  it('is not written over another one, unless that is asked for', async () => {
    const { host, directory } = machine({ 'smith.yaml': SMITH, 'image.yaml': 'mine' });
    const error = await failureOf(importManifest(host, { file: 'smith.yaml', output: 'image.yaml' }));
    expect([error.code, error.message, error.hint]).toEqual([
      'output-failed',
      'Cannot write "image.yaml": it exists already (EEXIST)',
      'Name another file, or write over it with --force.',
    ]);
    expect(readFileSync(join(directory, 'image.yaml'), 'utf8')).toBe('mine');
    await importManifest(host, { file: 'smith.yaml', output: 'image.yaml', force: true });
    expect(readFileSync(join(directory, 'image.yaml'), 'utf8')).toContain('packages: [coreutils]');
  });

  it.each([
    ['a directory', '.', 'Cannot write ".": it is a directory'],
    [
      'a place that is not there',
      'none/image.yaml',
      'Cannot write "none/image.yaml": no such file or directory (ENOENT)',
    ],
  ])('cannot be %s', async (_, output, message) => {
    const { host } = machine({ 'smith.yaml': SMITH });
    for (const force of [false, true]) {
      const error = await failureOf(importManifest(host, { file: 'smith.yaml', output, force }));
      expect([error.code, error.message]).toEqual(['output-failed', message]);
    }
  });
});
