import { canonicalJson, type Json } from '../oci/index.js';
import { baseMove, configChanges, type ImageRecord, layerOrder, type PlatformRecord } from '../plan/index.js';
import { compareLayers, type Pair } from './compare-layers.js';
import type { ComparedImage, Difference, RebuiltImage } from './difference.js';
import { placed, sentence } from './entry-difference.js';

/** Every difference of two images, the first one first: platforms, then per platform base, layers bottom up, config. */
export function compareImages(expected: ComparedImage, found: RebuiltImage): readonly Difference[] {
  const differences: Difference[] = [];
  for (const platform of found.record.platforms) {
    const other = expected.record.platforms.find((known) => known.platform === platform.platform);
    if (other === undefined) {
      const cause = 'The expected image has no such platform.';
      differences.push({ where: `platform ${platform.platform}`, expected: 'absent', found: platform.digest, cause });
    } else if (other.digest !== platform.digest) {
      differences.push(...comparePlatforms({ before: other, after: platform, expected, found }));
    }
  }
  for (const platform of expected.record.platforms) {
    if (found.record.platforms.some((known) => known.platform === platform.platform)) continue;
    const cause = 'The manifest no longer lists the platform.';
    differences.push({ where: `platform ${platform.platform}`, expected: platform.digest, found: 'absent', cause });
  }
  if (differences.length > 0 || expected.record.digest === found.record.digest) return differences;
  return [indexDifference(expected.record, found.record)];
}

function indexDifference(expected: ImageRecord, found: ImageRecord): Difference {
  const cause = 'The platforms are the same; their order, or the annotations of the index, differ.';
  return { where: 'index', expected: expected.digest, found: found.digest, cause };
}

function comparePlatforms(pair: Pair): readonly Difference[] {
  const { before, after } = pair;
  const found = [
    ...compareBases(before, after),
    ...compareLayers(pair),
    ...compareOrder(before, after),
    ...compareSettings(pair),
  ];
  if (found.length > 0) return found;
  return [bytesOfManifest(before, after)];
}

/** All that a manifest says is the same, and it is not. */
export function bytesOfManifest(before: PlatformRecord, after: PlatformRecord): Difference {
  const cause =
    'Base, layers and config are the same, but the bytes of the manifest are not: another tool, or another format, wrote it.';
  return { where: `manifest (${after.platform})`, expected: before.digest, found: after.digest, cause };
}

export function compareBases(before: PlatformRecord, after: PlatformRecord): readonly Difference[] {
  const move = baseMove(before.base, after.base);
  if (move === undefined) return [];
  const side = (record: PlatformRecord) => (record.base === null ? 'scratch' : record.base.digest);
  return [{ where: `base (${after.platform})`, expected: side(before), found: side(after), cause: sentence(move) }];
}

function compareOrder(before: PlatformRecord, after: PlatformRecord): readonly Difference[] {
  const order = layerOrder(before.layers, after.layers);
  if (order === undefined) return [];
  const sides = { expected: order.before.join(', '), found: order.after.join(', ') };
  return [{ where: `layers (${after.platform})`, ...sides, cause: 'The order of the layers changed.' }];
}

/** A value of a document for people. */
export function showJson(value: Json): string {
  return value === null ? 'absent' : canonicalJson(value);
}

function compareSettings({ before, after, found }: Pair): readonly Difference[] {
  const causes = { baseMove: baseMove(before.base, after.base), placeOf: found.placeOf };
  return configChanges(before, after, causes).map(({ cause, ...change }) => ({
    where: `config (${after.platform})`,
    path: change.field,
    expected: showJson(change.before),
    found: showJson(change.after),
    cause: `${cause.text}.`,
    ...placed(cause.at),
  }));
}
