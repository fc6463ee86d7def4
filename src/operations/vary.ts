import {
  type ArtifactContext,
  type Circumstance,
  type PreparedArtifact,
  prepareArtifact,
  runArtifact,
  type Variation,
} from '../artifact/index.js';
import { type Difference, withFindings } from '../compare/index.js';
import { TbuildError } from '../errors/index.js';
import type { ArtifactDeclaration, SandboxLevel } from '../manifest/index.js';
import { type ArtifactKey, type Platform, renderPlatform } from '../oci/index.js';
import { diffTrees, type FileTree } from '../tree/index.js';
import { artifactContext } from './build-artifacts.js';
import type { BuildContext } from './build-context.js';
import { fileIn } from './image-files.js';
import type { ImageBuild } from './image-graph.js';
import { renderEntry } from './render-entry.js';
import type { VariationResult, VerifyResult } from './requests.js';

const VARIATIONS: readonly Variation[] = ['time', 'path', 'order', 'cpus', 'locale'];

const DEPENDS: Readonly<Record<VariationResult['variation'], string>> = {
  none: 'Each run gives another output: the command is not reproducible by itself.',
  time: 'The output depends on the time of the build.',
  path: 'The output depends on the directory that the command runs in.',
  order: 'The output depends on the order in which directories list their names.',
  cpus: 'The output depends on the number of processors.',
  locale: 'The output depends on the language or the time zone.',
};

/** What tbuild itself gives every command alike, on any machine, so that nobody's build differs by it. */
const HELD: Readonly<Record<SandboxLevel, readonly VariationResult['variation'][]>> = {
  strict: ['path', 'locale'],
  relaxed: ['locale'],
};

/** A command that does no more what it did, under other circumstances, depends on them. */
const FAILURES = ['artifact-failed', 'artifact-output', 'artifact-limit', 'input-mismatch'];

/** One artifact, built, to be run again. */
interface Trial {
  readonly declaration: ArtifactDeclaration;
  readonly prepared: PreparedArtifact;
  readonly platform: Platform;
  readonly output: FileTree;
  /** How it was built, and is built again. */
  readonly held: ReadonlySet<Circumstance>;
  /** Of the artifacts that it needs. */
  readonly outputs: ReadonlyMap<string, FileTree>;
  readonly artifacts: ArtifactContext;
  readonly context: BuildContext;
  /** The image.yaml that has it, unless it is the one that is tried. */
  readonly base: string | undefined;
}

/** True where a build can give other bytes: the image differed, or an artifact can. */
export function isIrreproducible({ reproducible, variations = [] }: VerifyResult): boolean {
  return !reproducible || variations.some(({ outcome, isHeld }) => outcome === 'differs' && !isHeld);
}

/**
 * Adds every artifact of an image, with what it needs; one that several platforms or images share is one. What is run again
 * overwrites no output here.
 */
async function addTrials(
  { built: { platforms }, context }: ImageBuild,
  base: string | undefined,
  trials: Map<ArtifactKey, Trial>,
): Promise<void> {
  for (const { manifest } of platforms) {
    const { platform } = manifest;
    const artifacts = artifactContext(context, platform);
    const outputs = new Map<string, FileTree>();
    for (const declaration of manifest.artifacts) {
      const prepared = await prepareArtifact(declaration, platform, artifacts, outputs);
      const { name, key, output } = prepared;
      if (output === undefined || key === null) throw new RangeError(`artifact ${name} is not built`);
      outputs.set(name, output);
      if (!trials.has(key))
        trials.set(key, {
          declaration,
          prepared,
          platform,
          output,
          held: new Set(),
          outputs,
          artifacts,
          context,
          base,
        });
    }
  }
}

function whereOf({ declaration, platform }: Trial): string {
  return `artifact ${declaration.name} (${renderPlatform(platform)})`;
}

function outputDifferences(trial: Trial, other: FileTree, cause: string): readonly Difference[] {
  return [...diffTrees(trial.output, other)].map(({ path, before, after }) => ({
    where: whereOf(trial),
    path: `/${path}`,
    expected: renderEntry(before),
    found: renderEntry(after),
    cause,
    isUnexplained: true,
  }));
}

/** How the output of one more run differs, files opened; empty where it does not. */
async function runAgain(trial: Trial, varied: ReadonlySet<Variation>) {
  const { declaration, prepared, platform, output, outputs, artifacts, context } = trial;
  const [only] = varied;
  const cause = DEPENDS[only === undefined || varied.size > 1 ? 'none' : only];
  const how = varied.size === 0 ? 'again' : `with another ${[...varied].join(', ')}`;
  const all = { ...artifacts, varied: new Set([...trial.held, ...varied]) };
  const run = () => runArtifact(prepared, declaration, platform, all, outputs);
  try {
    const other = await context.steps.run(`artifact ${declaration.name}, ${how}`, run);
    const sides = { expected: output, found: other };
    return await withFindings(outputDifferences(trial, other, cause), (side, _, path) => fileIn(sides[side], path), {
      created: context.created,
    });
  } catch (error) {
    if (!(error instanceof TbuildError) || !FAILURES.includes(error.code)) throw error;
    const why = `${cause} ${error.message}.`;
    return [{ where: whereOf(trial), expected: 'the same output', found: error.code, cause: why }];
  }
}

class Tried {
  readonly #trial: Trial;
  readonly #results: VariationResult[] = [];

  constructor(trial: Trial) {
    this.#trial = trial;
  }

  get results(): readonly VariationResult[] {
    return this.#results;
  }

  add(variation: VariationResult['variation'], differences: readonly Difference[], reason?: string): void {
    const outcome = differences.length > 0 ? 'differs' : 'same';
    this.#push(variation, { outcome, differences, ...(reason !== undefined && { reason }) });
  }

  unavailable(variation: Variation, reason: string): void {
    this.#push(variation, { outcome: 'unavailable', reason, differences: [] });
  }

  #push(
    variation: VariationResult['variation'],
    rest: Pick<VariationResult, 'outcome' | 'reason' | 'differences'>,
  ): void {
    const { declaration, platform, prepared, base } = this.#trial;
    const isHeld = HELD[prepared.sandbox.level].includes(variation);
    const artifact = { artifact: declaration.name, ...(base !== undefined && { base }) };
    const about = { ...artifact, platform: renderPlatform(platform), variation, isHeld };
    this.#results.push({ ...about, ...rest });
  }
}

const NOT_ALONE = 'no single circumstance changes it: several together do, or it differs only sometimes';

/**
 * The artifact as it is while the clock stands still, where it then is the same each time: what differs from one run to the next is the
 * time alone.
 */
async function withStillClock(trial: Trial): Promise<Trial | undefined> {
  const { declaration, prepared, platform, outputs, artifacts, context } = trial;
  const held: ReadonlySet<Circumstance> = new Set(['still']);
  const run = () => runArtifact(prepared, declaration, platform, { ...artifacts, varied: held }, outputs);
  try {
    const output = await context.steps.run(`artifact ${declaration.name}, with a clock that stands still`, run);
    const still = { ...trial, held, output };
    return (await runAgain(still, new Set())).length === 0 ? still : undefined;
  } catch (error) {
    if (!(error instanceof TbuildError) || !FAILURES.includes(error.code)) throw error;
    return undefined;
  }
}

/**
 * All circumstances at once first, which is enough where the output stays the same; else none, since a command that is not
 * reproducible by itself depends on nothing in particular; else one by one. Where the time is in the output, the others are told by a
 * clock that stands still: no two runs happen at the same time.
 */
async function tryArtifact(trial: Trial): Promise<readonly VariationResult[]> {
  const tried = new Tried(trial);
  const lacking = new Map<Variation, string>();
  for (const variation of VARIATIONS) {
    const reason = await trial.context.sandboxes.lacks(variation, trial.prepared.sandbox.level);
    if (reason !== undefined) lacking.set(variation, reason);
  }
  const available = VARIATIONS.filter((variation) => !lacking.has(variation));
  const together = await runAgain(trial, new Set(available));
  const alone = together.length === 0 || available.length === 0 ? together : await runAgain(trial, new Set());
  const canTell = together.length > 0 && !lacking.has('time');
  const byTime = canTell ? await runAgain(trial, new Set(['time'])) : [];
  const still = byTime.length > 0 ? await withStillClock(trial) : undefined;
  const isRandom = alone.length > 0 && still === undefined;
  if (isRandom) tried.add('none', alone);
  for (const variation of VARIATIONS) {
    const reason = lacking.get(variation);
    if (reason !== undefined) tried.unavailable(variation, reason);
    else if (isRandom) tried.unavailable(variation, 'the output differs already without it');
    else if (together.length === 0) tried.add(variation, []);
    else if (variation === 'time') tried.add(variation, byTime);
    else tried.add(variation, await runAgain(still ?? trial, new Set([variation])));
  }
  const isUntold = together.length > 0 && tried.results.every(({ outcome }) => outcome !== 'differs');
  if (isUntold) tried.add('none', together, NOT_ALONE);
  return tried.results;
}

/**
 * Runs every artifact of images that were just built again under other circumstances, and says on which of them its output depends.
 * Outputs go to the store of their context, which is to be one that is thrown away.
 *
 * @param builds bases first; the last one is the image that is tried
 */
export async function varyArtifacts(builds: readonly ImageBuild[]): Promise<readonly VariationResult[]> {
  const trials = new Map<ArtifactKey, Trial>();
  const [image, ...bases] = [...builds].reverse();
  if (image !== undefined) await addTrials(image, undefined, trials);
  for (const base of bases) await addTrials(base, base.context.file.manifest.file, trials);
  const results: VariationResult[] = [];
  for (const trial of trials.values()) results.push(...(await tryArtifact(trial)));
  return results;
}
