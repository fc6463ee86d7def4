import {
  baseMove,
  causeOfBytes,
  declaredPlaces,
  entryChanges,
  formerName,
  type LayerRecord,
  type PlatformRecord,
} from '../plan/index.js';
import type { FileTree } from '../tree/index.js';
import { artifactCause, irreproducible } from './artifact-causes.js';
import type { ComparedImage, Difference, RebuiltImage } from './difference.js';
import { differenceOf, placed, sentence } from './entry-difference.js';

/** One platform of two images. */
export interface Pair {
  readonly before: PlatformRecord;
  readonly after: PlatformRecord;
  readonly expected: ComparedImage;
  readonly found: RebuiltImage;
}

interface LayerPair {
  readonly old: LayerRecord;
  readonly now: LayerRecord;
  readonly where: string;
}

/** Layers by name, also those that only one image has, or that have another name in each. */
export function compareLayers(pair: Pair): readonly Difference[] {
  const { before, after } = pair;
  const former = new Map(
    after.layers.flatMap((layer) => {
      const name = formerName(layer, before.layers, after.layers);
      return name === undefined ? [] : [[layer.name, name] as const];
    }),
  );
  const renamed = new Set(former.values());
  const names = new Set([...after.layers, ...before.layers].map((layer) => layer.name));
  return [...names].flatMap((name): readonly Difference[] => {
    const old = before.layers.find((layer) => layer.name === (former.get(name) ?? name));
    const now = after.layers.find((layer) => layer.name === name);
    const where = `layer ${name} (${after.platform})`;
    if (former.has(name))
      return [
        { where, expected: `layer ${old!.name}`, found: `layer ${name}`, cause: `Layer ${old!.name} has a new name.` },
      ];
    if (old === undefined)
      return [{ where, expected: 'absent', found: now!.digest, cause: 'The expected image has no such layer.' }];
    if (now !== undefined) return old.digest === now.digest ? [] : compareLayer(pair, { old, now, where });
    if (renamed.has(name)) return [];
    return [{ where, expected: old.digest, found: 'absent', cause: 'The manifest no longer has the layer.' }];
  });
}

function compareLayer(pair: Pair, layers: LayerPair): readonly Difference[] {
  const { old, now, where } = layers;
  const left = pair.expected.listingOf(old);
  const right = pair.found.listingOf(now);
  if (left === undefined || right === undefined) {
    const cause = 'The entries of the expected layer are not in the cache, so they cannot be compared.';
    return [{ where, expected: old.digest, found: now.digest, cause }];
  }
  const differences = compareEntries(pair, { left, right, where });
  return differences.length > 0 ? differences : [differenceOfBytes(pair, layers)];
}

function compareEntries(
  { before, after, found }: Pair,
  { left, right, where }: { readonly left: FileTree; readonly right: FileTree; readonly where: string },
): readonly Difference[] {
  const culprits = new Set(irreproducible(before, after).map((name) => `artifact ${name}`));
  const changes = entryChanges(left, right, {
    baseMove: baseMove(before.base, after.base),
    pins: [],
    artifactCause: (name) => artifactCause(before, after, name),
    declared: () => declaredPlaces(after.layers.flatMap((layer) => found.listingOf(layer) ?? [])),
  });
  return changes.map((change) => {
    const origin = right.get(change.path.slice(1))?.origin;
    return differenceOf(change, where, origin?.kind === 'artifact' && culprits.has(origin.label));
  });
}

/** The entries are the same, the bytes are not. */
function differenceOfBytes({ before, after, expected, found }: Pair, { old, now, where }: LayerPair): Difference {
  const { text, field, isOfTar } = causeOfBytes({
    compression: old.diffId === now.diffId,
    created: [before.config.created, after.config.created],
    format: [expected.record.format, found.record.format],
  });
  const at = field === undefined ? undefined : found.placeOf(field);
  const sides = { where, expected: old.digest, found: now.digest, cause: sentence(text), ...placed(at) };
  return isOfTar ? { ...sides, isOfTar } : sides;
}
