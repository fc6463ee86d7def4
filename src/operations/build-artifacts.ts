import {
  type ArtifactContext,
  keepOutput,
  type PreparedArtifact,
  prepareArtifact,
  runArtifact,
} from '../artifact/index.js';
import type { ArtifactDeclaration, PlatformManifest } from '../manifest/index.js';
import { type ArtifactKey, type Platform, renderPlatform } from '../oci/index.js';
import type { ContentStore } from '../store/index.js';
import type { FileTree } from '../tree/index.js';
import { openSlots } from '../util/index.js';
import type { BuildContext } from './build-context.js';
import { byNeeds, type Halt } from './by-needs.js';
import type { Step, Steps } from './steps.js';

/** The artifacts of one platform: what the plan says of them, and the outputs that are known. */
export interface BuiltArtifacts {
  /** In the order of the manifest. */
  readonly prepared: readonly PreparedArtifact[];
  readonly outputs: ReadonlyMap<string, FileTree>;
}

/** What all artifacts of one run share, whatever image and platform they are for. */
interface Yard {
  /** Lets as many commands run at the same time as there are processors. */
  readonly inPlace: ReturnType<typeof openSlots>;
  /** What was built in this run, and what is being built; undefined for what was not begun after all. */
  readonly built: Map<ArtifactKey, Promise<FileTree | undefined>>;
}

/** A run has one store. */
const yards = new WeakMap<ContentStore, Yard>();

function yardOf({ store, host }: BuildContext): Yard {
  const known = yards.get(store) ?? { inPlace: openSlots(host.workers.count), built: new Map() };
  yards.set(store, known);
  return known;
}

/** What an artifact is called while it runs: with its platform where it is built for each of several. */
function titleOf({ name, perPlatform }: ArtifactDeclaration, platform: Platform, { file }: BuildContext): string {
  const isOneOfMany = perPlatform && file.manifest.platforms.length > 1;
  return isOneOfMany ? `${name} (${renderPlatform(platform)})` : name;
}

/** What artifacts of a platform are built with. */
export function artifactContext(context: BuildContext, platform: Platform): ArtifactContext {
  const { host, file, store, digests, created, steps, sandboxes, pins } = context;
  const { file: manifest } = file.manifest;
  const onOutput = (declaration: ArtifactDeclaration, chunk: Uint8Array): void =>
    steps.report({ kind: 'artifact-output', artifact: titleOf(declaration, platform, context), file: manifest, chunk });
  const platformPins = pins.forPlatform(renderPlatform(platform));
  const shared = { host, directory: file.directory, store, digests, created, sandboxes, onOutput };
  return { ...shared, pins: platformPins, varied: new Set() };
}

/** Does the work while it may report what it reads of tools, which is a step only where it reads much. */
async function showingTools<T>(
  name: string,
  steps: Steps,
  work: (progress: (bytes: number) => void) => Promise<T>,
): Promise<T> {
  let step: Step | undefined;
  try {
    const result = await work((bytes) => {
      step ??= steps.start(`tools of artifact ${name}`);
      step.advance(bytes, 0);
    });
    step?.end('done');
    return result;
  } catch (error) {
    step?.end('failed');
    throw error;
  }
}

class ArtifactBuild {
  readonly prepared = new Map<string, PreparedArtifact>();
  readonly outputs = new Map<string, FileTree>();
  readonly #context: BuildContext & { readonly run: boolean };
  readonly #platform: Platform;
  readonly #artifacts: ArtifactContext;
  readonly #yard: Yard;

  constructor(platform: Platform, context: BuildContext & { readonly run: boolean }) {
    this.#context = context;
    this.#platform = platform;
    this.#artifacts = artifactContext(context, platform);
    this.#yard = yardOf(context);
  }

  async build(declaration: ArtifactDeclaration, halt: Halt): Promise<void> {
    const { name } = declaration;
    const prepared = await showingTools(name, this.#context.steps, (progress) =>
      prepareArtifact(declaration, this.#platform, { ...this.#artifacts, progress }, this.outputs),
    );
    this.prepared.set(name, prepared);
    const output = prepared.output ?? (await this.#output(prepared, declaration, halt));
    if (output !== undefined) this.outputs.set(name, output);
  }

  /** The output of what is not in the cache; undefined where it is not to be built. */
  async #output(
    prepared: PreparedArtifact,
    declaration: ArtifactDeclaration,
    halt: Halt,
  ): Promise<FileTree | undefined> {
    const { key } = prepared;
    if (!this.#context.run || key === null) return undefined;
    const { built, inPlace } = this.#yard;
    const other = built.get(key);
    if (other !== undefined) {
      const output = await other;
      if (output === undefined) return this.#output(prepared, declaration, halt);
      keepOutput(prepared, output, this.#artifacts);
      return output;
    }
    const own = inPlace(async () => (halt.isStopped ? undefined : this.#run(prepared, declaration, halt)));
    const forget = (): unknown => built.delete(key);
    own.then((output) => output ?? forget(), forget);
    built.set(key, own);
    return own;
  }

  async #run(prepared: PreparedArtifact, declaration: ArtifactDeclaration, halt: Halt): Promise<FileTree> {
    const run = () => runArtifact(prepared, declaration, this.#platform, this.#artifacts, this.outputs);
    try {
      const title = titleOf(declaration, this.#platform, this.#context);
      return await this.#context.steps.run(`artifact ${title}`, run);
    } catch (error) {
      // Before the place is free for the next.
      halt.stop();
      throw error;
    }
  }
}

/**
 * Finds the artifacts in the cache and, with `run`, runs those that are not there: each as soon as all that it needs is known, as many
 * at a time as there are processors, and one that several platforms or images have in common once. Without `run` their outputs stay
 * unknown, and so do those of artifacts that need them.
 *
 * @throws TbuildError what the first artifact of the file reports that fails, once all that run have ended
 */
export async function buildArtifacts(
  { artifacts, platform }: PlatformManifest,
  context: BuildContext & { readonly run: boolean },
): Promise<BuiltArtifacts> {
  const build = new ArtifactBuild(platform, context);
  const items = [...artifacts].sort((a, b) => a.at.line - b.at.line || a.at.column - b.at.column);
  const needs = {
    items,
    nameOf: ({ name }: ArtifactDeclaration) => name,
    needsOf: (declaration: ArtifactDeclaration) => Object.values(declaration.needs),
  };
  await byNeeds(needs, (declaration, halt) => build.build(declaration, halt));
  return { prepared: artifacts.map(({ name }) => build.prepared.get(name)!), outputs: build.outputs };
}
