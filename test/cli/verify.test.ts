import { describe, expect, it } from 'vitest';
import type { VerifyRecordRequest, VerifyRequest, VerifyResult } from '../../src/operations/index.js';
import { runCli } from './support/fake-io.js';
import { fakeDigest, place } from './support/plans.js';

const good: VerifyResult = {
  ...{ reproducible: true, expected: fakeDigest('1'), found: fakeDigest('1'), against: 'the last apply' },
  ...{ differences: [], assertions: [] },
};

function verifying(more: Partial<VerifyResult> = {}) {
  const requests: (VerifyRequest | VerifyRecordRequest)[] = [];
  const answer = async (_: unknown, request: VerifyRequest | VerifyRecordRequest) => {
    requests.push(request);
    return { ...good, ...more };
  };
  return { requests, operations: { verifyImage: answer, verifyRecord: answer } };
}

const tried = { artifact: 'a', platform: 'linux/amd64', variation: 'time', isHeld: false, differences: [] } as const;
const assertion = { what: 'files /a', platform: 'linux/amd64', at: place(3) } as const;

describe('verify', () => {
  it.each([
    [[], { file: 'image.yaml' }],
    [['-f', 'app', '--vary'], { file: 'app', vary: true }],
    [['docker://a.example/b:1', '--from', 'repository'], { file: 'image.yaml', expected: { kind: 'image' } }],
    [['docker://a.example/b:1', '--from', 'record'], { reference: { registry: 'a.example', tag: '1' } }],
  ])('hands on what is asked for: %j', async (argv, expected) => {
    const { requests, operations } = verifying();
    const { hosts } = await runCli(['verify', ...argv], { operations });
    expect(requests[0]).toMatchObject(expected);
    expect(hosts[0]!.variation).toBeDefined();
    expect('file' in requests[0]!).toBe('file' in expected);
  });

  it.each([
    [['--from', 'record'], '--from record needs an image'],
    [[fakeDigest('a'), '--from', 'record'], '--from record needs an image'],
    [['oci:a', '--from', 'record', '-f', 'app'], '--from record and --file exclude each other'],
    [['oci:a', '--from', 'record', '--vary'], '--from record and --vary exclude each other'],
    [['oci:a', '--from', 'memory'], 'is invalid'],
  ])('refuses %j', async (argv, message) => {
    const { requests, operations } = verifying();
    const { status, stderr } = await runCli(['verify', ...argv], { operations });
    expect([status, requests]).toEqual([64, []]);
    expect(stderr).toContain(message);
  });

  it.each([
    ['everything is well', {}, 0],
    ['the image is another one', { reproducible: false }, 3],
    ['an artifact depends on the time', { variations: [{ ...tried, outcome: 'differs' as const }] }, 3],
    [
      'an artifact depends on what is held',
      { variations: [{ ...tried, outcome: 'differs' as const, isHeld: true }] },
      0,
    ],
    ['a variation cannot be tried', { variations: [{ ...tried, outcome: 'unavailable' as const }] }, 0],
    ['an assertion fails', { assertions: [{ ...assertion, outcome: 'fails' as const }] }, 1],
    ['an assertion is skipped', { assertions: [{ ...assertion, outcome: 'skipped' as const }] }, 0],
    [
      'an assertion of another image fails',
      { reproducible: false, assertions: [{ ...assertion, outcome: 'fails' as const }] },
      3,
    ],
  ])('exits as it should where %s', async (_, more, status) => {
    expect((await runCli(['verify'], verifying(more))).status).toBe(status);
  });

  it('is the result as it is under --json', async () => {
    const result = { taken: ['a'], variations: [{ ...tried, outcome: 'same' as const }] };
    const { stdout } = await runCli(['verify', '--json'], verifying(result));
    expect(JSON.parse(stdout)).toEqual({ ...good, ...result });
  });
});
