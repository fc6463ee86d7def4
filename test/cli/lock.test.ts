import { describe, expect, it } from 'vitest';
import { fail } from '../../src/errors/index.js';
import type { ApplyImagesRequest, LockRequest, LockResult, PlanImagesRequest } from '../../src/operations/index.js';
import { runCli } from './support/fake-io.js';
import { applied, applySet, fakeDigest, layer, plan, planOfOne, platformPlan, unchangedPlan } from './support/plans.js';

type Changes = LockResult['changes'];

const CHANGES: Changes = [
  {
    change: 'changed',
    what: 'package libc6',
    platform: 'linux/amd64',
    before: '2.36-9+deb12u9',
    after: '2.36-9+deb12u10',
  },
  { change: 'added', what: 'fetch https://example.com/tool', before: null, after: fakeDigest('a') },
  { change: 'removed', what: 'image busybox:1.36', platform: 'linux/arm64', before: fakeDigest('b'), after: null },
];

function locking(result: Partial<LockResult> = {}) {
  const requests: LockRequest[] = [];
  const lockImage = async (_: unknown, request: LockRequest): Promise<LockResult> => {
    requests.push(request);
    return { file: 'image.lock.json', changes: CHANGES, isWritten: true, ...result };
  };
  return { requests, operations: { lockImage } };
}

describe('lock', () => {
  it('says what moved, old to new, and that the lock is to be committed', async () => {
    const { status, stdout, stderr } = await runCli(['lock'], locking());
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: `~ package libc6                   2.36-9+deb12u9 → 2.36-9+deb12u10  linux/amd64
+ fetch https://example.com/tool  sha256:aaaaaaaaaaaa
- image busybox:1.36              sha256:bbbbbbbbbbbb               linux/arm64
image.lock.json  1 pin added, 1 moved, 1 dropped
`,
      stderr: 'Commit image.lock.json.\n',
    });
  });

  it.each<[string, Partial<LockResult>, string]>([
    ['nothing', { changes: [], isWritten: false }, 'Nothing moved: every pin that is needed is there.\n'],
    ['only facts of the base', { changes: [] }, 'image.lock.json  no pin moved; what is known of the base was added\n'],
    [
      'what it may not write',
      { changes: CHANGES.slice(2), isWritten: false },
      '- image busybox:1.36  sha256:bbbbbbbbbbbb  linux/arm64\nimage.lock.json  1 pin dropped; not written\n',
    ],
  ])('says so where there is %s', async (_, result, stdout) => {
    expect((await runCli(['lock'], locking(result))).stdout).toBe(stdout);
  });

  it('shows whole digests with --verbose, nothing with --quiet, and the result under --json', async () => {
    expect((await runCli(['lock', '-v'], locking())).stdout).toContain(
      `+ fetch https://example.com/tool  ${fakeDigest('a')}`,
    );
    const { stdout, stderr } = await runCli(['lock', '--quiet'], locking());
    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: '' });
    const result = { file: 'image.lock.json', changes: CHANGES, isWritten: true };
    expect(JSON.parse((await runCli(['lock', '--json'], locking())).stdout)).toEqual(result);
  });

  it.each<[readonly string[], Partial<LockRequest>]>([
    [[], { file: 'image.yaml' }],
    [['app'], { file: 'app' }],
    [['--update'], { file: 'image.yaml', update: 'all', frozen: false }],
    [['app', '--update', 'libc6', 'base'], { file: 'app', update: ['libc6', 'base'], frozen: false }],
    [
      ['--update', 'https://example.com/a.yaml'],
      { file: 'image.yaml', update: ['https://example.com/a.yaml'], frozen: false },
    ],
    [['--frozen'], { file: 'image.yaml', frozen: true }],
    [['--no-frozen'], { file: 'image.yaml', frozen: false }],
  ])('hands on %j', async (argv, expected) => {
    const { requests, operations } = locking();
    await runCli(['lock', ...argv], { operations });
    const { report, ...request } = requests[0]!;
    expect(request).toEqual(expected);
  });

  it.each([
    [['--update', '--frozen'], '--update and --frozen exclude each other'],
    [['--update', 'app.yaml'], '"app.yaml" is a manifest, and what follows --update are pins'],
  ])('refuses %j', async (argv, message) => {
    const { requests, operations } = locking();
    const { status, stderr } = await runCli(['lock', ...argv], { operations });
    expect({ status, requests }).toEqual({ status: 64, requests: [] });
    expect(stderr).toContain(message);
  });

  it('exits 4 where a pin is missing', async () => {
    const lockImage = async (): Promise<LockResult> => {
      throw fail('pin-missing', { message: 'The lock has no pin of "debian:12"' });
    };
    const { status, stderr } = await runCli(['lock', '--frozen'], { operations: { lockImage } });
    expect(status).toBe(4);
    expect(stderr).toContain('error[pin-missing]: The lock has no pin of "debian:12"');
  });
});

describe('--frozen and --no-frozen', () => {
  it.each([
    [[], {}],
    [['--frozen'], { frozen: true }],
    [['--no-frozen'], { frozen: false }],
  ])('of plan and apply are handed on: %j', async (argv, expected) => {
    const requests: (PlanImagesRequest | ApplyImagesRequest)[] = [];
    const operations = {
      planImages: async (_: unknown, request: PlanImagesRequest) => {
        requests.push(request);
        return planOfOne(plan());
      },
      applyImages: async (_: unknown, request: ApplyImagesRequest) => {
        requests.push(request);
        return applySet([['image.yaml', applied()]]);
      },
    };
    for (const command of ['plan', 'apply']) await runCli([command, ...argv], { operations });
    expect(requests.map(({ frozen }) => (frozen === undefined ? {} : { frozen }))).toEqual([expected, expected]);
  });

  it.each(['plan', 'apply', 'lock'])('are in the help of %s', async (command) => {
    const { stdout } = await runCli([command, '--help']);
    expect(stdout).toMatch(/--frozen .*\n?.*[\s\S]*--no-frozen /);
  });
});

const many: Changes = Array.from({ length: 14 }, (_, i) => ({
  change: 'added',
  what: `package p${i}`,
  platform: 'linux/amd64',
  before: null,
  after: `1.${i}`,
}));

describe('what plan and apply pin', () => {
  const pinned = `Pinned:
  ${many
    .slice(0, 10)
    .map((_, i) => `+ package p${i}  1.${i}  linux/amd64`)
    .join('\n  ')}
  … and 4 more (--verbose or --json shows all)
The lock beside image.yaml was written: commit it.
`;

  it('is told by plan, as far as it is short', async () => {
    const operations = { planImages: async () => planOfOne({ ...unchangedPlan, pins: many }) };
    const { stdout } = await runCli(['plan'], { operations });
    expect(stdout).toBe(`No changes. example.com/app is up to date: ${fakeDigest('9')}\n${pinned}`);
    expect((await runCli(['plan', '--verbose'], { operations })).stdout).toContain('+ package p13  1.13');
  });

  it('is told by apply before the next step, and not with --quiet', async () => {
    const operations = { applyImages: async () => applySet([['image.yaml', applied({ plan: plan({ pins: many }) })]]) };
    const { stderr } = await runCli(['apply'], { operations });
    expect(stderr).toBe(`${pinned}The image is in the cache. To write it somewhere: tbuild apply -o oci:DIR:TAG\n`);
    expect((await runCli(['apply', '--quiet'], { operations })).stderr).toBe('');
  });
});

describe('what is brought along', () => {
  const reasons = [
    { what: '/usr/bin/env', why: '/usr/bin/tool (#!)' },
    { what: '/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2', why: '/usr/bin/curl' },
    { what: '/usr/lib/x86_64-linux-gnu/libz.so.1', why: '/usr/bin/curl → libz.so.1' },
    { what: 'package libc6 2.36-9', why: 'curl → libc6' },
  ];
  const both = (arm: typeof reasons) =>
    plan({
      platforms: [
        platformPlan({ layers: [layer('base'), layer('packages', { reasons })] }),
        platformPlan({ platform: 'linux/arm64', layers: [layer('packages', { reasons: arm })] }),
      ],
    });
  const shown = async (value: ReturnType<typeof plan>, ...argv: string[]) =>
    (await runCli(['plan', ...argv], { operations: { planImages: async () => planOfOne(value) } })).stdout;

  it('is counted in the plan, once for all platforms', async () => {
    expect(await shown(both(reasons))).toContain(
      'Brings along: 1 package, 2 libraries, 1 file (tbuild plan --explain says why)\n',
    );
    expect(await shown(plan())).not.toContain('Brings along');
  });

  it('is explained with --explain, by layer; platforms with the same reasons share a table', async () => {
    const stdout = await shown(both(reasons), '--explain');
    expect(stdout).not.toContain('--explain says why');
    expect(stdout).toContain(`
Brought along:
  packages  linux/amd64, linux/arm64
    /usr/bin/env                                    /usr/bin/tool (#!)
    /usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2  /usr/bin/curl
    /usr/lib/x86_64-linux-gnu/libz.so.1             /usr/bin/curl → libz.so.1
    package libc6 2.36-9                            curl → libc6
`);
  });

  it('has a table for each platform where the reasons differ', async () => {
    const stdout = await shown(both(reasons.slice(3)), '--explain');
    expect(stdout).toContain('  packages  linux/amd64\n');
    expect(stdout).toContain('  packages  linux/arm64\n    package libc6 2.36-9  curl → libc6\n');
  });

  it('is explained also where nothing changed, and where there is nothing', async () => {
    expect(await shown(unchangedPlan, '--explain')).toBe(
      `No changes. example.com/app is up to date: ${fakeDigest('9')}\n\nNothing is in the image that is not named in image.yaml.\n`,
    );
  });
});
