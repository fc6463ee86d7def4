import { describe, expect, it } from 'vitest';
import { createNodeHost } from '../../src/host/index.js';
import {
  applyImage,
  applyImages,
  type VariationResult,
  type VerifyResult,
  verifyImage,
} from '../../src/operations/index.js';
import { need } from '../support/programs.js';
import { workspace } from './support.js';

const host = createNodeHost();

interface Trial {
  /** Shell, in which `$OUT` is the output. */
  readonly run: string;
  readonly tools?: readonly string[];
  readonly sandbox?: 'strict' | 'relaxed';
}

/** The image of one artifact, verified after it was applied. */
async function verified({ run, tools = [], sandbox = 'relaxed' }: Trial): Promise<VerifyResult> {
  const { request } = workspace({
    'image.yaml': `version: 1
platforms: [linux/amd64]
base: scratch
artifacts:
  made:
    run: ${JSON.stringify(run)}
    inputs: { include: ["**"] }
    tools: ${JSON.stringify(tools)}
    sandbox: ${sandbox}
layers: [{ name: made, contents: [{ artifact: made, to: / }] }]
`,
    'c.txt': 'c\n',
    'a.txt': 'a\n',
    'b.txt': 'b\n',
  });
  await applyImage(host, { ...request, destinations: [] });
  return verifyImage(host, { ...request, vary: true });
}

const outcomes = (variations: readonly VariationResult[] | undefined) =>
  Object.fromEntries((variations ?? []).map(({ variation, outcome }) => [variation, outcome]));

const found = (results: readonly VariationResult[] | undefined, variation: string) =>
  results?.find((result) => result.variation === variation);

/** On the machine of the tests every circumstance can be made different. */
const canVary = need('faketime', 'taskset', 'bwrap');

describe.skipIf(!canVary)('an artifact that is run again under other circumstances', () => {
  it('is the same where its command depends on nothing but its inputs', async () => {
    const result = await verified({ run: 'cat a.txt b.txt > "$OUT/all"', tools: ['cat'] });
    expect(result.reproducible).toBe(true);
    expect(outcomes(result.variations)).toEqual({
      time: 'same',
      path: 'same',
      order: 'same',
      cpus: 'same',
      locale: 'same',
    });
  });

  const dependent: readonly [string, Trial, string, RegExp][] = [
    ['the date', { run: 'date +%Y > "$OUT/year"', tools: ['date'] }, 'time', /the time of the build/],
    [
      'the working directory',
      { run: 'pwd > "$OUT/where"', sandbox: 'strict' },
      'path',
      /the directory that the command runs in/,
    ],
    [
      'the number of processors',
      { run: 'nproc > "$OUT/processors"', tools: ['nproc'] },
      'cpus',
      /the number of processors/,
    ],
    [
      'the time zone',
      { run: 'date -d @0 +%H > "$OUT/hour"', tools: ['date'] },
      'locale',
      /the language or the time zone/,
    ],
    [
      'the order of directories',
      { run: 'ls -U *.txt; ls -U > "$OUT/list"', tools: ['ls'] },
      'order',
      /the order in which directories/,
    ],
  ];
  it.each(dependent)('is found to depend on %s', async (_title, trial, variation, cause) => {
    const { reproducible, variations } = await verified(trial);
    expect(reproducible).toBe(true);
    expect(outcomes(variations)).toEqual({
      ...{ time: 'same', path: 'same', order: 'same', cpus: 'same', locale: 'same' },
      [variation]: 'differs',
    });
    const [difference] = found(variations, variation)!.differences;
    expect(difference).toMatchObject({ where: 'artifact made (linux/amd64)', cause: expect.stringMatching(cause) });
    expect(difference!.findings).not.toEqual([]);
  });

  it('is tried also where it is that of an image which this one is put on, and once where both have it', async () => {
    const text = (base: string, run: string) => `version: 1
platforms: [linux/amd64]
base: ${base}
artifacts:
  made: { run: '${run}', tools: [nproc] }
  same: { run: 'echo > $OUT/same' }
layers: [{ name: made, contents: [{ artifact: made, to: / }] }]
`;
    const { request, path } = workspace({
      'image.yaml': text('./low', 'echo > $OUT/high'),
      'low/image.yaml': text('scratch', 'nproc > $OUT/low'),
    });
    await applyImages(host, { ...request, files: [path('image.yaml')], destinations: [] });
    const { variations } = await verifyImage(host, { ...request, file: path('image.yaml'), vary: true });
    const names = new Set(variations!.map(({ artifact, base }) => `${base ?? '-'} ${artifact}`));
    expect([...names]).toEqual(['- made', '- same', `${path('low/image.yaml')} made`]);
    const differing = variations!.filter(({ outcome }) => outcome === 'differs');
    expect(differing).toMatchObject([{ artifact: 'made', base: path('low/image.yaml'), variation: 'cpus' }]);
  });

  it('is held by tbuild: the path in a strict sandbox only, language and time zone always', async () => {
    const held: Record<string, boolean> = {};
    for (const sandbox of ['strict', 'relaxed'] as const) {
      const { variations } = await verified({ run: 'echo > "$OUT/made"', sandbox });
      for (const { variation, isHeld } of variations!) held[`${sandbox} ${variation}`] = isHeld;
    }
    const names = Object.entries(held).flatMap(([name, isHeld]) => (isHeld ? [name] : []));
    expect(names).toEqual(['strict path', 'strict locale', 'relaxed locale']);
  });

  it('says the reason where a command fails under other circumstances', async () => {
    const { variations } = await verified({
      run: 'test "$(date +%Y)" -lt 2027; echo made > "$OUT/made"',
      tools: ['date', 'test'],
    });
    expect(found(variations, 'time')!.differences).toMatchObject([
      {
        found: 'artifact-failed',
        cause: expect.stringMatching(/the time of the build\. The command of artifact "made" exited/),
      },
    ]);
  });
});

describe('an artifact that gives another output each time', () => {
  const nondeterministic: readonly [string, Trial, RegExp][] = [
    ['$RANDOM', { run: 'bash -c "echo \\$RANDOM\\$RANDOM" > "$OUT/random"', tools: ['bash'] }, /not reproducible/],
    ['its process id', { run: 'echo $$ > "$OUT/pid"' }, /not reproducible/],
  ];
  it.each(['strict', 'relaxed'] as const)(
    'because of the time is told to depend on that alone, in %s',
    async (sandbox) => {
      const run = 'date +%s.%N > "$OUT/time"; nproc > "$OUT/processors"';
      const { reproducible, variations } = await verified({ run, tools: ['date', 'nproc'], sandbox });
      expect(reproducible).toBe(false);
      expect(outcomes(variations)).toEqual({
        ...{ time: 'differs', path: 'same', order: 'same', cpus: 'differs', locale: 'same' },
      });
      expect(found(variations, 'time')!.differences[0]!.cause).toMatch(/^The output depends on the time of the build/);
      expect(found(variations, 'cpus')!.differences.map(({ path }) => path)).toEqual(['/processors']);
    },
  );

  it.each(nondeterministic)('because of %s is named, with the file and what is in it', async (_title, trial, cause) => {
    const { reproducible, differences, variations } = await verified(trial);
    expect(reproducible).toBe(false);
    expect(differences).toMatchObject([{ where: 'layer made (linux/amd64)', cause: expect.stringMatching(cause) }]);
    expect(differences[0]!.findings).toMatchObject([{ kind: 'text', where: 'line 1' }]);
    expect(variations![0]).toMatchObject({ variation: 'none', outcome: 'differs', isHeld: false });
    expect(new Set(variations!.slice(1).map(({ outcome }) => outcome))).toEqual(new Set(['unavailable']));
  });
});
