import { type Descriptor, layerCompression } from '../oci/index.js';
import {
  aspectOf,
  baseMove,
  causeOfBytes,
  declaredPlaces,
  type EntryChange,
  entryChanges,
  type PlatformRecord,
  showMove,
} from '../plan/index.js';
import type { FileTree } from '../tree/index.js';
import { artifactCause, irreproducible } from './artifact-causes.js';
import { diffMembers } from './diff-members.js';
import type { ComparedImage, Difference } from './difference.js';
import { differenceOf, sentence } from './entry-difference.js';
import { type LayerView, layersOf } from './layer-view.js';
import { pairLayers } from './pair-layers.js';

/** One platform of two images of anybody. */
export interface PlatformPair {
  readonly before: PlatformRecord;
  readonly after: PlatformRecord;
  readonly images: readonly [ComparedImage, ComparedImage];
}

interface LayerPair {
  readonly old: LayerView;
  readonly now: LayerView;
  readonly where: string;
}

/** Layers from the bottom up, then those that only the first image has, then their order. */
export function diffLayers(pair: PlatformPair): readonly Difference[] {
  const { before, after, images } = pair;
  const [left, right] = [layersOf(images[0], before), layersOf(images[1], after)];
  const pairs = pairLayers(left, right, (side, { record }) => images[side === 'before' ? 0 : 1].listingOf(record));
  const differences = pairs.flatMap(({ before: old, after: now }): readonly Difference[] => {
    const where = `layer ${(now ?? old)!.name} (${after.platform})`;
    if (old === undefined)
      return [{ where, expected: 'absent', found: now!.record.digest, cause: 'Only the second image has the layer.' }];
    if (now === undefined)
      return [{ where, expected: old.record.digest, found: 'absent', cause: 'Only the first image has the layer.' }];
    return diffLayer(pair, { old, now, where });
  });
  const shared = pairs.filter((each) => each.before !== undefined && each.after !== undefined);
  return [
    ...differences,
    ...diffOrder(
      left,
      shared.map((each) => [each.before!, each.after!] as const),
      after.platform,
    ),
  ];
}

function diffOrder(
  left: readonly LayerView[],
  pairs: readonly (readonly [LayerView, LayerView])[],
  platform: string,
): readonly Difference[] {
  const positions = pairs.map(([old]) => left.indexOf(old));
  if (positions.every((position, i) => i === 0 || positions[i - 1]! < position)) return [];
  const expected = left.filter((layer) => pairs.some(([old]) => old === layer));
  const show = (layers: readonly LayerView[]): string => layers.map(({ name }) => name).join(', ');
  const sides = { expected: show(expected), found: show(pairs.map(([old]) => old)) };
  return [{ where: `layers (${platform})`, ...sides, cause: 'The order of the layers is another one.' }];
}

function diffLayer(pair: PlatformPair, layers: LayerPair): readonly Difference[] {
  const { old, now, where } = layers;
  const renamed: Difference[] =
    old.isNamed && now.isNamed && old.name !== now.name
      ? [
          {
            where,
            expected: `layer ${old.name}`,
            found: `layer ${now.name}`,
            cause: `Layer ${old.name} has a new name.`,
          },
        ]
      : [];
  const described = [...renamed, ...diffDescriptors(layers)];
  if (old.record.digest === now.record.digest) return described;
  if (old.record.diffId === now.record.diffId) return [...described, compressionOf(layers)];
  return [...described, ...diffContents(pair, layers)];
}

/** Media type and annotations, where the documents are at hand. */
function diffDescriptors({ old, now, where }: LayerPair): readonly Difference[] {
  if (old.descriptor === undefined || now.descriptor === undefined) return [];
  const sides: readonly [string, (descriptor: Descriptor) => string, string][] = [
    ['mediaType', ({ mediaType }) => mediaType, 'Another tool, or another compression, wrote the layer.'],
    ['annotations', ({ annotations }) => JSON.stringify(annotations ?? {}), 'Other annotations of the layer.'],
  ];
  return sides.flatMap(([path, show, cause]) => {
    const [expected, found] = [show(old.descriptor!), show(now.descriptor!)];
    return expected === found ? [] : [{ where, path, expected, found, cause }];
  });
}

/** The same tar in other bytes. */
function compressionOf({ old, now, where }: LayerPair): Difference {
  const show = ({ record, descriptor }: LayerView): string =>
    descriptor === undefined ? record.digest : `${record.digest}, ${descriptor.size} bytes`;
  const types = [old, now].map(({ descriptor }) => layerCompression(descriptor?.mediaType ?? ''));
  const how = types[0] === types[1] ? 'another program, version or level compressed it' : types.join(' → ');
  const cause = `The tar is the same, its compression is not: ${how}.`;
  return { where, expected: show(old), found: show(now), cause };
}

function diffContents(pair: PlatformPair, layers: LayerPair): readonly Difference[] {
  const [first, second] = pair.images;
  const { old, now, where } = layers;
  const [left, right] = [first.listingOf(old.record), second.listingOf(now.record)];
  const sides = { where, expected: old.record.digest, found: now.record.digest };
  if (left === undefined || right === undefined)
    return [{ ...sides, cause: 'The entries of the layer are not at hand, so they cannot be compared.' }];
  const members = diffMembers(first.membersOf?.(old.record), second.membersOf?.(now.record), where);
  const differences = [...diffEntries(pair, { left, right, layers }), ...members];
  if (differences.length > 0) return differences;
  const { text } = causeOfBytes({
    compression: false,
    created: [pair.before.config.created, pair.after.config.created],
    format: [first.record.format, second.record.format],
  });
  return [{ ...sides, cause: sentence(text) }];
}

interface Trees {
  readonly left: FileTree;
  readonly right: FileTree;
  readonly layers: LayerPair;
}

/** True for a layer of which it is known what its entries came from. */
const hasOrigins = ({ entries }: FileTree): boolean => entries.some(({ origin }) => origin.kind !== 'base');

function diffEntries({ before, after, images }: PlatformPair, { left, right, layers }: Trees): readonly Difference[] {
  const { now, where } = layers;
  const move = baseMove(before.base, after.base);
  const culprits = new Set(irreproducible(before, after).map((name) => `artifact ${name}`));
  const changes = entryChanges(left, right, {
    baseMove: move,
    pins: [],
    artifactCause: (name) => artifactCause(before, after, name),
    declared: () => declaredPlaces(after.layers.flatMap((layer) => images[1].listingOf(layer) ?? [])),
  });
  if (hasOrigins(left) && hasOrigins(right)) {
    return changes.map((change) => {
      const origin = right.get(change.path.slice(1))?.origin;
      return differenceOf(change, where, origin?.kind === 'artifact' && culprits.has(origin.label));
    });
  }
  const ofBase = now.isOfBase ? move : undefined;
  return changes.map((change) => {
    const cause = { text: ofBase ?? foreignCause(change) };
    return differenceOf({ ...change, cause }, where, ofBase === undefined && change.differs.includes('content'));
  });
}

/** Nothing is known of what made either image. */
function foreignCause({ change, differs, before, after }: EntryChange): string {
  if (change === 'added') return 'Only the second image has it';
  if (change === 'removed') return 'Only the first image has it';
  const isOne = differs.length === 1 && differs[0] !== 'xattrs';
  const shown = differs.filter((aspect) => aspect !== 'content');
  const moves = shown.map((aspect) => showMove(aspectOf(before!, aspect), aspectOf(after!, aspect)));
  const how = moves.length === 0 ? '' : `: ${moves.join(', ')}`;
  return `Its ${differs.join(' and ')} ${isOne ? 'differs' : 'differ'}${how}`;
}
