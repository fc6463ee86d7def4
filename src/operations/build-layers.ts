import { readContent } from '../inputs/index.js';
import { type BuiltLayer, buildLayer, type LayerFormat, layerKey } from '../layer/index.js';
import type { LayerDeclaration, PlatformManifest } from '../manifest/index.js';
import { type DiffId, isDigest, type LayerKey, layerMediaType, renderPlatform } from '../oci/index.js';
import type { LayerState } from '../plan/index.js';
import { assembleLayer, type Contribution, type FileTree, overlay } from '../tree/index.js';
import type { BuildContext } from './build-context.js';
import type { Step } from './steps.js';

/** A layer as the plan sees it and, where it is known, as the image needs it. */
export interface PreparedLayer {
  readonly state: LayerState;
  readonly built: BuiltLayer | undefined;
}

export interface LayerInputs {
  /** What lies below the first layer. */
  readonly base: FileTree;
  /** Outputs of the artifacts that are known. */
  readonly outputs: ReadonlyMap<string, FileTree>;
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

async function readContributions(
  layer: LayerDeclaration,
  inputs: LayerInputs,
  context: BuildContext,
  title: string,
): Promise<readonly Contribution[]> {
  const { host, file, digests, steps } = context;
  return steps.run(`inputs of ${title}`, async (step) => {
    const progress = (bytes: number, files: number): void => {
      host.interruption.throwIfAborted();
      step.advance(bytes, files);
    };
    const contributions: Contribution[] = [];
    for (const content of layer.contents) {
      const reading = { host, directory: file.directory, digests, progress };
      const tree = await readContent(content, reading, (name) => inputs.outputs.get(name)!);
      contributions.push({ tree, replace: content.replace });
    }
    return contributions;
  });
}

/**
 * Every layer of one platform, from the bottom up: taken from the cache where its key is known, else built. Above a
 * layer that needs an output that is not known yet nothing is known, because destinations are followed through all
 * that lies below.
 */
export async function buildLayers(
  manifest: PlatformManifest,
  inputs: LayerInputs,
  context: BuildContext,
): Promise<readonly PreparedLayer[]> {
  const { type, level } = context.file.manifest.compression;
  const format: LayerFormat = { compression: type, level, created: context.created };
  const platform = renderPlatform(manifest.platform);
  const layers: PreparedLayer[] = [];
  let lower: FileTree | undefined = inputs.base;
  for (const layer of manifest.layers) {
    const title = `layer ${layer.name} (${platform})`;
    const waits = layer.contents.some(
      (content) => content.kind === 'artifact' && !inputs.outputs.has(content.artifact),
    );
    if (lower === undefined || waits) {
      lower = undefined;
      layers.push(unknownLayer(layer));
      continue;
    }
    const contributions = await readContributions(layer, inputs, context, title);
    const { tree, shippedTwiceBytes } = assembleLayer(lower, contributions);
    const key = layerKey(tree, format);
    const kept = findKept(key, format, context);
    const built = kept ?? (await build(tree, format, context, title));
    if (kept === undefined) remember(key, built, context);
    const { digest, size } = built.descriptor;
    const facts = { key, digest, diffId: built.diffId, sizeBytes: size, shippedTwiceBytes, tree };
    layers.push({ state: { name: layer.name, at: layer.at, cached: kept !== undefined, ...facts }, built });
    lower = overlay(lower, tree);
  }
  return layers;
}

function remember(key: LayerKey, { descriptor, diffId }: BuiltLayer, { store }: BuildContext): void {
  const { digest, size } = descriptor;
  store.records.write('layer', key, JSON.stringify({ digest, size, diffId } satisfies KeptLayer));
}
