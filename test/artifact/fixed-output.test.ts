import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type PreparedArtifact, prepareArtifact, runArtifact } from '../../src/artifact/index.js';
import { type ImageLock, openPins, type PinOptions, type Pins } from '../../src/lock/index.js';
import type { ArtifactDeclaration } from '../../src/manifest/index.js';
import { digestOfTree, type FileTree } from '../../src/tree/index.js';
import { failureOf, lay, textOf } from '../inputs/support.js';
import { artifact, type Bench, onBench } from './support.js';

const platform = { os: 'linux', architecture: 'amd64' };

/** What it "fetches" lies outside of its inputs. */
const fetching = (from: string, more: string = ''): ArtifactDeclaration =>
  artifact(`cat a ${from} > "$OUT/x"; echo same > "$OUT/y"${more}`, {
    name: 'deps',
    include: ['a'],
    tools: ['cat'],
    network: true,
  });

const pinsOf = (lock: ImageLock | undefined, more: Partial<PinOptions> = {}): Pins =>
  openPins({ lock, file: 'image.lock.json', isFrozen: false, update: 'none', ...more });

interface Run {
  readonly prepared: PreparedArtifact;
  readonly output: FileTree | undefined;
  /** As it is after the run. */
  readonly lock: ImageLock;
}

/** One run of tbuild: `plan` where nothing may run. */
async function runWith({ context }: Bench, declaration: ArtifactDeclaration, pins: Pins, isPlan = false): Promise<Run> {
  const given = { ...context, pins: pins.forPlatform('linux/amd64') };
  const prepared = await prepareArtifact(declaration, platform, given, new Map());
  const mayRun = prepared.status === 'runs' && !isPlan;
  const output = mayRun ? await runArtifact(prepared, declaration, platform, given, new Map()) : prepared.output;
  return { prepared, output, lock: pins.finish().lock };
}

/** The work with a file outside of the inputs that the command reads. */
const withOutside = (work: (bench: Bench, outside: string) => Promise<void>): Promise<void> =>
  onBench({ a: 'a' }, async (bench) => {
    const outside = join(bench.directory, '../outside');
    lay(outside, { file: '1' });
    await work(bench, join(outside, 'file'));
  });

describe('an artifact that reaches the network', () => {
  it('is run and pinned, then taken from the cache by its pin, whatever tools there are', () =>
    withOutside(async (bench, outside) => {
      const declaration = fetching(outside);
      const first = await runWith(bench, declaration, pinsOf(undefined));
      expect(first.prepared.status).toBe('runs');
      const pin = first.lock.platforms['linux/amd64']!.artifacts!.deps!;
      expect(pin.output).toBe(digestOfTree(first.output!));
      const tools = [...declaration.tools, ...artifact('', { tools: ['ls'] }).tools];
      const again = await runWith(bench, { ...declaration, tools }, pinsOf(first.lock, { isFrozen: true }));
      expect(again.prepared).toMatchObject({ status: 'cached' });
      expect(again.prepared.key).not.toBe(first.prepared.key);
      expect(await textOf(again.output!.get('x'))).toBe('a1');
      expect(again.lock).toEqual(first.lock);
    }));

  it('is not run by a plan, which leaves the lock as it is', () =>
    withOutside(async (bench, outside) => {
      const none = await runWith(bench, fetching(outside), pinsOf(undefined), true);
      expect(none).toMatchObject({ prepared: { status: 'runs' }, output: undefined });
      expect(none.lock.platforms).toEqual({});
      const { lock } = await runWith(bench, fetching(outside), pinsOf(undefined));
      writeFileSync(join(bench.directory, 'a'), 'changed');
      expect((await runWith(bench, fetching(outside), pinsOf(lock), true)).lock).toEqual(lock);
    }));

  it('must make what is pinned, and names what is different', () =>
    withOutside(async (bench, outside) => {
      const { lock, output } = await runWith(bench, fetching(outside), pinsOf(undefined));
      writeFileSync(outside, '2');
      const moved = { ...fetching(outside), tools: artifact('', { tools: ['cat', 'ls'] }).tools };
      const expected = lock.platforms['linux/amd64']!.artifacts!.deps!.output;
      // What is pinned is in the cache, so that nothing has to run.
      expect((await runWith(bench, moved, pinsOf(lock))).prepared.status).toBe('cached');
      bench.context.store.records.remove('artifact', `output:${expected}`);
      const error = await failureOf(() => runWith(bench, moved, pinsOf(lock)));
      expect(error.code).toBe('input-mismatch');
      expect(error.exit).toBe(4);
      expect(error.details).toMatchObject({ artifact: 'deps', expected });
      expect(error.details.found).not.toBe(expected);
      expect(error.hint).toContain('tbuild lock --update deps');
      expect(digestOfTree(output!)).toBe(expected);
    }));

  it('says which paths differ where what was pinned is still in the cache', () =>
    withOutside(async (bench, outside) => {
      const { lock } = await runWith(bench, fetching(outside), pinsOf(undefined));
      const pins = pinsOf(lock);
      const prepared = await prepareArtifact(
        fetching(outside),
        platform,
        { ...bench.context, pins: pins.forPlatform('linux/amd64') },
        new Map(),
      );
      writeFileSync(outside, '2');
      const given = { ...bench.context, pins: pins.forPlatform('linux/amd64') };
      const error = await failureOf(() => runArtifact(prepared, fetching(outside), platform, given, new Map()));
      expect(error.code).toBe('input-mismatch');
      expect(error.message).toMatch(/different: "x"$/);
      expect(error.details.paths).toEqual(['x']);
    }));

  it('is run and pinned anew for another request', () =>
    withOutside(async (bench, outside) => {
      const { lock } = await runWith(bench, fetching(outside), pinsOf(undefined));
      writeFileSync(join(bench.directory, 'a'), 'b');
      const next = await runWith(bench, fetching(outside), pinsOf(lock));
      expect(next.prepared.status).toBe('runs');
      const [before, after] = [lock, next.lock].map((it) => it.platforms['linux/amd64']!.artifacts!.deps!);
      expect(after!.request).not.toBe(before!.request);
      expect(after!.output).not.toBe(before!.output);
    }));

  it('is run again when an update names it, though its output is in the cache', () =>
    withOutside(async (bench, outside) => {
      const { lock } = await runWith(bench, fetching(outside), pinsOf(undefined));
      writeFileSync(outside, '2');
      const next = await runWith(bench, fetching(outside), pinsOf(lock, { update: ['deps'] }));
      expect(await textOf(next.output!.get('x'))).toBe('a2');
      expect(next.lock.platforms['linux/amd64']!.artifacts!.deps!.output).toBe(digestOfTree(next.output!));
    }));

  it('does not run again after a build that failed elsewhere, and so pinned nothing', () =>
    withOutside(async (bench, outside) => {
      const first = await runWith(bench, fetching(outside), pinsOf(undefined));
      writeFileSync(outside, '2');
      const again = await runWith(bench, fetching(outside), pinsOf(undefined), true);
      expect(again.prepared.status).toBe('cached');
      expect(again.lock).toEqual(first.lock);
    }));

  it('runs in a later build when an update has dropped its pin', () =>
    withOutside(async (bench, outside) => {
      const { lock } = await runWith(bench, fetching(outside), pinsOf(undefined));
      writeFileSync(outside, '2');
      const dropped = await runWith(bench, fetching(outside), pinsOf(lock, { update: ['deps'] }), true);
      expect(dropped).toMatchObject({ prepared: { status: 'runs' }, output: undefined });
      expect(dropped.lock.platforms).toEqual({});
      const next = await runWith(bench, fetching(outside), pinsOf(dropped.lock));
      expect(await textOf(next.output!.get('x'))).toBe('a2');
    }));

  it('keeps its pin while it waits for another', () =>
    withOutside(async (bench, outside) => {
      const { lock } = await runWith(bench, fetching(outside), pinsOf(undefined));
      const waiting = { ...fetching(outside), needs: { tool: 'other' } };
      const run = await runWith(bench, waiting, pinsOf(lock));
      expect(run.prepared).toMatchObject({ status: 'waits', wanted: undefined });
      expect(run.lock).toEqual(lock);
    }));

  it('must be pinned, and for this very request, where the lock is frozen', () =>
    withOutside(async (bench, outside) => {
      const frozen = { isFrozen: true };
      const { code, at } = await failureOf(() => runWith(bench, fetching(outside), pinsOf(undefined, frozen)));
      expect([code, at]).toEqual(['pin-missing', fetching(outside).at]);
      const { lock } = await runWith(bench, fetching(outside), pinsOf(undefined));
      const other = fetching(outside, '; true');
      expect((await failureOf(() => runWith(bench, other, pinsOf(lock, frozen)))).code).toBe('pin-stale');
    }));
});
