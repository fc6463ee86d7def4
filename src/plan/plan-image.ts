import type { SourceSpan } from '../errors/index.js';
import type { ArtifactKey, DiffId, Digest, ImageConfig, LayerKey } from '../oci/index.js';
import { emptyTree, type FileTree } from '../tree/index.js';
import { lazy } from '../util/index.js';
import { artifactChanges, NOT_REPRODUCIBLE, renderInputChanges } from './artifact-changes.js';
import { baseMove } from './base-move.js';
import { configChanges } from './config-changes.js';
import { type CauseFacts, causeOfBytes } from './entry-causes.js';
import { declaredPlaces, entryChanges } from './entry-changes.js';
import { formerName, layerOrder } from './layer-order.js';
import { type LayerSummary, summaryOf } from './layer-summary.js';
import type { ArtifactPlan, BasePlan, Cause, ConfigChange, LayerPlan, Plan, PlatformPlan } from './plan.js';
import type { ArtifactFacts, ArtifactRecord, ImageRecord, LayerRecord, PlatformRecord } from './record.js';

/** Number of the byte format that a plan is for. */
const FORMAT = 1;

/** An artifact as it stands now. */
export interface ArtifactState {
  readonly name: string;
  readonly status: ArtifactPlan['status'];
  readonly key: ArtifactKey | null;
  readonly facts: ArtifactFacts | null;
  readonly sandbox: ArtifactPlan['sandbox'];
}

/** A layer as it stands now. The digest is null behind an artifact that has not run; then the tree is absent too. */
export interface LayerState {
  readonly name: string;
  readonly at: SourceSpan;
  readonly cached: boolean;
  readonly key: LayerKey | null;
  readonly digest: Digest | null;
  readonly diffId: DiffId | null;
  readonly sizeBytes: number | null;
  readonly shippedTwiceBytes: number;
  readonly tree: FileTree | undefined;
  /** Where it is known without looking into the tree, which may not be made yet. */
  readonly summary?: LayerSummary;
  /** The same only where the layer has the same entries from the same contents; absent where that is not known. */
  readonly grounds?: string;
}

export interface PlatformState {
  readonly platform: string;
  readonly digest: Digest | null;
  readonly base: Omit<BasePlan, 'previousDigest'> | null;
  readonly artifacts: readonly ArtifactState[];
  readonly layers: readonly LayerState[];
  /** Its `rootfs` and `history` lack the layers that are not known yet. */
  readonly config: ImageConfig;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Everything a plan is made of. */
export interface PlanFacts {
  readonly file: string;
  readonly name: string | undefined;
  readonly tags: readonly string[];
  readonly digest: Digest | null;
  readonly mediaType: string;
  readonly platforms: readonly PlatformState[];
  readonly previous: { readonly record: ImageRecord; readonly from: string } | undefined;
  /** Entries of a layer of the previous image; undefined where they are not at hand any more. */
  readonly listingOf: (layer: LayerRecord) => FileTree | undefined;
  /** Place of a config field (`env.PORT`) in image.yaml. */
  readonly placeOf: (field: string) => SourceSpan | undefined;
  readonly pins: Plan['pins'];
  readonly warnings: Plan['warnings'];
}

/** The bytes are those of a layer that was there before: under its name, or under another one. */
function isReused({ status, digest, previousDigest }: LayerPlan): boolean {
  return status !== 'removed' && digest !== null && digest === previousDigest;
}

/** Compares what is to be with what was, and names the cause of every change. Pure: the same facts give the same plan. */
export function planOf(facts: PlanFacts): Plan {
  const platforms = facts.platforms.map((state) => planPlatform(state, facts));
  const previous =
    facts.previous === undefined ? null : { digest: facts.previous.record.digest, from: facts.previous.from };
  const layers = platforms.flatMap((platform) => platform.layers);
  const removedPlatforms = (facts.previous?.record.platforms ?? [])
    .filter((old) => !facts.platforms.some(({ platform }) => platform === old.platform))
    .map(({ platform, digest }) => ({ platform, previousDigest: digest }));
  return {
    version: 1,
    format: FORMAT,
    file: facts.file,
    name: facts.name ?? null,
    tags: facts.tags,
    digest: facts.digest,
    mediaType: facts.mediaType,
    previous,
    platforms,
    removedPlatforms,
    pins: facts.pins,
    summary: {
      changed: facts.digest === null || facts.digest !== previous?.digest,
      layersToBuild: layers.filter((layer) => !isReused(layer) && layer.status !== 'removed').length,
      layersReused: layers.filter(isReused).length,
      layersRemoved: layers.filter((layer) => layer.status === 'removed').length,
      artifactsToRun: artifactsToRun(platforms),
      configChanged: platforms.some((platform) => platform.config.length > 0),
      baseChanged: platforms.some((platform) => baseChanged(platform)),
      platformsRemoved: removedPlatforms.length,
    },
    warnings: facts.warnings,
  };
}

/** How many commands run, of all platforms together: those that share a key are one, and one that waits has none yet. */
export function artifactsToRun(platforms: readonly Pick<PlatformPlan, 'artifacts'>[]): number {
  const missing = platforms.flatMap(({ artifacts }) => artifacts.filter(({ status }) => status !== 'cached'));
  const keys = missing.flatMap(({ key }) => key ?? []);
  return new Set(keys).size + missing.length - keys.length;
}

function baseChanged({ base, removedBase, previousDigest }: PlatformPlan): boolean {
  if (base === null) return removedBase !== null;
  return previousDigest !== null && base.digest !== null && base.digest !== base.previousDigest;
}

function planPlatform(state: PlatformState, facts: PlanFacts): PlatformPlan {
  const before = facts.previous?.record.platforms.find((platform) => platform.platform === state.platform);
  const moved = before === undefined ? undefined : baseMove(before.base, state.base);
  const artifacts = state.artifacts.map((artifact): ArtifactPlan => {
    const old = before?.artifacts.find((known) => known.name === artifact.name);
    const changes = artifact.facts === null ? [] : artifactChanges(old?.facts, artifact.facts);
    const { name, status, key, sandbox } = artifact;
    return { name, status, key, sandbox, changes };
  });
  const causes = causeFacts(state, artifacts, { pins: facts.pins, baseMove: moved, before });
  const removed = (before?.layers ?? []).filter(
    (old) =>
      !state.layers.some((layer) => layer.name === old.name) &&
      !state.layers.some((layer) => formerName(layer, before?.layers ?? [], state.layers) === old.name),
  );
  return {
    platform: state.platform,
    digest: state.digest,
    previousDigest: before?.digest ?? null,
    base: state.base === null ? null : { ...state.base, previousDigest: before?.base?.digest ?? null },
    removedBase: state.base === null ? (before?.base ?? null) : null,
    artifacts,
    layers: [
      ...state.layers.map((layer) => planLayer(layer, before, { facts, causes, state })),
      ...removed.map((layer) => removedLayer(layer)),
    ],
    config: planConfig(state, before, { facts, baseMove: moved }),
  };
}

/** Asked for only where an output is not as before. */
function artifactCause(artifact: ArtifactPlan | undefined, old: ArtifactRecord | undefined): string | undefined {
  const isSame = old !== undefined && old.key === artifact?.key;
  return isSame ? NOT_REPRODUCIBLE : renderInputChanges(artifact?.changes ?? []);
}

function causeFacts(
  state: PlatformState,
  artifacts: readonly ArtifactPlan[],
  known: Pick<CauseFacts, 'pins' | 'baseMove'> & { readonly before: PlatformRecord | undefined },
): CauseFacts {
  const named = <T extends { readonly name: string }>(all: readonly T[] | undefined, name: string): T | undefined =>
    all?.find((artifact) => artifact.name === name);
  return {
    pins: known.pins,
    baseMove: known.baseMove,
    artifactCause: (name) => artifactCause(named(artifacts, name), named(known.before?.artifacts, name)),
    declared: lazy(() => declaredPlaces(state.layers.flatMap((layer) => layer.tree ?? []))),
  };
}

interface LayerContext {
  readonly facts: PlanFacts;
  readonly causes: CauseFacts;
  readonly state: PlatformState;
}

function planLayer(layer: LayerState, before: PlatformRecord | undefined, context: LayerContext): LayerPlan {
  const { name, cached, key, digest, diffId, sizeBytes, shippedTwiceBytes } = layer;
  const former = formerName(layer, before?.layers ?? [], context.state.layers);
  const old = before?.layers.find((known) => known.name === (former ?? name));
  const previousDigest = old?.digest ?? null;
  const shared = { name, cached, key, digest, previousDigest, diffId, sizeBytes, shippedTwiceBytes };
  const plan = { ...shared, ...(layer.summary ?? summaryOf(layer.tree)), changes: [] };
  if (digest === null) {
    const text = 'known after apply: an artifact has not run yet';
    return { ...plan, status: 'unknown', cause: { text, at: layer.at } };
  }
  if (former !== undefined) {
    return { ...plan, status: 'changed', cause: { text: `layer ${former} has a new name`, at: layer.at } };
  }
  if (old === undefined) {
    const text = before === undefined ? 'nothing was there before' : `layer ${name} is new in the manifest`;
    return { ...plan, status: 'added', cause: { text, at: layer.at } };
  }
  if (old.digest === digest) return { ...plan, status: 'same', cause: null };
  const previous = context.facts.listingOf(old);
  const changes = previous === undefined ? [] : entryChanges(previous, layer.tree ?? emptyTree, context.causes);
  const created = [before?.config.created, context.state.config.created];
  const cause = causeOfLayer(layer, { old, previous, changes, created }, context.facts);
  return { ...plan, status: 'changed', changes, cause };
}

interface LayerHistory {
  readonly old: LayerRecord;
  readonly previous: FileTree | undefined;
  readonly changes: LayerPlan['changes'];
  /** Time of the image, before and now. */
  readonly created: readonly (string | undefined)[];
}

function causeOfLayer(layer: LayerState, history: LayerHistory, { placeOf, previous: image }: PlanFacts): Cause {
  const { old, previous, changes, created } = history;
  const [first] = changes;
  if (first !== undefined) return first.cause;
  if (previous === undefined) return { text: 'its earlier entries are not in the cache any more', at: layer.at };
  const { text, field } = causeOfBytes({
    compression: old.diffId === layer.diffId,
    created,
    format: [image?.record.format ?? FORMAT, FORMAT],
  });
  return { text, at: (field === undefined ? undefined : placeOf(field)) ?? layer.at };
}

function removedLayer(layer: LayerRecord): LayerPlan {
  const { name, key, digest, diffId } = layer;
  const cause = { text: `layer ${name} is no longer in the manifest` };
  const nothing = { sizeBytes: null, files: 0, contentBytes: 0, shippedTwiceBytes: 0 };
  const previousDigest = digest;
  return {
    name,
    status: 'removed',
    cached: false,
    key,
    digest,
    previousDigest,
    diffId,
    ...nothing,
    reasons: [],
    changes: [],
    cause,
  };
}

interface ConfigContext {
  readonly facts: PlanFacts;
  readonly baseMove: string | undefined;
}

function planConfig(
  state: PlatformState,
  before: PlatformRecord | undefined,
  context: ConfigContext,
): readonly ConfigChange[] {
  // What a base that is not known will bring is not known either.
  if (before === undefined || state.base?.digest === null) return [];
  const { placeOf } = context.facts;
  const after = { config: state.config, annotations: state.annotations };
  return [...configChanges(before, after, { baseMove: context.baseMove, placeOf }), ...orderChange(state, before)];
}

function orderChange(state: PlatformState, before: PlatformRecord): readonly ConfigChange[] {
  const order = layerOrder(before.layers, state.layers);
  if (order === undefined) return [];
  return [{ change: 'changed', field: 'layers', ...order, cause: { text: 'the order of the layers changed' } }];
}
