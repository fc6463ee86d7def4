import { posix } from 'node:path';
import { debianContents } from './debian-draft.js';
import { ALPINE_NAMES } from './debian-names.js';
import type { Draft, DraftMap } from './draft.js';
import type { ImportPlace } from './foreign-manifest.js';
import type { ForeignMap } from './foreign-map.js';
import type { Reading } from './reading.js';

const APK = "apk's packages and their keys are of no use where Debian's packages are";

/** Where apko finds packages; Debian has places of its own. */
const SOURCES = ['repositories', 'build_repositories', 'runtime_repositories', 'keyring', 'runtime_keyring'];

/** `baseimage` of `contents` → `base`. */
function baseOf(contents: ForeignMap | undefined, { directory }: ImportPlace, reading: Reading): string {
  const image = contents?.map('baseimage');
  const layout = image?.text('image');
  image?.leaveOut('apkindex', 'what is in the base is known by reading it');
  image?.warnOfRest('apko');
  if (layout === undefined) return 'scratch';
  const path = posix.isAbsolute(layout.value) ? layout.value : posix.join(directory, layout.value);
  const base = `oci:${path}`;
  return reading.accepts(layout, { base }) ? base : 'scratch';
}

/** `layering` → `split` of the layer with packages: apko's origin is Debian's source package. */
function splitOf(layering: ForeignMap | undefined, reading: Reading): Draft | undefined {
  const strategy = layering?.text('strategy');
  const budget = layering?.count('budget');
  layering?.warnOfRest('apko');
  if (strategy !== undefined && strategy.value !== 'origin') {
    reading.leaveOut(strategy.path, `apko knows no strategy ${JSON.stringify(strategy.value)}`);
    return undefined;
  }
  if (strategy === undefined) return undefined;
  const split = budget === undefined || budget.value === 0 ? 'source' : { by: 'source', budget: budget.value };
  return reading.accepts(budget ?? strategy, { layers: [{ name: 'x', split, contents: [] }] }) ? split : undefined;
}

/** `contents` and `layering` of apko.yaml → the base, and the layer with packages if there are any. */
export function importApkoPackages(
  top: ForeignMap,
  place: ImportPlace,
  reading: Reading,
): { readonly base: string; readonly layers: readonly DraftMap[] } {
  const contents = top.map('contents');
  for (const key of SOURCES) contents?.leaveOut(key, APK);
  const wanted = contents?.texts('packages') ?? [];
  const base = baseOf(contents, place, reading);
  contents?.warnOfRest('apko');
  const packages = debianContents({ kind: 'Alpine', wanted, names: ALPINE_NAMES, more: {} }, reading);
  const split = splitOf(top.map('layering'), reading);
  if (packages === undefined) {
    if (split !== undefined) reading.leaveOut(top.pathOf('layering'), 'there are no packages to spread over layers');
    return { base, layers: [] };
  }
  return { base, layers: [{ name: 'packages', split, contents: packages }] };
}
