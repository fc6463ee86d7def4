import type { Difference } from '../compare/index.js';
import { type Descriptor, MediaTypes } from '../oci/index.js';
import { type EntryChange, type LayerPlan, type LayerRecord, NOT_REPRODUCIBLE, type Plan } from '../plan/index.js';
import type { FileTree } from '../tree/index.js';
import type { BuildContext } from './build-context.js';
import { type BuiltImage, type Previous, planOfImage } from './build-image.js';
import { fileIn, type OpenFile, recordsByName } from './image-files.js';
import { LayerContents } from './layer-contents.js';

/** A file that no input accounts for. */
function isUnexplained({ change, differs, cause }: EntryChange): boolean {
  return change === 'changed' && differs.includes('content') && cause.text.endsWith(NOT_REPRODUCIBLE);
}

const whereOf = (layer: string, platform: string): string => `layer ${layer} (${platform})`;

function* unexplained({ platforms }: Plan): Generator<Difference> {
  for (const { platform, layers } of platforms) {
    for (const { name, changes } of layers) {
      for (const { path, cause } of changes.filter(isUnexplained)) {
        const shared = { where: whereOf(name, platform), path, expected: 'file', found: 'file' };
        yield { ...shared, cause: cause.text, isUnexplained: true };
      }
    }
  }
}

/** Files of the layers that were there before, where these are in the cache: none is fetched to explain something. */
function filesBefore({ previous, listingOf }: Previous, context: BuildContext): OpenFile {
  const { store } = context;
  const contents = new LayerContents(context);
  const openable = (layer: LayerRecord): FileTree | undefined => {
    const [tree, size] = [listingOf(layer), store.sizeOf(layer.digest)];
    // How it is compressed is seen at its first bytes.
    const blob = (bytes: number): Descriptor => ({ mediaType: MediaTypes.layer, digest: layer.digest, size: bytes });
    return tree === undefined || size === undefined ? undefined : contents.openable(tree, blob(size), store);
  };
  const layers = previous === undefined ? new Map<string, LayerRecord>() : recordsByName(previous);
  return (where, path) => {
    const layer = layers.get(where);
    return layer && fileIn(openable(layer), path, contents);
  };
}

function filesNow({ platforms }: BuiltImage): OpenFile {
  const trees = new Map(
    platforms.flatMap(({ state }) => state.layers.map(({ name, tree }) => [whereOf(name, state.platform), tree])),
  );
  return (where, path) => fileIn(trees.get(where), path);
}

function withReason(change: EntryChange, found: Difference | undefined): EntryChange {
  if (found?.findings === undefined) return change;
  const { cause, findings } = found;
  return { ...change, cause: { ...change.cause, text: cause.replace(/\.$/, '') }, findings };
}

/** The plan of a built image. Of a file that no input accounts for it says what differs inside, where that is at hand. */
export async function explainedPlan(built: BuiltImage, context: BuildContext, previous: Previous): Promise<Plan> {
  const plan = planOfImage(built, context, previous);
  const differences = [...unexplained(plan)];
  if (differences.length === 0) return plan;
  const { withFindings } = await import('../compare/index.js');
  const open = { expected: filesBefore(previous, context), found: filesNow(built) };
  const found = await context.steps.run('compare files', () =>
    withFindings(differences, (side, where, path) => open[side](where, path), { created: context.created }),
  );
  const explain = (layer: LayerPlan, platform: string): LayerPlan => {
    const changes = layer.changes.map((change) => {
      const where = whereOf(layer.name, platform);
      return withReason(
        change,
        found.find((difference) => difference.where === where && difference.path === change.path),
      );
    });
    const [first] = changes;
    return { ...layer, changes, cause: first?.findings === undefined ? layer.cause : first.cause };
  };
  const platforms = plan.platforms.map((platform) => ({
    ...platform,
    layers: platform.layers.map((layer) => explain(layer, platform.platform)),
  }));
  return { ...plan, platforms };
}
