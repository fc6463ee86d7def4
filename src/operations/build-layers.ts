import { mayReplace, packageGroup, readContent } from '../inputs/index.js';
import { type BuiltLayer, buildLayer, type LayerFormat, layerKey } from '../layer/index.js';
import type { ContentDeclaration, LayerDeclaration } from '../manifest/index.js';
import { type DiffId, isDigest, type LayerKey, layerMediaType, renderPlatform } from '../oci/index.js';
import type { LayerState } from '../plan/index.js';
import { assembleLayer, type Contribution, type FileTree, overlay, splitLayer } from '../tree/index.js';
import { compareUtf8 } from '../util/index.js';
import type { ObservedBase } from './base-facts.js';
import type { BuildContext } from './build-context.js';
import { layerReading, type PlatformReading } from './content-context.js';
import type { Step } from './steps.js';

/** A layer as the plan sees it and, where it is known, as the image needs it. */
export interface PreparedLayer {
  readonly state: LayerState;
  readonly built: BuiltLayer | undefined;
}

interface KeptLayer {
  readonly digest: BuiltLayer['descriptor']['digest'];
  readonly size: number;
  readonly diffId: DiffId;
}

function unknownLayer({ name, at }: LayerDeclaration): PreparedLayer {
  const nothing = { key: null, digest: null, diffId: null, sizeBytes: null, shippedTwiceBytes: 0, tree: undefined };
  return { state: { name, at, cached: false, ...nothing }, built: undefined };
}

/** The layer that an earlier run built from the same entries, if its bytes are still there. */
function findKept(key: LayerKey, format: LayerFormat, { store }: BuildContext): BuiltLayer | undefined {
  const text = store.records.read('layer', key);
  if (text === undefined) return undefined;
  const { digest, size, diffId } = JSON.parse(text) as KeptLayer;
  if (!isDigest(digest) || store.sizeOf(digest) !== size) return undefined;
  return { descriptor: { mediaType: layerMediaType(format.compression), digest, size }, diffId };
}

function contentBytes(tree: FileTree): number {
  return tree.entries.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.size : 0), 0);
}

async function build(tree: FileTree, format: LayerFormat, context: BuildContext, title: string): Promise<BuiltLayer> {
  const { host, store, compressor, steps } = context;
  const work = (step: Step): Promise<BuiltLayer> =>
    buildLayer(tree, format, {
      compressor,
      store: (bytes) => store.ingest(bytes),
      progress(bytes) {
        host.interruption.throwIfAborted();
        step.advance(bytes, 0);
      },
    });
  return steps.run(title, work, { totalBytes: contentBytes(tree) });
}

function remember(key: LayerKey, { descriptor, diffId }: BuiltLayer, { store }: BuildContext): void {
  const { digest, size } = descriptor;
  store.records.write('layer', key, JSON.stringify({ digest, size, diffId } satisfies KeptLayer));
}

function titleOf(name: string, { manifest }: PlatformReading): string {
  return `layer ${name} (${renderPlatform(manifest.platform)})`;
}

async function readContributions(
  layer: LayerDeclaration,
  lower: FileTree,
  reading: PlatformReading,
): Promise<readonly Contribution[]> {
  const { steps, taken } = reading.context;
  return steps.run(`inputs of ${titleOf(layer.name, reading)}`, async (step) => {
    const contextOf = layerReading(layer, reading, step);
    const contributions: Contribution[] = [];
    for (const content of layer.contents) {
      const read = () => readContent(content, contextOf(content, lower, [...contributions]));
      const place = { content, layer, platform: renderPlatform(reading.manifest.platform) };
      const tree = await (taken === undefined ? read() : taken.treeOf(place, read));
      contributions.push({ tree, replace: mayReplace(content) });
    }
    return contributions;
  });
}

/** Finds the pins of a layer that cannot be put together yet: the lock does not depend on what was built. */
async function findPins(layer: LayerDeclaration, lower: FileTree, reading: PlatformReading): Promise<void> {
  const isPinned = ({ kind }: LayerDeclaration['contents'][number]): boolean =>
    kind === 'fetch' || kind === 'debian' || kind === 'image';
  if (!layer.contents.some(isPinned)) return;
  await reading.context.steps.run(`pins of ${titleOf(layer.name, reading)}`, async (step) => {
    const contextOf = layerReading(layer, reading, step);
    for (const content of layer.contents.filter(isPinned)) await readContent(content, contextOf(content, lower, []));
  });
}

/** The parts of a declared layer, each a layer of the image: those of packages by name, and last what is of no package. */
function partsOf({ name, split }: LayerDeclaration, tree: FileTree): readonly (readonly [string, FileTree])[] {
  if (split === undefined) return [[name, tree]];
  const parts: (readonly [string, FileTree])[] = [];
  let rest: FileTree | undefined;
  for (const [group, part] of splitLayer(tree, packageGroup(split))) {
    if (group === undefined) rest = part;
    else parts.push([`${name}/${group}`, part]);
  }
  parts.sort(([a], [b]) => compareUtf8(a, b));
  return rest === undefined && parts.length > 0 ? parts : [...parts, [name, rest ?? tree]];
}

async function prepare(
  part: { readonly name: string; readonly tree: FileTree; readonly shippedTwiceBytes: number },
  layer: LayerDeclaration,
  reading: PlatformReading,
): Promise<PreparedLayer> {
  const { context } = reading;
  const { type, level } = context.file.manifest.compression;
  const format: LayerFormat = { compression: type, level, created: context.created };
  const { name, tree, shippedTwiceBytes } = part;
  const key = layerKey(tree, format);
  const kept = findKept(key, format, context);
  const built = kept ?? (await build(tree, format, context, titleOf(name, reading)));
  if (kept === undefined) remember(key, built, context);
  const { digest, size } = built.descriptor;
  const facts = { key, digest, diffId: built.diffId, sizeBytes: size, shippedTwiceBytes, tree };
  return { state: { name, at: layer.at, cached: kept !== undefined, ...facts }, built };
}

/** False for the output of an artifact that has not run. */
function isAtHand(content: ContentDeclaration, { outputs, context }: PlatformReading): boolean {
  return content.kind !== 'artifact' || outputs.has(content.artifact) || context.taken !== undefined;
}

/**
 * Every layer of one platform, from the bottom up: taken from the cache where its key is known, else built. Above a
 * layer that needs an output that is not known yet nothing is known, because destinations are followed through all
 * that lies below.
 *
 * @param base what lies below the first layer; `observed` hears what was asked of it, and `isKnown` is false for one that waits for
 *   an artifact of its own
 */
export async function buildLayers(
  reading: PlatformReading,
  base: { readonly tree: FileTree; readonly observed: ObservedBase; readonly isKnown: boolean },
): Promise<readonly PreparedLayer[]> {
  const { manifest } = reading;
  const layers: PreparedLayer[] = [];
  let lower = base.tree;
  let { isKnown } = base;
  for (const layer of manifest.layers) {
    const below = base.observed.under(lower);
    isKnown &&= layer.contents.every((content) => isAtHand(content, reading));
    if (!isKnown) {
      await findPins(layer, below, reading);
      layers.push(unknownLayer(layer));
      continue;
    }
    const assembled = assembleLayer(below, await readContributions(layer, below, reading));
    let { shippedTwiceBytes } = assembled;
    for (const [name, tree] of partsOf(layer, assembled.tree)) {
      layers.push(await prepare({ name, tree, shippedTwiceBytes }, layer, reading));
      shippedTwiceBytes = 0;
    }
    lower = overlay(lower, assembled.tree);
  }
  return layers;
}
