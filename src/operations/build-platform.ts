import type { PreparedArtifact } from '../artifact/index.js';
import { fail, type SourceSpan } from '../errors/index.js';
import { type ComposedImage, composeImage } from '../image/index.js';
import type { PlatformManifest } from '../manifest/index.js';
import { LAYERS_MAX, renderPlatform } from '../oci/index.js';
import type { ArtifactRecord, PlatformRecord, PlatformState } from '../plan/index.js';
import { digestOfTree, type FileTree } from '../tree/index.js';
import type { Bases, ResolvedBase } from './bases.js';
import { buildArtifacts } from './build-artifacts.js';
import type { BuildContext } from './build-context.js';
import { buildLayers } from './build-layers.js';
import type { PlatformReading } from './content-context.js';
import type { PreparedLayer } from './recalled-layer.js';

/** The image of one platform, as far as it is known. */
export interface BuiltPlatform {
  readonly manifest: PlatformManifest;
  readonly state: PlatformState;
  readonly layers: readonly PreparedLayer[];
  /** Undefined behind an artifact that has not run; so is `record`. */
  readonly image: ComposedImage | undefined;
  readonly record: PlatformRecord | undefined;
}

interface Parts {
  readonly manifest: PlatformManifest;
  readonly base: ResolvedBase | undefined;
  readonly artifacts: readonly PreparedArtifact[];
  readonly outputs: ReadonlyMap<string, FileTree>;
  readonly layers: readonly PreparedLayer[];
  /** Of the layers that are known: its settings are those of the image to be, whatever is still unknown. */
  readonly composed: ComposedImage;
  readonly image: ComposedImage | undefined;
}

function compose(parts: Omit<Parts, 'composed' | 'image'>, created: number): Pick<Parts, 'composed' | 'image'> {
  const { manifest, base, layers } = parts;
  const known = layers.flatMap(({ state, built }) => (built === undefined ? [] : [{ name: state.name, ...built }]));
  const { platform, config, annotations } = manifest;
  const composed = composeImage({ platform, base: base?.image, layers: known, config, annotations, created });
  const isKnown = known.length === layers.length && !isWaiting(base);
  return { composed, image: isKnown ? composed : undefined };
}

/** True where the base is the image of another manifest that is behind an artifact that has not run. */
function isWaiting(base: ResolvedBase | undefined): boolean {
  return base !== undefined && base.image === undefined;
}

function stateOf({ manifest, base, artifacts, layers, composed, image }: Parts): PlatformState {
  return {
    platform: renderPlatform(manifest.platform),
    digest: image?.manifest.descriptor.digest ?? null,
    base: base?.plan ?? null,
    artifacts: artifacts.map(({ name, status, key, facts, sandbox }) => ({ name, status, key, facts, sandbox })),
    layers: layers.map((layer) => layer.state),
    config: composed.config.value,
    annotations: composed.manifest.value.annotations ?? {},
  };
}

/** Nothing for an artifact that has not run: the image can be known without it where no layer uses it. */
function artifactRecord({ name, key, facts }: PreparedArtifact, output: FileTree | undefined): ArtifactRecord[] {
  return output === undefined ? [] : [{ name, key: key!, output: digestOfTree(output), facts: facts! }];
}

function recordOf({ manifest, base, artifacts, outputs, layers, image }: Parts): PlatformRecord | undefined {
  if (image === undefined) return undefined;
  return {
    platform: renderPlatform(manifest.platform),
    digest: image.manifest.descriptor.digest,
    base: base?.image === undefined ? null : { reference: base.plan.reference, digest: base.image.descriptor.digest },
    artifacts: artifacts.flatMap((artifact) => artifactRecord(artifact, outputs.get(artifact.name))),
    layers: layers.map(({ state, built }) => ({
      name: state.name,
      key: state.key,
      digest: built!.descriptor.digest,
      diffId: built!.diffId,
    })),
    config: image.config.value,
    annotations: image.manifest.value.annotations ?? {},
  };
}

/**
 * What has more layers can be written, but neither read again nor mounted. Looked at before anything is built, and once
 * more when it is known into how many layers packages are split.
 */
function checkLayerCount(manifest: PlatformManifest, base: ResolvedBase | undefined, own: number): void {
  const below = base?.image?.manifest.layers.length ?? 0;
  const count = below + own;
  const isSplit = manifest.layers.length !== own;
  if (count <= LAYERS_MAX || (base === undefined && !isSplit)) return;
  throw fail('image-invalid', {
    message: `The image would have ${count} layers, ${below} of them from the base; runtimes mount no more than ${LAYERS_MAX}`,
    hint: isSplit
      ? 'Give "split" a budget: so many layers at most.'
      : 'Put the contents into fewer layers, or use a base that has fewer.',
    at: isSplit ? manifest.layers.find(({ split }) => split !== undefined)?.at : placeOf(manifest),
  });
}

function placeOf({ base }: PlatformManifest): SourceSpan | undefined {
  return base.kind === 'scratch' ? undefined : base.at;
}

/**
 * One platform of the image: base, artifacts, layers, config.
 * @param run runs artifacts that are not in the cache
 * @throws TbuildError `image-invalid` where it would have too many layers, and what its parts report
 */
export async function buildPlatform(
  manifest: PlatformManifest,
  bases: Bases,
  context: BuildContext & Pick<PlatformReading, 'images' | 'contents'> & { readonly run: boolean },
): Promise<BuiltPlatform> {
  const { images, contents } = context;
  const { base, build } = await bases.resolve(manifest.base, manifest.platform);
  checkLayerCount(manifest, base, manifest.layers.length);
  const { prepared: artifacts, outputs } = await buildArtifacts(manifest, context);
  const reading: PlatformReading = { context, manifest, images, contents, outputs };
  const layers = await build(
    (observed, tree) => buildLayers(reading, { observed, tree, isKnown: !isWaiting(base) }),
    (prepared) => prepared.every(({ built }) => built !== undefined),
  );
  checkLayerCount(manifest, base, layers.length);
  const known = { manifest, base, artifacts, outputs, layers };
  const parts: Parts = { ...known, ...compose(known, context.created) };
  return { manifest, layers, image: parts.image, state: stateOf(parts), record: recordOf(parts) };
}
