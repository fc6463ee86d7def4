import { compareUtf8 } from '../util/index.js';
import type { ImageLock, PackagePin, PinChange, PlatformLock } from './image-lock.js';

/** What is pinned under one name on one platform. */
interface Pinned {
  /** For people: a digest, or versions. */
  readonly text: string;
  /** Digests of the contents. */
  readonly contents: string;
}

/** By name, then by platform; `''` is for all. */
type PinnedNames = Map<string, Map<string, Pinned>>;

/** How a change calls an image: as in image.yaml, or in full where it is there no longer. */
export type NameOfReference = (reference: string) => string;

const EMPTY: ReadonlyMap<string, Pinned> = new Map();

/** A package that several layers have, in several versions perhaps. */
function packagesOf({ debian }: PlatformLock): ReadonlyMap<string, Pinned> {
  const byName = new Map<string, PackagePin[]>();
  for (const { packages } of Object.values(debian)) {
    for (const pin of packages) byName.set(pin.name, [...(byName.get(pin.name) ?? []), pin]);
  }
  const joined = (texts: readonly string[]): string => [...new Set(texts)].sort(compareUtf8).join(', ');
  return new Map(
    [...byName].map(([name, pins]) => [
      name,
      { text: joined(pins.map(({ version }) => version)), contents: joined(pins.map(({ digest }) => digest)) },
    ]),
  );
}

function pinnedOf(lock: ImageLock | undefined, nameOf: NameOfReference): PinnedNames {
  const names: PinnedNames = new Map();
  const add = (name: string, platform: string, pinned: Pinned): void => {
    names.set(name, (names.get(name) ?? new Map()).set(platform, pinned));
  };
  const addDigest = (name: string, platform: string, digest: string): void =>
    add(name, platform, { text: digest, contents: digest });
  for (const [url, { digest }] of Object.entries(lock?.fetches ?? {})) addDigest(`fetch ${url}`, '', digest);
  for (const [platform, part] of Object.entries(lock?.platforms ?? {})) {
    const { base, images } = part;
    if (base !== undefined) addDigest(`base ${nameOf(base.reference)}`, platform, base.manifest.digest);
    for (const pin of Object.values(images)) addDigest(`image ${nameOf(pin.reference)}`, platform, pin.manifest.digest);
    for (const [name, pinned] of packagesOf(part)) add(`package ${name}`, platform, pinned);
    const artifacts = Object.entries(part.artifacts ?? {});
    for (const [name, { output }] of artifacts) addDigest(`artifact ${name}`, platform, output);
  }
  return names;
}

function changeOf(what: string, before: Pinned | undefined, after: Pinned | undefined): PinChange | undefined {
  if (before?.contents === after?.contents) return undefined;
  if (before === undefined) return { change: 'added', what, before: null, after: after!.text };
  if (after === undefined) return { change: 'removed', what, before: before.text, after: null };
  // An archive has put other contents under the same version.
  const shown = ({ text, contents }: Pinned): string => (before.text === after.text ? `${text} ${contents}` : text);
  return { change: 'changed', what, before: shown(before), after: shown(after) };
}

const isSame = (a: PinChange, b: PinChange): boolean =>
  a.change === b.change && a.before === b.before && a.after === b.after;

/** The changes of one name; one for all platforms where it is the same on each. */
function changesOf(what: string, states: readonly ReadonlyMap<string, Pinned>[], platforms: readonly string[]) {
  const [before = EMPTY, after = EMPTY] = states;
  const places = before.has('') || after.has('') ? [''] : platforms;
  const changes = places.map((place) => changeOf(what, before.get(place), after.get(place)));
  const [first] = changes;
  if (first !== undefined && changes.every((change) => change !== undefined && isSame(change, first))) return [first];
  return changes.flatMap((change, i) => (change === undefined ? [] : [{ ...change, platform: places[i]! }]));
}

/** How one lock differs from another: sorted by what is pinned, then by platform. */
export function pinChanges(
  before: ImageLock | undefined,
  after: ImageLock,
  nameOf: NameOfReference,
): readonly PinChange[] {
  const [old, now] = [pinnedOf(before, nameOf), pinnedOf(after, nameOf)];
  const sorted = (names: Iterable<string>): string[] => [...new Set(names)].sort(compareUtf8);
  const platforms = sorted([...Object.keys(before?.platforms ?? {}), ...Object.keys(after.platforms)]);
  return sorted([...old.keys(), ...now.keys()]).flatMap((what) =>
    changesOf(what, [old.get(what) ?? EMPTY, now.get(what) ?? EMPTY], platforms),
  );
}
