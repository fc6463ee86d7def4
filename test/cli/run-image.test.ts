import { describe, expect, it } from 'vitest';
import { fail } from '../../src/errors/index.js';
import type { RunRequest } from '../../src/operations/index.js';
import { runCli } from './support/fake-io.js';

function running(status: number) {
  const requests: RunRequest[] = [];
  const runImage = async (_: unknown, request: RunRequest) => {
    requests.push(request);
    request.report?.({ kind: 'step-started', id: 1, title: 'unpack' });
    request.onOutput(Buffer.from('out\x1b[1m\n'), 'stdout');
    request.onOutput(Buffer.from('err\n'), 'stderr');
    request.report?.({ kind: 'step-ended', id: 1, outcome: 'done' });
    request.onOutput(Buffer.from('more'), 'stdout');
    return { runtime: 'crun', status };
  };
  return { requests, operations: { runImage } };
}

describe('run', () => {
  it.each([0, 3, 137])('hands on what the container writes, byte for byte, and its exit status %i', async (status) => {
    expect(await runCli(['run', 'oci:a'], running(status))).toMatchObject({
      status,
      stdout: 'out\x1b[1m\nmore',
      stderr: 'err\n',
    });
  });

  it('draws no progress between the lines of the container', async () => {
    const { stderr } = await runCli(['run', 'oci:a'], { ...running(0), stderr: { isTerminal: true } });
    expect(stderr).toBe('err\n');
  });

  it.each([
    [['oci:a'], { args: [], hasNetwork: false }],
    [['oci:a', 'ls', '/'], { args: ['ls', '/'] }],
    [['oci:a', '--', '--version', '-x'], { args: ['--version', '-x'] }],
    [['oci:a', '--runtime', 'runc', '--network'], { runtime: 'runc', hasNetwork: true, args: [] }],
    [['oci:a', '--env', 'A=1', '--env', 'B=x=y', '--env', 'A='], { env: { A: '', B: 'x=y' } }],
    [['oci:a', '--platform', 'linux/arm64'], { platform: { os: 'linux', architecture: 'arm64' } }],
  ])('hands on what is asked for: %j', async (argv, expected) => {
    const { requests, operations } = running(0);
    await runCli(['run', ...argv], { operations });
    expect(requests[0]).toMatchObject({ reference: { transport: 'oci', path: 'a' }, ...expected });
    expect(requests[0]!.network).toBeUndefined();
  });

  it('tells the runtime where everything is asked for', async () => {
    expect((await runCli(['run', 'oci:a', '-v'], running(3))).stderr).toBe('err\ncrun ran it; exit status 3\n');
  });

  it.each([
    [['--json'], 'run takes no --json'],
    [['--env', 'A'], 'sets no variable'],
    [['--env', '=x'], 'sets no variable'],
    [['--runtime', 'docker'], 'is invalid'],
  ])('refuses %j', async (argv, message) => {
    const { requests, operations } = running(0);
    const { status, stdout, stderr } = await runCli(['run', 'oci:a', ...argv], { operations });
    expect([status, requests]).toEqual([64, []]);
    expect(stdout + stderr).toContain(message);
  });

  it('exits as other commands do where tbuild itself fails', async () => {
    const runImage = async () => Promise.reject(fail('runtime-missing', { message: 'None is here' }));
    const { status, stderr } = await runCli(['run', 'oci:a'], { operations: { runImage } });
    expect([status, stderr]).toEqual([1, 'error[runtime-missing]: None is here\n']);
  });
});
