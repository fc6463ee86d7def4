import { type ImageLock, renderLock } from '../lock/index.js';
import { type Digest, digestOf } from '../oci/index.js';
import type { Entry, FileTree } from '../tree/index.js';
import { compareUtf8 } from '../util/index.js';
import type { ArtifactState, PlatformState } from './plan-image.js';
import type { ArtifactFacts } from './record.js';
import type { MovedInput, SavedInputs } from './saved-plan.js';

type Fact = readonly [name: string, value: string];

/** Digest of the pins. What a lock remembers of the trees of bases follows from them, and grows from build to build. */
export function lockFact({ platforms, ...rest }: ImageLock): Digest {
  const pinned = Object.entries(platforms).map(([platform, { base, ...others }]) => {
    if (base === undefined) return [platform, others] as const;
    const { tree: _, ...pin } = base;
    return [platform, { ...others, base: pin }] as const;
  });
  return digestOf(renderLock({ ...rest, platforms: Object.fromEntries(pinned) }));
}

/** The facts of an artifact, named so that those of all artifacts can stand together. */
export function artifactFacts(artifact: string, platform: string, facts: ArtifactFacts): readonly Fact[] {
  return Object.entries(facts).map(([name, value]) => [`artifact ${artifact} ${platform}: ${name}`, value]);
}

/** What one platform rests on, as far as it is known. */
export function platformFacts({ platform, base, artifacts, layers }: PlatformState): readonly Fact[] {
  const known = (artifact: ArtifactState) =>
    artifact.facts === null ? [] : artifactFacts(artifact.name, platform, artifact.facts);
  return [
    ...(base?.digest ? [[`base ${platform}`, base.digest] as const] : []),
    ...artifacts.flatMap(known),
    ...layers.flatMap(({ name, key }) => (key === null ? [] : [[`layer ${name} ${platform}`, key] as const])),
  ];
}

function contentOf(entry: Entry): string {
  if (entry.kind === 'symlink') return `symlink ${digestOf(entry.target)}`;
  if (entry.kind !== 'file') return entry.kind;
  return (entry.mode & 0o100) === 0 ? entry.digest : `${entry.digest} executable`;
}

const directoryOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** The files behind the entries. Directories that hold something say nothing of their own. */
export function sourceFacts(trees: readonly FileTree[]): readonly Fact[] {
  const entries = trees.flatMap((tree) => tree.entries.filter(({ origin }) => origin.source !== undefined));
  const holding = new Set(entries.map(({ origin }) => directoryOf(origin.source!)));
  const facts = new Map<string, Set<string>>();
  for (const entry of entries) {
    const source = entry.origin.source!;
    if (entry.kind === 'directory' && holding.has(source)) continue;
    facts.set(source, (facts.get(source) ?? new Set()).add(contentOf(entry)));
  }
  // One file may be put into the image twice, with another mode.
  return [...facts].map(([source, values]) => [`file ${source}`, [...values].sort(compareUtf8).join(', ')]);
}

/** What was not known, because an artifact had not run or a registry was not reached, did not move. */
const PERHAPS_UNKNOWN = /^(?:tag |image |base |layer |artifact [^:]*: artifact )/;

/** What people change comes first, what follows from it last. */
const ORDER = [/^manifest$/, /^created$/, /^lock$/, /^tag /, /^image /, /^base /, /^file /, /^artifact /, /^layer /];

function rankOf(what: string): number {
  const rank = ORDER.findIndex((pattern) => pattern.test(what));
  return rank < 0 ? ORDER.length : rank;
}

/** What is not as it was planned, the first causes first. */
export function movedInputs(
  { facts: planned }: SavedInputs,
  { file, facts: found }: SavedInputs,
): readonly MovedInput[] {
  const names = [...new Set([...Object.keys(planned), ...Object.keys(found)])];
  const valueIn = (facts: SavedInputs['facts'], name: string) => (Object.hasOwn(facts, name) ? facts[name]! : null);
  return names
    .map((what): MovedInput => ({ file, what, planned: valueIn(planned, what), found: valueIn(found, what) }))
    .filter((input) => input.planned !== input.found)
    .filter((input) => !PERHAPS_UNKNOWN.test(input.what) || (input.planned !== null && input.found !== null))
    .sort((a, b) => rankOf(a.what) - rankOf(b.what) || compareUtf8(a.what, b.what));
}
