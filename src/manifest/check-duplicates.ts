import { type Platform, parsePlatform, samePlatform } from '../oci/index.js';
import type { ManifestPath } from './build-manifest.js';
import { isComplaint } from './complaint.js';
import { type Named, namesIn, pathsOf, type Repetition, repeated, reportDuplicates } from './duplicates.js';
import { platformsMax } from './image-schema.js';
import type { ManifestText } from './manifest-text.js';
import type { Problems } from './problems.js';
import { membersOf, type Plain, type SourceNode, valueAt } from './source-node.js';
import { parseWebUrl } from './web-url.js';

const withoutSlash = (text: string): string => text.replace(/\/$/, '');
const packageOf = (text: string): string => text.replace(/=.*$/s, '');
const portOf = (text: string): string => text.replace(/\/tcp$/, '');
const lowerCase = (text: string): string => text.toLowerCase();

/** Two spellings of one URL; for a mirror also with and without a slash at the end. */
function addressOf(text: string): string {
  const url = parseWebUrl(text);
  return isComplaint(url) ? text : url.href;
}

const CONTENT = ['layers', '*', 'contents', '*'];
const DEBIAN = [...CONTENT, 'debian'];
const SOURCE = [...DEBIAN, 'sources', '*'];

/** A list in which nothing may stand twice; `*` stands for any key or position. And what makes two texts the same. */
type Unrepeated = readonly [list: readonly string[], sameAs?: (text: string) => string];

const LISTS: readonly Unrepeated[] = [
  [['tags']],
  [['artifacts', '*', 'tools', '*', 'with'], withoutSlash],
  [['artifacts', '*', 'tools', '*', 'packages']],
  [[...CONTENT, 'capabilities']],
  [[...CONTENT, 'fetch'], addressOf],
  [[...CONTENT, 'paths'], withoutSlash],
  [[...CONTENT, 'extras'], withoutSlash],
  [[...CONTENT, 'closure', 'extras'], withoutSlash],
  [[...CONTENT, 'certificates']],
  [[...CONTENT, 'remove'], withoutSlash],
  [[...CONTENT, 'accounts', 'groups', '*', 'members']],
  [[...DEBIAN, 'mirror'], (text) => withoutSlash(addressOf(text))],
  [[...DEBIAN, 'components']],
  [[...SOURCE, 'mirror'], (text) => withoutSlash(addressOf(text))],
  [[...SOURCE, 'components']],
  [[...DEBIAN, 'packages'], packageOf],
  [[...DEBIAN, 'exclude']],
  [[...DEBIAN, 'paths'], withoutSlash],
  [[...DEBIAN, 'extras'], withoutSlash],
  [[...DEBIAN, 'closure', 'extras'], withoutSlash],
  [['config', 'ports']],
  [['config', 'volumes']],
  [['assertions', 'metadata', 'ports'], portOf],
  [['assertions', 'metadata', 'no-ports'], portOf],
  [['assertions', 'metadata', 'volumes']],
  [['assertions', 'metadata', 'no-volumes']],
];

/** As `repeated`, where `linux/arm64` and `linux/arm64/v8` are the same. */
function repeatedPlatforms(names: readonly Named[]): Repetition[] {
  const seen: { readonly named: Named; readonly platform: Platform }[] = [];
  const pairs: Repetition[] = [];
  for (const named of names) {
    const platform = parsePlatform(String(named.name));
    if (platform === undefined) continue;
    const before = seen.find((other) => samePlatform(other.platform, platform));
    if (before === undefined) seen.push({ named, platform });
    else pairs.push([named, before.named]);
  }
  return pairs;
}

/** The texts and numbers at the paths that fit the pattern. */
function namesAt(value: Plain, pattern: ManifestPath): readonly Named[] {
  return pathsOf(value, pattern).flatMap((path) => {
    const name = valueAt(value, path);
    return typeof name === 'string' || typeof name === 'number' ? [{ path, name }] : [];
  });
}

function headersOf(value: Plain, path: ManifestPath): readonly Named[] {
  return pathsOf(value, [...path, 'headers', '*']).map((at) => ({ path: at, name: at[at.length - 1]! }));
}

/** Tools of one artifact: by name, or with what they need. */
function repeatedTools(value: Plain): Repetition[] {
  return pathsOf(value, ['artifacts', '*', 'tools']).flatMap((list) =>
    repeated(
      membersOf(valueAt(value, list)).flatMap(([index]) => [
        ...namesAt(value, [...list, index]),
        ...namesAt(value, [...list, index, 'name']),
      ]),
    ),
  );
}

/** Names that may stand once in a content, wherever in it. */
function repeatedInContents(value: Plain): Repetition[] {
  return pathsOf(value, CONTENT).flatMap((path) => [
    ...repeated(headersOf(value, path), lowerCase),
    ...repeated([
      ...namesAt(value, [...path, 'debian', 'suite']),
      ...namesAt(value, [...path, 'debian', 'sources', '*', 'suite']),
    ]),
    ...['users', 'groups'].flatMap((list) =>
      ['name', list === 'users' ? 'uid' : 'gid'].flatMap((key) =>
        repeated(namesAt(value, [...path, 'accounts', list, '*', key])),
      ),
    ),
  ]);
}

/** Reports what is written twice where each may stand once; of two, the second. */
export function checkDuplicates(value: Plain, top: SourceNode, to: { source: ManifestText; problems: Problems }): void {
  const pairs = [
    ...LISTS.flatMap(([pattern, sameAs]) =>
      pathsOf(value, pattern).flatMap((list) => repeated(namesIn(value, list), sameAs)),
    ),
    ...repeatedPlatforms(namesIn(value, ['platforms']).slice(0, platformsMax)),
    ...repeated(namesAt(value, ['layers', '*', 'name'])),
    ...repeated(namesAt(value, ['assertions', 'commands', '*', 'name'])),
    ...repeatedTools(value),
    ...repeatedInContents(value),
  ];
  reportDuplicates(pairs, { ...to, top });
}
