import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openPins } from '../../src/lock/index.js';
import type { ArtifactDeclaration, PlatformManifest } from '../../src/manifest/index.js';
import { buildArtifacts } from '../../src/operations/build-artifacts.js';
import type { BuildContext } from '../../src/operations/build-context.js';
import type { BuildEvent } from '../../src/operations/index.js';
import { Steps } from '../../src/operations/steps.js';
import { artifact, type Bench, type Declared, onBench } from '../artifact/support.js';
import { failureOf, textOf } from '../inputs/support.js';

interface Workplace {
  readonly bench: Bench;
  readonly events: BuildEvent[];
  /** A file outside of all inputs, which commands write to. */
  readonly diary: string;
  lines(): string[];
  build(artifacts: readonly ArtifactDeclaration[], options?: Options): ReturnType<typeof buildArtifacts>;
}

interface Options {
  readonly run?: boolean;
  readonly architecture?: string;
  /** How many commands may run at the same time. */
  readonly count?: number;
}

const atLine = (line: number, name: string, run: string, declared: Declared = {}): ArtifactDeclaration => {
  const declaration = artifact(run, { name, tools: ['sleep', 'cat'], ...declared });
  return { ...declaration, at: { ...declaration.at, line } };
};

const inWorkplace = (work: (place: Workplace) => Promise<void>): Promise<void> =>
  onBench({ a: 'a', b: 'b' }, async (bench) => {
    const events: BuildEvent[] = [];
    const diary = join(bench.directory, '../diary');
    writeFileSync(diary, '');
    const pins = openPins({ lock: undefined, file: 'image.lock.json', isFrozen: false, update: 'none' });
    const { host, directory, store, digests, created, sandboxes } = bench.context;
    const build: Workplace['build'] = (artifacts, { run = true, architecture = 'amd64', count = 2 } = {}) => {
      const context = {
        ...{ store, digests, created, sandboxes, pins, run },
        host: { ...host, workers: { ...host.workers, count } },
        file: { directory, manifest: { file: 'image.yaml', platforms: ['amd64', 'arm64'] } },
        steps: new Steps((event) => events.push(event)),
      } as unknown as BuildContext & { readonly run: boolean };
      const manifest = { artifacts, platform: { os: 'linux', architecture } } as unknown as PlatformManifest;
      return buildArtifacts(manifest, context);
    };
    const lines = (): string[] => readFileSync(diary, 'utf8').split('\n').filter(Boolean);
    await work({ bench, events, diary, lines, build });
  });

/** Notes when it begins and ends. */
const noting = (diary: string, name: string, script = 'sleep 0.3'): string =>
  `echo "+${name}" >> ${diary}; ${script}; echo "-${name}" >> ${diary}; echo ${name} > "$OUT/x"`;

describe('the artifacts of an image', () => {
  it('run at the same time, as many as there are processors', () =>
    inWorkplace(async ({ diary, lines, build }) => {
      const names = ['one', 'two', 'three', 'four'];
      const { outputs } = await build(names.map((name, i) => atLine(i, name, noting(diary, name))));
      expect([...outputs.keys()].sort()).toEqual([...names].sort());
      let running = 0;
      const most = Math.max(...lines().map((line) => (running += line.startsWith('+') ? 1 : -1)));
      expect(most).toBe(2);
    }));

  it('run one after another where there is one processor', () =>
    inWorkplace(async ({ diary, lines, build }) => {
      await build(
        ['one', 'two'].map((name, i) => atLine(i, name, noting(diary, name, ':'))),
        { count: 1 },
      );
      expect(lines()).toEqual(['+one', '-one', '+two', '-two']);
    }));

  it('run once for platforms and images that have them in common', () =>
    inWorkplace(async ({ diary, lines, build }) => {
      const shared = atLine(1, 'shared', noting(diary, 'shared'));
      const own = atLine(1, 'own', noting(diary, 'own'), { perPlatform: true });
      const [first, second, other] = await Promise.all([
        build([shared, own]),
        build([shared, own], { architecture: 'arm64' }),
        build([{ ...shared, name: 'of-another-image' }]),
      ]);
      expect(lines().sort()).toEqual(['+own', '+own', '+shared', '-own', '-own', '-shared']);
      expect(await textOf(second!.outputs.get('shared')!.get('x'))).toBe('shared\n');
      expect(other!.outputs.get('of-another-image')).toBe(first!.outputs.get('shared'));
    }));

  it('that reach the network run once too, and are pinned for each platform', () =>
    inWorkplace(async ({ diary, lines, build }) => {
      const fetched = atLine(1, 'deps', noting(diary, 'deps'), { network: true });
      await Promise.all([build([fetched]), build([fetched], { architecture: 'arm64' })]);
      const { prepared } = await build([fetched], { architecture: 's390x', run: false });
      expect(prepared).toMatchObject([{ name: 'deps', status: 'cached' }]);
      expect(lines()).toEqual(['+deps', '-deps']);
    }));

  it('do not run again where what they need gives the same', () =>
    inWorkplace(async ({ bench, diary, lines, build }) => {
      const base = atLine(1, 'base', `${noting(diary, 'base', 'cat a')}`, { include: ['a'] });
      const top = atLine(2, 'top', noting(diary, 'top', 'cat "$IN/base/x"'), { needs: { base: 'base' } });
      await build([base, top]);
      writeFileSync(join(bench.directory, 'a'), '/* only a comment */');
      const { prepared } = await build([base, top]);
      expect(prepared.map(({ name, status }) => `${name} ${status}`)).toEqual(['base runs', 'top cached']);
      expect(lines()).toEqual(['+base', '-base', '+top', '-top', '+base', '-base']);
    }));

  it('say what is built for each of several platforms with the platform', () =>
    inWorkplace(async ({ build, events }) => {
      const shared = atLine(1, 'shared', 'echo x > "$OUT/x"; echo done');
      const own = { ...atLine(2, 'own', 'echo y > "$OUT/y"; echo done'), perPlatform: true };
      await build([shared, own], { architecture: 'arm64' });
      const said = events.flatMap((event) =>
        event.kind === 'artifact-output' ? [`${event.artifact} of ${event.file}`] : [],
      );
      expect(said.sort()).toEqual(['own (linux/arm64) of image.yaml', 'shared of image.yaml']);
      const titles = events.flatMap((event) => (event.kind === 'step-started' ? [event.title] : []));
      expect(titles).toEqual(expect.arrayContaining(['artifact shared', 'artifact own (linux/arm64)']));
    }));

  it('are only looked at by a plan, in the order of the manifest', () =>
    inWorkplace(async ({ diary, lines, build, events }) => {
      const base = atLine(5, 'base', noting(diary, 'base'));
      const top = atLine(2, 'top', noting(diary, 'top'), { needs: { b: 'base' } });
      const { prepared, outputs } = await build([base, top], { run: false });
      expect(prepared.map(({ name, status }) => `${name} ${status}`)).toEqual(['base runs', 'top waits']);
      expect([outputs.size, lines().length]).toEqual([0, 0]);
      expect(events.filter(({ kind }) => kind === 'artifact-output')).toEqual([]);
    }));

  it('stop at a failure: what runs ends, nothing more begins, and the first of the file is told', () =>
    inWorkplace(async ({ diary, lines, build }) => {
      const artifacts = [
        atLine(3, 'late', noting(diary, 'late', 'sleep 0.5; false')),
        atLine(9, 'early', noting(diary, 'early', 'false')),
        atLine(10, 'waiting', noting(diary, 'waiting')),
        atLine(11, 'after', noting(diary, 'after'), { needs: { x: 'late' } }),
      ];
      const error = await failureOf(() => build(artifacts));
      expect([error.code, error.details.artifact]).toEqual(['artifact-failed', 'late']);
      expect(lines().sort()).toEqual(['+early', '+late']);
    }));

  it('keep what was built beside a failure', () =>
    inWorkplace(async ({ diary, lines, build }) => {
      const good = atLine(1, 'good', noting(diary, 'good'));
      const bad = atLine(2, 'bad', noting(diary, 'bad', 'false'));
      expect((await failureOf(() => build([good, bad]))).details.artifact).toBe('bad');
      const { prepared } = await build([good], { run: false });
      expect(prepared[0]!.status).toBe('cached');
      expect(lines().sort()).toEqual(['+bad', '+good', '-good']);
      // What failed may be tried again, and is.
      await failureOf(() => build([bad]));
      expect(lines().filter((line) => line === '+bad')).toHaveLength(2);
    }));

  it('show that much is read of a tool', () =>
    inWorkplace(async ({ bench, build, events }) => {
      const big = join(bench.directory, '../big');
      writeFileSync(big, Buffer.alloc(40 * 1024 * 1024));
      expect(existsSync(big)).toBe(true);
      await build([atLine(1, 'one', 'true', { tools: [{ name: 'cat', with: [big] }] })], { run: false });
      const started = events.find((event) => event.kind === 'step-started');
      expect(started).toMatchObject({ title: 'tools of artifact one' });
      expect(events.filter(({ kind }) => kind === 'step-ended')).toMatchObject([{ outcome: 'done' }]);
      events.length = 0;
      await build([atLine(1, 'one', 'true')], { run: false });
      expect(events).toEqual([]);
    }));
});
