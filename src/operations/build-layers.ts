import { canBeLookedAt, type LookedContent, lookAtContent, mayReplace, readContent } from '../inputs/index.js';
import {
  type BlockMemory,
  type BuiltLayer,
  buildLayer,
  decodeBlocks,
  encodeBlocks,
  type LayerFormat,
  layerKey,
  type WrittenLayer,
} from '../layer/index.js';
import type { ContentDeclaration, LayerDeclaration } from '../manifest/index.js';
import { digestOf, renderPlatform } from '../oci/index.js';
import { type AssembledLayer, assembleLayer, type Contribution, type FileTree, overlayView } from '../tree/index.js';
import type { Asked, ObservedBase } from './base-facts.js';
import type { BuildContext } from './build-context.js';
import { layerReading, type PlatformReading } from './content-context.js';
import { findKept, keepLayer } from './kept-layer.js';
import { partsOf } from './layer-parts.js';
import { type PreparedLayer, type PreparedParts, recallParts, rememberParts } from './recalled-layer.js';
import type { Step } from './steps.js';

function unknownLayer({ name, at }: LayerDeclaration): PreparedLayer {
  const nothing = { key: null, digest: null, diffId: null, sizeBytes: null, shippedTwiceBytes: 0, tree: undefined };
  return { state: { name, at, cached: false, ...nothing }, built: undefined };
}

function contentBytes(tree: FileTree): number {
  return tree.entries.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.size : 0), 0);
}

/** Under what the blocks of a layer are remembered: those of the one that it was before, whatever was in it. */
function blocksKey(title: string, { compression, level }: LayerFormat, { file }: BuildContext): string {
  return [file.realPath, title, compression, level].join('\n');
}

interface RememberedBlocks {
  readonly digest: BuiltLayer['descriptor']['digest'];
  /** See `encodeBlocks`. */
  readonly blocks: string;
}

/** The blocks of the layer before, which need not be compressed again. */
function blocksOf(key: string, format: LayerFormat, { store }: BuildContext): BlockMemory | undefined {
  const text = store.records.read('blocks', key);
  if (text === undefined) return undefined;
  const { digest, blocks } = JSON.parse(text) as RememberedBlocks;
  return decodeBlocks(blocks, store.pathOf(digest), format);
}

async function build(tree: FileTree, format: LayerFormat, context: BuildContext, title: string): Promise<BuiltLayer> {
  const { host, store, threads, steps } = context;
  const key = blocksKey(title, format, context);
  const work = (step: Step): Promise<WrittenLayer> =>
    buildLayer(tree, format, {
      threads,
      memory: blocksOf(key, format, context),
      store: (bytes) => store.ingest(bytes),
      progress(bytes) {
        host.interruption.throwIfAborted();
        step.advance(bytes, 0);
      },
    });
  const { blocks, ...built } = await steps.run(title, work, { totalBytes: contentBytes(tree) });
  const remembered: RememberedBlocks = { digest: built.descriptor.digest, blocks: encodeBlocks(blocks) };
  if (blocks.length > 0) store.records.write('blocks', key, JSON.stringify(remembered));
  return built;
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

function formatOf({ file, created }: BuildContext): LayerFormat {
  const { type, level } = file.manifest.compression;
  return { compression: type, level, created };
}

async function prepare(
  part: { readonly name: string; readonly tree: FileTree; readonly shippedTwiceBytes: number },
  layer: LayerDeclaration,
  reading: PlatformReading,
): Promise<PreparedLayer> {
  const { context } = reading;
  const format = formatOf(context);
  const { name, tree, shippedTwiceBytes } = part;
  const key = layerKey(tree, format);
  const kept = findKept(key, format, context.store);
  const built = kept ?? (await build(tree, format, context, titleOf(name, reading)));
  if (kept === undefined) keepLayer(key, built, context.store);
  const { digest, size } = built.descriptor;
  const facts = { key, digest, diffId: built.diffId, sizeBytes: size, shippedTwiceBytes, tree };
  return { state: { name, at: layer.at, cached: kept !== undefined, ...facts }, built };
}

async function prepareParts(
  layer: LayerDeclaration,
  assembled: AssembledLayer,
  reading: PlatformReading,
): Promise<PreparedParts> {
  const layers: PreparedLayer[] = [];
  let { shippedTwiceBytes } = assembled;
  for (const [name, tree] of partsOf(layer, assembled.tree)) {
    layers.push(await prepare({ name, tree, shippedTwiceBytes }, layer, reading));
    shippedTwiceBytes = 0;
  }
  return { layers, tree: assembled.tree };
}

/** What lies below a layer. */
interface Below {
  readonly tree: FileTree;
  readonly observed: ObservedBase;
  /** Undefined where it cannot be told without looking at all of it. */
  readonly identity: readonly string[] | undefined;
  /** The same only where all layers have the same entries from the same places; undefined where that is not known. */
  readonly grounds: string | undefined;
}

/** False where nothing is to be remembered: contents come from somewhere else, or everything is to be found out again. */
function mayRecall({ contents }: LayerDeclaration, { context }: PlatformReading): boolean {
  return context.taken === undefined && context.trustsLock && contents.every(canBeLookedAt);
}

/** A layer whose contents are looked at first: if all is as it was in an earlier run, it is not put together. */
async function lookAtParts(layer: LayerDeclaration, below: Below, reading: PlatformReading): Promise<PreparedParts> {
  const { observed, identity: lower } = below;
  const format = formatOf(reading.context);
  const asked: Asked = { paths: new Set(), isWhole: false };
  const tree = observed.isTold ? observed.under(below.tree, asked) : below.tree;
  const looked = await reading.context.steps.run(`inputs of ${titleOf(layer.name, reading)}`, async (step) => {
    const contextOf = layerReading(layer, reading, step);
    const contents: LookedContent[] = [];
    for (const content of layer.contents) contents.push(await lookAtContent(content, contextOf(content, tree, [])));
    return contents;
  });
  const contributions = (): readonly Contribution[] =>
    looked.map((content, i) => ({ tree: content.tree(), replace: mayReplace(layer.contents[i]!) }));
  if (lower === undefined) return prepareParts(layer, assembleLayer(tree, contributions()), reading);
  const identity = { layer, contents: looked.map((content) => content.identity), lower };
  const recalled = recallParts(
    identity,
    { format, observed, reading },
    () => assembleLayer(tree, contributions()).tree,
  );
  if (recalled !== undefined) return recalled;
  const parts = await prepareParts(layer, assembleLayer(tree, contributions()), reading);
  return rememberParts(identity, parts, { format, asked, reading });
}

async function readParts(layer: LayerDeclaration, below: Below, reading: PlatformReading): Promise<PreparedParts> {
  const tree = below.observed.under(below.tree);
  return prepareParts(layer, assembleLayer(tree, await readContributions(layer, tree, reading)), reading);
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
  const { observed } = base;
  const layers: PreparedLayer[] = [];
  let below: Below = {
    tree: base.tree,
    observed,
    identity: observed.identity === undefined ? undefined : [observed.identity],
    grounds: observed.identity,
  };
  let { isKnown } = base;
  for (const layer of reading.manifest.layers) {
    isKnown &&= layer.contents.every((content) => isAtHand(content, reading));
    if (!isKnown) {
      await findPins(layer, observed.under(below.tree), reading);
      layers.push(unknownLayer(layer));
      continue;
    }
    const prepareLayer = mayRecall(layer, reading) ? lookAtParts : readParts;
    const parts = await prepareLayer(layer, below, reading);
    const isKnownFrom = below.grounds !== undefined && parts.grounds !== undefined;
    const grounds = isKnownFrom ? digestOf(`${below.grounds}\n${parts.grounds}`) : undefined;
    layers.push(...parts.layers.map(({ state, built }) => ({ state: grounds ? { ...state, grounds } : state, built })));
    const keys = parts.layers.map(({ state }) => state.key!);
    const identity = below.identity && [...below.identity, ...keys];
    below = { tree: overlayView(below.tree, parts.tree), observed, identity, grounds };
  }
  return layers;
}
