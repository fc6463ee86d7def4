import { type Platform, parsePlatform, samePlatform } from '../oci/index.js';
import { type Named, namesIn, pathsOf, type Repetition, repeated, reportDuplicates } from './duplicates.js';
import { platformsMax } from './image-schema.js';
import type { ManifestText } from './manifest-text.js';
import type { Problems } from './problems.js';
import { membersOf, type Plain, type SourceNode, valueAt } from './source-node.js';

/** Lists in which nothing may stand twice. `*` stands for any key or position. */
const LISTS: readonly (readonly string[])[] = [
  ['tags'],
  ['artifacts', '*', 'tools'],
  ['layers', '*', 'contents', '*', 'capabilities'],
  ['config', 'ports'],
  ['config', 'volumes'],
];

/** As `repeated`, where `linux/arm64` and `linux/arm64/v8` are the same. */
function repeatedPlatforms(names: readonly Named[]): Repetition[] {
  const seen: { readonly named: Named; readonly platform: Platform }[] = [];
  const pairs: Repetition[] = [];
  for (const named of names) {
    const platform = parsePlatform(named.name);
    if (platform === undefined) continue;
    const before = seen.find((other) => samePlatform(other.platform, platform));
    if (before === undefined) seen.push({ named, platform });
    else pairs.push([named, before.named]);
  }
  return pairs;
}

function layerNames(value: Plain): readonly Named[] {
  return membersOf(valueAt(value, ['layers'])).flatMap(([index, layer]) => {
    const name = valueAt(layer, ['name']);
    return typeof name === 'string' ? [{ path: ['layers', index, 'name'], name }] : [];
  });
}

/** Reports what is written twice where each may stand once; of two, the second. */
export function checkDuplicates(value: Plain, top: SourceNode, to: { source: ManifestText; problems: Problems }): void {
  const lists = LISTS.flatMap((pattern) => pathsOf(value, pattern));
  const pairs = [
    ...lists.flatMap((list) => repeated(namesIn(value, list))),
    ...repeatedPlatforms(namesIn(value, ['platforms']).slice(0, platformsMax)),
    ...repeated(layerNames(value)),
  ];
  reportDuplicates(pairs, { ...to, top });
}
