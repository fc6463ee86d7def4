import { describe, expect, it } from 'vitest';
import type { ApplyImagesRequest, ApplyPlanRequest, PlanImagesRequest, PlanSet } from '../../src/operations/index.js';
import { runCli } from './support/fake-io.js';
import {
  applied,
  applySet,
  fakeDigest,
  place,
  plan,
  planned,
  planOfOne,
  planSet,
  unchangedPlan,
} from './support/plans.js';

const same = (file: string) => planned(file, { plan: { ...unchangedPlan, file } });
const two = planSet([planned('a/image.yaml'), planned('b/image.yaml', { plan: plan({ digest: null }) }), same('c')]);

function planning(result: PlanSet) {
  const requests: PlanImagesRequest[] = [];
  const planImages = async (_: unknown, request: PlanImagesRequest): Promise<PlanSet> => {
    requests.push(request);
    return { ...result, ...(request.output !== undefined && { output: request.output }) };
  };
  return { requests, operations: { planImages } };
}

describe('plan', () => {
  it.each([
    [[], { files: ['image.yaml'] }],
    [['a', 'b/image.yaml'], { files: ['a', 'b/image.yaml'] }],
    [['--local'], { files: ['image.yaml'], isLocal: true }],
    [['a', '-o', 'x/plan.json'], { files: ['a'], output: 'x/plan.json' }],
  ])('hands on what is asked for: %j', async (argv, expected) => {
    const { requests, operations } = planning(two);
    await runCli(['plan', ...argv], { operations });
    const { report: _, ...request } = requests[0]!;
    expect(request).toEqual(expected);
  });

  it('is the plan under --json where one image was asked for, whatever it is put on, and else all of them', async () => {
    const one = planSet([{ ...same('base'), role: 'base' }, planned('a/image.yaml')]);
    const json = async (set: PlanSet) => JSON.parse((await runCli(['plan', '--json'], planning(set))).stdout);
    expect(await json(one)).toEqual(one.images[1]!.plan);
    expect(await json(two)).toEqual(two);
  });

  it('has warnings of what an image is put on in the document of the image', async () => {
    const warning = { message: 'soon gone' };
    const base = planned('base', { role: 'base', plan: plan({ warnings: [warning, { message: 'both' }] }) });
    const set = planSet([base, planned('a', { plan: plan({ warnings: [{ message: 'both' }] }) })]);
    const { stdout, stderr } = await runCli(['plan', '--json'], planning(set));
    expect(JSON.parse(stdout).warnings).toEqual([{ message: 'both' }, warning]);
    expect(stderr).toBe('');
    const all = planSet([{ ...base, role: 'asked' }, planned('a')]);
    expect(JSON.parse((await runCli(['plan', '--json'], planning(all))).stdout)).toEqual(all);
    expect((await runCli(['plan'], planning(all))).stderr).toBe('warning: soon gone\nwarning: both\n');
  });

  it('is a comment with --format markdown', async () => {
    for (const more of [[], ['-q']]) {
      const { stdout } = await runCli(['plan', '--format', 'markdown', ...more], planning(two));
      expect(stdout).toMatch(/^<!-- tbuild plan -->\n### Plan: 2 of 3 images change\n/);
    }
  });

  it('says with --quiet which digest each image will have', async () => {
    expect((await runCli(['plan', '-q'], planning(two))).stdout).toBe(
      `${fakeDigest('9')}  a/image.yaml\n${fakeDigest('9')}  c\n`,
    );
    expect((await runCli(['plan', '-q'], planning(planOfOne(plan())))).stdout).toBe(`${fakeDigest('9')}\n`);
    expect((await runCli(['plan', '-q'], planning(planOfOne(plan({ digest: null }))))).stdout).toBe('');
  });

  it('says where it was saved, and what to do with it', async () => {
    const { stderr } = await runCli(['plan', '-o', 'plan.json'], planning(two));
    expect(stderr).toBe('plan.json is written. To do just this: tbuild apply plan.json\n');
  });

  it.each([
    [two, 2],
    [planSet([same('a'), same('b')]), 0],
    [planSet([{ ...planned('base'), role: 'base' }, same('b')]), 2],
  ])('exits with --detailed-exitcode by all images together', async (set, status) => {
    expect((await runCli(['plan', '--detailed-exitcode'], planning(set))).status).toBe(status);
  });

  it.each([
    [['-o', 'plan'], '"plan" does not end in ".json"'],
    [['-o', ''], '--output names no file'],
    [['--json', '--format', 'markdown'], '--json and --format markdown exclude each other'],
    [['--local', '--against', 'oci:a'], 'cannot be used with option'],
  ])('refuses %j before it does anything', async (argv, message) => {
    const { requests, operations } = planning(two);
    const { status, stderr, stdout } = await runCli(['plan', ...argv], { operations });
    expect([status, requests]).toEqual([64, []]);
    expect(stderr + stdout).toContain(message.replaceAll('"', stdout === '' ? '"' : '\\"'));
  });
});

describe('a saved plan', () => {
  it('is no manifest for plan, which says what takes it', async () => {
    const { status, stderr } = await runCli(['plan', 'images', 'plan.json'], planning(two));
    expect([status, stderr]).toEqual([64, expect.stringContaining('To do what it says: tbuild apply plan.json.')]);
  });
});

describe('apply', () => {
  const pushed = {
    reference: { transport: 'docker', registry: 'a.example', repository: 'app' },
    ...{ tags: ['1'], blobsWritten: 1, bytesWritten: 10, blobsMounted: 0, blobsThere: 0, record: fakeDigest('e') },
  } as const;
  const skipped = { what: 'command version', platform: 'linux/amd64', outcome: 'skipped', at: place(9) } as const;
  const set = applySet([
    ['base/image.yaml', applied({ plan: plan({ summary: { layersToBuild: 2 } }) })],
    ['app/image.yaml', applied({ plan: unchangedPlan, destinations: [pushed], assertions: [skipped] })],
    ['c/image.yaml', applied({ plan: unchangedPlan })],
  ]);

  function applying() {
    const requests: (ApplyImagesRequest | ApplyPlanRequest)[] = [];
    const answer = async (_: unknown, request: ApplyImagesRequest | ApplyPlanRequest) => {
      requests.push(request);
      return set;
    };
    return { requests, operations: { applyImages: answer, applyPlan: answer } };
  }

  it.each([
    [[], { files: ['image.yaml'], destinations: [], push: false }],
    [['a', 'b', '--push'], { files: ['a', 'b'], destinations: [], push: true }],
    [['plan.json'], { plan: 'plan.json', destinations: [], push: false }],
    [['--no-record'], { files: ['image.yaml'], destinations: [], push: false, withoutRecord: true }],
    [['x.json', '--frozen'], { plan: 'x.json', destinations: [], push: false, frozen: true }],
  ])('hands on what is asked for: %j', async (argv, expected) => {
    const { requests, operations } = applying();
    await runCli(['apply', ...argv], { operations });
    const { report: _, ...request } = requests[0]!;
    expect(request).toEqual(expected);
  });

  it('takes a saved plan alone', async () => {
    const { requests, operations } = applying();
    const { status, stderr } = await runCli(['apply', 'a', 'plan.json'], { operations });
    expect([status, requests]).toEqual([64, []]);
    expect(stderr).toContain('"plan.json" is a saved plan, and nothing else can be applied with it');
  });

  it('says of several images which are new and where they are, and sums up', async () => {
    const { stdout, stderr } = await runCli(['apply', 'images'], applying());
    expect(stdout).toBe(`~ base/image.yaml
  image  ${fakeDigest('9')}
  build  built 2 layers
= app/image.yaml
  image       ${fakeDigest('9')}
  build       nothing changed
  assertions  1 not looked at
  pushed      docker://a.example/app (1 tag: 1)  1 blob, 10 B sent
= 1 image unchanged (--verbose names them)
Applied: 1 of 3 images changed, built 2 layers.
`);
    expect(stderr).toBe('note: not looked at: command version (linux/amd64)  image.yaml:9\n');
    const verbose = await runCli(['apply', 'images', '-v'], applying());
    expect(verbose.stdout).toContain(`  record      ${fakeDigest('e')}\n`);
    expect(verbose.stdout).toContain('= c/image.yaml\n');
  });

  it.each([
    [{ layersReused: 1, baseChanged: true }, 'reused 1, base changed'],
    [{ artifactsToRun: 2, layersRemoved: 1, configChanged: true }, 'ran 2 artifacts, removed 1, config changed'],
    [{}, 'manifest changed'],
    [{ changed: false, layersReused: 1 }, 'nothing changed'],
  ])('says how an image came to be: %j', async (summary, phrase) => {
    const applyImages = async () => applySet([['image.yaml', applied({ plan: plan({ summary }) })]]);
    const { stdout } = await runCli(['apply'], { operations: { applyImages } });
    expect(stdout.split('\n')[2]).toBe(`build  ${phrase}`);
  });

  it('has all of them under --json, and a line for each with --quiet', async () => {
    const { stdout } = await runCli(['apply', '--json'], applying());
    const document = JSON.parse(stdout);
    expect(document.summary).toEqual(set.summary);
    expect(document.images[1]).toMatchObject({
      file: 'app/image.yaml',
      result: { destinations: [{ reference: 'docker://a.example/app', record: fakeDigest('e') }] },
    });
    expect((await runCli(['apply', '-q'], applying())).stdout).toBe(
      ['base', 'app', 'c'].map((name) => `${fakeDigest('9')}  ${name}/image.yaml\n`).join(''),
    );
  });
});
