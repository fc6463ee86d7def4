import { parsePlatform } from '../oci/index.js';
import type { PlatformRecord } from '../plan/index.js';
import { bytesOfManifest, compareBases } from './compare-images.js';
import { diffConfigTexts, diffIndexes, diffManifests, diffSettings } from './diff-documents.js';
import { diffLayers, type PlatformPair } from './diff-layers.js';
import { diffPackages } from './diff-packages.js';
import type { ComparedImage, Difference } from './difference.js';
import { samePlatformName } from './platform-name.js';

const isSameName = (a: string, b: string): boolean => {
  const platform = parsePlatform(a);
  return a === b || (platform !== undefined && samePlatformName(platform, b));
};

/**
 * Every difference of two images, whoever made them: index, platforms, then per platform base, packages, layers bottom up, manifest,
 * config. `expected` is the first, `found` the second. Whether they are the same is for their digests to say: none for one digest,
 * and at least one for two.
 */
export function diffImages(before: ComparedImage, after: ComparedImage): readonly Difference[] {
  if (before.record.digest === after.record.digest) return [];
  const found = [...diffIndexes(before, after), ...diffPlatforms(before, after)];
  if (found.length > 0) return found;
  const sides = { expected: before.record.digest, found: after.record.digest };
  const cause = 'The images are the same; the documents that lead to them are written otherwise.';
  return [{ where: 'index', ...sides, cause }];
}

function diffPlatforms(before: ComparedImage, after: ComparedImage): readonly Difference[] {
  const pairs = after.record.platforms.map((platform) => {
    const other = before.record.platforms.find((known) => isSameName(known.platform, platform.platform));
    return { before: other, after: platform };
  });
  const gone = before.record.platforms.filter((platform) => !pairs.some((pair) => pair.before === platform));
  return [
    ...pairs.flatMap((pair) => {
      const { platform, digest } = pair.after;
      const cause = 'Only the second image has the platform.';
      if (pair.before === undefined)
        return [{ where: `platform ${platform}`, expected: 'absent', found: digest, cause }];
      return diffPlatform({ before: pair.before, after: pair.after, images: [before, after] });
    }),
    ...gone.map(({ platform, digest }: PlatformRecord): Difference => {
      const cause = 'Only the first image has the platform.';
      return { where: `platform ${platform}`, expected: digest, found: 'absent', cause };
    }),
  ];
}

function diffPlatform(pair: PlatformPair): readonly Difference[] {
  const { before, after } = pair;
  if (before.digest === after.digest) return [];
  const found = [
    ...compareBases(before, after),
    ...diffPackages(pair),
    ...diffLayers(pair),
    ...diffManifests(pair),
    ...diffSettings(pair),
    ...diffConfigTexts(pair),
  ];
  return found.length > 0 ? found : [bytesOfManifest(before, after)];
}
