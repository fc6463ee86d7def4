import { compareUtf8 } from '../util/index.js';
import type { PlatformPair } from './diff-layers.js';
import type { Difference, Packages } from './difference.js';
import { layersOf } from './layer-view.js';

/** As entries tell it that know their package; undefined where none does. */
function fromOrigins(pair: PlatformPair, side: 0 | 1): Packages | undefined {
  const image = pair.images[side];
  const packages = new Map<string, string>();
  for (const { record } of layersOf(image, side === 0 ? pair.before : pair.after)) {
    for (const { origin } of image.listingOf(record)?.entries ?? []) {
      if (origin.package !== undefined) packages.set(origin.package.name, origin.package.version);
    }
  }
  return packages.size === 0 ? undefined : packages;
}

const NONE: Packages = new Map();

/** Packages that were added, removed or have another version, sorted by name. */
export function diffPackages(pair: PlatformPair): readonly Difference[] {
  const { before, after, images } = pair;
  const [left, right] = [images[0].packagesOf?.(before.platform), images[1].packagesOf?.(after.platform)];
  const old = left ?? fromOrigins(pair, 0) ?? NONE;
  const now = right ?? fromOrigins(pair, 1) ?? NONE;
  const where = `packages (${after.platform})`;
  const names = [...new Set([...old.keys(), ...now.keys()])].sort(compareUtf8);
  return names.flatMap((name): readonly Difference[] => {
    const [expected, found] = [old.get(name) ?? 'absent', now.get(name) ?? 'absent'];
    if (expected === found) return [];
    const cause = `Package ${name}: ${expected} → ${found}.`;
    return [{ where, path: name, expected, found, cause }];
  });
}
