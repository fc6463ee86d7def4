import { describe, expect, it } from 'vitest';
import { fail } from '../../src/errors/index.js';
import type { DiffRequest, DiffResult } from '../../src/operations/index.js';
import { runCli } from './support/fake-io.js';
import { fakeDigest } from './support/plans.js';

const side = (reference: string) => ({ reference, digest: fakeDigest('1') });

function comparing(isSame: boolean) {
  const requests: DiffRequest[] = [];
  const difference = { where: 'index', expected: 'a', found: 'b', cause: 'Other.' };
  const result: DiffResult = {
    before: side('oci:a'),
    after: side('oci:b'),
    isSame,
    differences: isSame ? [] : [difference],
  };
  const diffImages = async (_: unknown, request: DiffRequest) => {
    requests.push(request);
    return result;
  };
  return { requests, result, operations: { diffImages } };
}

const failing = (error: unknown) => ({ diffImages: async () => Promise.reject(error) });

describe('diff', () => {
  it('exits 0 for the same and 1 for different images', async () => {
    const same = await runCli(['diff', 'oci:a', 'oci:b'], comparing(true));
    expect([same.status, same.stdout]).toEqual([0, `Same. Both are ${fakeDigest('1')}\n`]);
    const different = await runCli(['diff', 'oci:a', 'oci:b'], comparing(false));
    expect(different.status).toBe(1);
    expect(different.stdout).toContain('index\n  ~ a → b  Other.\n');
  });

  it('hands on both images and the platform', async () => {
    const { requests, operations } = comparing(true);
    await runCli(['diff', 'oci:a', 'docker://b.example/c', '--platform', 'linux/arm64'], { operations });
    expect(requests[0]).toMatchObject({
      before: { transport: 'oci', path: 'a' },
      after: { registry: 'b.example' },
      platform: { os: 'linux', architecture: 'arm64' },
    });
  });

  it('is a document under --json, and only an exit status with --quiet', async () => {
    const { result, operations } = comparing(false);
    const json = await runCli(['diff', 'oci:a', 'oci:b', '--json'], { operations });
    expect([json.status, JSON.parse(json.stdout)]).toEqual([1, result]);
    const quiet = await runCli(['diff', 'oci:a', 'oci:b', '-q'], { operations });
    expect(quiet).toMatchObject({ status: 1, stdout: '', stderr: '' });
  });

  it.each([
    ['an image that is missing', fail('image-missing', { message: 'No' }), 2],
    ['a registry that does not answer', fail('server-unavailable', { message: 'No' }), 2],
    ['a bug', new TypeError('x'), 2],
    ['a signal', fail('interrupted', { message: 'Interrupted', details: { signal: 'SIGINT' } }), 130],
  ])('exits by its own rules for %s', async (_, error, status) => {
    const argv = ['diff', 'oci:a', 'oci:b'];
    expect((await runCli(argv, { operations: failing(error) })).status).toBe(status);
    const { stdout } = await runCli([...argv, '--json'], { operations: failing(error) });
    if (error.name === 'TbuildError') expect(JSON.parse(stdout).error.exit).toBe(status);
  });

  it.each([
    [['diff']],
    [['diff', 'oci:a']],
    [['diff', 'a', 'oci:b']],
    [['diff', 'oci:a', 'oci:b', '--platform', 'x']],
    [['diff', '--no-such', 'oci:a', 'oci:b']],
    [['--no-such', 'diff', 'oci:a', 'oci:b']],
    [['--timeout', 'x', 'diff', 'oci:a', 'oci:b']],
    [['-qC', '/missing', 'diff', 'oci:a', 'oci:b']],
  ])('exits 2, not 64, for %j', async (argv) => {
    const { status, stderr } = await runCli(argv, comparing(true));
    expect([status, stderr]).toEqual([2, expect.stringMatching(/^error\[(?:usage|reference-invalid)\]/)]);
  });

  it('exits 2 where its result cannot be written, which is not a difference', async () => {
    const stdout = { settle: async () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' })) };
    expect((await runCli(['diff', 'oci:a', 'oci:b'], { ...comparing(false), stdout })).status).toBe(2);
  });

  it('tells its exit statuses in its help', async () => {
    const { status, stdout } = await runCli(['diff', '--help']);
    expect(status).toBe(0);
    expect(stdout).toContain('0 the same, 1 different, 2 trouble of any kind; 128+n ended by signal n');
  });

  it('leaves others their exit statuses, though an argument has its name', async () => {
    expect((await runCli(['files', 'diff'])).status).toBe(64);
  });
});
