import { type Platform, parsePlatform, samePlatform } from '../oci/index.js';
import type { ManifestPath } from './build-manifest.js';
import type { ManifestText } from './manifest-text.js';
import type { Problems } from './problems.js';
import { platformsMax } from './schema-facts.js';
import {
  membersOf,
  nearestNode,
  type Plain,
  placeOf,
  quote,
  renderPath,
  type SourceNode,
  valueAt,
} from './source-node.js';

interface Named {
  readonly path: ManifestPath;
  readonly name: string;
}

/** Lists in which nothing may stand twice. `*` stands for any key or position. */
const LISTS: readonly (readonly string[])[] = [
  ['tags'],
  ['artifacts', '*', 'tools'],
  ['layers', '*', 'contents', '*', 'capabilities'],
  ['config', 'ports'],
  ['config', 'volumes'],
];

function listsAt(value: Plain | undefined, pattern: readonly string[], path: ManifestPath): ManifestPath[] {
  const [step, ...rest] = pattern;
  if (step === undefined) return [path];
  const members = membersOf(value).filter(([key]) => step === '*' || key === step);
  return members.flatMap(([key, member]) => listsAt(member, rest, [...path, key]));
}

function namesIn(value: Plain, list: ManifestPath): readonly Named[] {
  const items = valueAt(value, list);
  if (!Array.isArray(items)) return [];
  return membersOf(items)
    .filter((member): member is [number, string] => typeof member[1] === 'string')
    .map(([index, name]) => ({ path: [...list, index], name }));
}

/** For each name that is there already, itself and the first. */
function repeated(names: readonly Named[]): (readonly [Named, Named])[] {
  const first = new Map<string, Named>();
  const pairs: (readonly [Named, Named])[] = [];
  for (const named of names) {
    const before = first.get(named.name);
    if (before === undefined) first.set(named.name, named);
    else pairs.push([named, before]);
  }
  return pairs;
}

/** As `repeated`, where `linux/arm64` and `linux/arm64/v8` are the same. */
function repeatedPlatforms(names: readonly Named[]): (readonly [Named, Named])[] {
  const seen: { readonly named: Named; readonly platform: Platform }[] = [];
  const pairs: (readonly [Named, Named])[] = [];
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
  const lists = LISTS.flatMap((pattern) => listsAt(value, pattern, []));
  const pairs = [
    ...lists.flatMap((list) => repeated(namesIn(value, list))),
    ...repeatedPlatforms(namesIn(value, ['platforms']).slice(0, platformsMax)),
    ...repeated(layerNames(value)),
  ];
  for (const [named, first] of pairs) {
    const { path, name } = named;
    const same = name === first.name ? 'is there already' : `is the same as ${quote(first.name)}`;
    const message = `${renderPath(path)} is ${quote(name)}, which ${same}`;
    const at = to.source.spanOf(placeOf(nearestNode(top, first.path).node));
    to.problems.report(top, path, {
      code: 'manifest-duplicate',
      message,
      related: [{ message: 'first written here', at }],
    });
  }
}
