import { type CheckedAssertion, checkAssertions, skipped, visitPaths } from '../assertions/index.js';
import { findRuntimes } from '../container/index.js';
import type { Assertions } from '../manifest/index.js';
import { renderPlatform, samePlatform } from '../oci/index.js';
import { emptyTree, type FileTree, overlay } from '../tree/index.js';
import { lazy } from '../util/index.js';
import type { BuildContext } from './build-context.js';
import type { BuiltImage } from './build-image.js';
import type { BuiltPlatform } from './build-platform.js';
import { assertedName, checkCommands } from './check-commands.js';
import { containerImage } from './container-image.js';
import { LayerContents } from './layer-contents.js';
import { type LayerReading, readLayerTree } from './layer-trees.js';
import { withLayersNeeded } from './lazy-tree.js';
import type { AssertionResult } from './requests.js';
import type { FoundImage } from './select-image.js';

/** The image of a platform as one that could be read from anywhere. */
function foundImage({ image, manifest: { platform } }: BuiltPlatform): FoundImage | undefined {
  if (image === undefined) return undefined;
  const { manifest, config } = image;
  return { descriptor: manifest.descriptor, manifest: manifest.value, config: config.value, platform };
}

/** The trees of all layers, from the bottom up: those of the base are read when they are asked for, the others are at hand. */
function layerTrees(
  image: FoundImage,
  built: BuiltPlatform,
  reading: LayerReading,
): readonly (() => Promise<FileTree>)[] {
  const own = built.layers.map(({ state }) => state.tree);
  const ofBase = image.manifest.layers.length - own.length;
  return image.manifest.layers.map((_, position) =>
    lazy(async () => own[position - ofBase] ?? (await readLayerTree(image, position, reading))),
  );
}

async function merged(layers: readonly (() => Promise<FileTree>)[]): Promise<FileTree> {
  let tree = emptyTree;
  for (const layer of layers) tree = overlay(tree, await layer());
  return tree;
}

/** Nothing here can run what is for another machine. */
function reasonToSkip({ platform }: FoundImage, { host: { env } }: BuildContext): string | undefined {
  const machine = { os: 'linux', architecture: env.architecture };
  if (!samePlatform(platform, machine)) return `this machine is ${renderPlatform(machine)}`;
  return undefined;
}

async function assertPlatform(
  built: BuiltPlatform,
  { blobs }: BuiltImage,
  context: BuildContext,
): Promise<readonly CheckedAssertion[]> {
  const { host, store, steps, registries, file } = context;
  const assertions: Assertions = built.manifest.assertions;
  const image = foundImage(built);
  if (image === undefined) return [];
  const name = file.manifest.name ?? file.manifest.file;
  const contents = new LayerContents(context);
  const reading: LayerReading = { host, source: blobs, records: store.records, steps, name, contents };
  const layers = layerTrees(image, built, reading);
  const { tree } = await withLayersNeeded(layers, (part) => visitPaths(assertions, part));
  const { config, platform } = image;
  const checked = await checkAssertions(assertions, { tree, config, platform });
  if (assertions.commands.length === 0) return checked;
  const reason = reasonToSkip(image, context);
  const runtimes = findRuntimes(host);
  if (reason !== undefined || runtimes.length === 0) {
    const why = reason ?? 'none of podman, runc and crun is installed';
    return [...checked, ...assertions.commands.map((one) => skipped(assertedName(one, platform), why))];
  }
  const container = containerImage({ name, image, blobs, tree: () => merged(layers) }, { host, registries });
  return [...checked, ...(await checkCommands(assertions.commands, container, { host, store, steps, runtimes }))];
}

/**
 * Looks at everything that image.yaml asserts of each platform, in the order in which it is written. Of a base, only
 * the layers are read that say something about it. What fails is told, not thrown.
 * @throws what reading the image reports; the reason of an interruption
 */
export async function assertImage(built: BuiltImage, context: BuildContext): Promise<readonly AssertionResult[]> {
  const results: AssertionResult[] = [];
  for (const platform of built.platforms) {
    const { files, contents, metadata, commands } = platform.manifest.assertions;
    if (metadata === undefined && files.length + contents.length + commands.length === 0) continue;
    const title = `assertions (${renderPlatform(platform.manifest.platform)})`;
    results.push(...(await context.steps.run(title, () => assertPlatform(platform, built, context))));
  }
  return results;
}
