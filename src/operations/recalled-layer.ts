import type { BuiltLayer, LayerFormat } from '../layer/index.js';
import type { LayerDeclaration } from '../manifest/index.js';
import { renderPlatform } from '../oci/index.js';
import { type LayerState, summaryOf } from '../plan/index.js';
import { type FileTree, lazyTree } from '../tree/index.js';
import { lazy } from '../util/index.js';
import type { Asked, ObservedBase } from './base-facts.js';
import type { PlatformReading } from './content-context.js';
import { findKept } from './kept-layer.js';
import { groundsKey, recallLayer, rememberLayer } from './layer-memory.js';
import { partsOf } from './layer-parts.js';
import { warningsOfLayer } from './layer-warnings.js';

/** A layer as the plan sees it and, where it is known, as the image needs it. */
export interface PreparedLayer {
  readonly state: LayerState;
  readonly built: BuiltLayer | undefined;
}

/** The layers of the image that a declared layer came to. */
export interface PreparedParts {
  readonly layers: readonly PreparedLayer[];
  /** All of them together. */
  readonly tree: FileTree;
  /** See `groundsKey`; undefined where it is not known. */
  readonly grounds?: string;
}

/** What a declared layer rests on, where that can be told before it is put together. */
export interface LayerIdentity {
  readonly layer: LayerDeclaration;
  /** Of its contents. */
  readonly contents: readonly (string | null)[];
  /** Of the base and of the layers on it. */
  readonly lower: readonly string[];
}

/** Under what the layer is remembered. */
function keyOf({ layer, contents, lower }: LayerIdentity, format: LayerFormat, reading: PlatformReading): string {
  const platform = renderPlatform(reading.manifest.platform);
  return groundsKey({ layer, platform, format, identities: contents, lower });
}

/**
 * The layers of an earlier run in which all was the same that they rest on, and whose bytes are still there. Nothing is put
 * together then before somebody looks into the trees. What was asked of the base is asked again, since the lock tells of it.
 *
 * @param assemble puts the layer together
 * @throws NotInFacts
 */
export function recallParts(
  identity: LayerIdentity,
  {
    format,
    observed,
    reading,
  }: { readonly format: LayerFormat; readonly observed: ObservedBase; readonly reading: PlatformReading },
  assemble: () => FileTree,
): PreparedParts | undefined {
  const { layer } = identity;
  const { store } = reading.context;
  const grounds = keyOf(identity, format, reading);
  const remembered = recallLayer(grounds, store.records);
  if (remembered === undefined) return undefined;
  const tree = lazyTree(assemble);
  const parts = lazy(() => new Map(partsOf(layer, tree)));
  const layers: PreparedLayer[] = [];
  for (const { name, key, shippedTwiceBytes, summary } of remembered.parts) {
    const built = findKept(key, format, store);
    if (built === undefined) return undefined;
    const { digest, size: sizeBytes } = built.descriptor;
    const part = layer.split === undefined ? tree : lazyTree(() => parts().get(name)!);
    const facts = { key, digest, diffId: built.diffId, sizeBytes, shippedTwiceBytes, tree: part, summary };
    layers.push({ state: { name, at: layer.at, cached: true, ...facts }, built });
  }
  observed.askAgain(remembered.asked);
  return { layers, tree, grounds };
}

/**
 * Remembers what a layer came to, unless there is something to be said of it.
 * @param asked what was asked of the base for it
 */
export function rememberParts(
  identity: LayerIdentity,
  prepared: PreparedParts,
  {
    format,
    asked,
    reading,
  }: { readonly format: LayerFormat; readonly asked: Asked; readonly reading: PlatformReading },
): PreparedParts {
  const { layers } = prepared;
  const grounds = keyOf(identity, format, reading);
  if (layers.some(({ state }) => warningsOfLayer(state).length > 0)) return { ...prepared, grounds };
  const parts = layers.map(({ state: { name, key, shippedTwiceBytes, tree } }) => {
    return { name, key: key!, shippedTwiceBytes, summary: summaryOf(tree) };
  });
  rememberLayer(grounds, { parts, asked }, reading.context.store.records);
  return { ...prepared, grounds };
}
