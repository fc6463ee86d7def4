import type { SourceSpan } from '../errors/index.js';
import { diffTrees, type Entry, type FileTree, type Origin, type TreeDifference } from '../tree/index.js';
import type { Cause, EntryChange, EntrySide } from './plan.js';

/** What the causes of changes are drawn from. */
export interface CauseFacts {
  /** Why an artifact's output is new, by name; undefined where its key is the same as before. */
  artifactCause(name: string): string | undefined;
  /** True where the base is another one than before. */
  readonly baseMoved: boolean;
  /** Where image.yaml declares the contents, by their labels. Asked for only where something went. */
  declared(): ReadonlyMap<string, SourceSpan | undefined>;
}

/** The contents that put something into these trees, by their labels, and where image.yaml declares them. */
export function declaredPlaces(trees: readonly FileTree[]): ReadonlyMap<string, SourceSpan | undefined> {
  const places = new Map<string, SourceSpan | undefined>();
  for (const tree of trees) for (const { origin } of tree.entries) places.set(origin.label, origin.at);
  return places;
}

/** Where the file behind an entry is found in one of the trees. */
class Sources {
  readonly #tree: FileTree;
  #paths: Map<string, string> | undefined;

  constructor(tree: FileTree) {
    this.#tree = tree;
  }

  static #keyOf({ label, source }: Origin): string | undefined {
    return source === undefined ? undefined : `${label}\0${source}`;
  }

  /** The path of an entry with the same source, which must not be there in the other tree: then it moved. */
  movedTo(origin: Origin, other: FileTree): string | undefined {
    const wanted = Sources.#keyOf(origin);
    if (wanted === undefined) return undefined;
    this.#paths ??= new Map(
      this.#tree.entries.flatMap(({ origin: found, path }) => {
        const key = Sources.#keyOf(found);
        return key === undefined ? [] : [[key, path] as const];
      }),
    );
    const path = this.#paths.get(wanted);
    return path === undefined || other.get(path) !== undefined ? undefined : `/${path}`;
  }
}

function sideOf(entry: Entry): EntrySide {
  if (entry.kind === 'whiteout') return { kind: 'whiteout', mode: '', owner: '' };
  const shared = {
    kind: entry.kind,
    mode: entry.mode.toString(8).padStart(4, '0'),
    owner: `${entry.uid}:${entry.gid}`,
  };
  if (entry.kind === 'file') return { ...shared, digest: entry.digest, sizeBytes: entry.size };
  if (entry.kind === 'symlink') return { ...shared, target: entry.target };
  return shared;
}

function withPlace(text: string, { at }: { readonly at?: SourceSpan | undefined }): Cause {
  return at === undefined ? { text } : { text, at };
}

/** @param moved where the same file is put now */
function causeOfRemoval(origin: Origin, moved: string | undefined, facts: CauseFacts): Cause {
  if (origin.kind === 'base') return { text: facts.baseMoved ? 'the base moved' : 'nothing puts it there any more' };
  if (!facts.declared().has(origin.label)) return { text: `${origin.label} is no longer declared` };
  // The place of the earlier origin is one in an earlier image.yaml.
  const now = { at: facts.declared().get(origin.label) };
  if (origin.source === undefined) return withPlace(`${origin.label} no longer puts it there`, now);
  if (moved !== undefined) return withPlace(`${origin.source} goes to ${moved} now`, now);
  return withPlace(`${origin.label}: ${origin.source} is gone or no longer selected`, now);
}

/** @param moved where the same file was put before */
function causeOfPresence(difference: TreeDifference, moved: string | undefined, facts: CauseFacts): Cause {
  const { origin } = difference.after!;
  if (origin.kind === 'base')
    return { text: facts.baseMoved ? 'the base moved' : 'a layer now needs this parent directory' };
  const earlier = difference.before?.origin;
  // What an image that was not built here says of its origins is only that it had them.
  const isAnother = earlier !== undefined && earlier.kind !== 'base' && earlier.label !== origin.label;
  if (isAnother) return withPlace(`${origin.label} replaces ${earlier.label}`, origin);
  const content = difference.before === undefined || difference.differs.includes('content');
  if (origin.kind === 'artifact') {
    const why = facts.artifactCause(origin.label.replace(/^artifact /, ''));
    return withPlace(why === undefined ? origin.label : `${origin.label}: ${why}`, origin);
  }
  if (!content) {
    const what = difference.differs.join(' and ');
    // Whether a file may be executed is seen at the file, everything else is said by the declaration.
    const whose = what === 'mode' ? (origin.source ?? origin.label) : origin.label;
    return withPlace(`${what} of ${whose} changed`, origin);
  }
  if (moved !== undefined) return withPlace(`${origin.source} went to ${moved} before`, origin);
  const verb = difference.before === undefined ? 'is new' : 'changed';
  if (origin.source !== undefined) return withPlace(`${origin.source} ${verb}`, origin);
  return withPlace(difference.before === undefined ? origin.label : `${origin.label} ${verb}`, origin);
}

/** Every entry of a layer that is not as before, each with its cause. */
export function entryChanges(before: FileTree, after: FileTree, facts: CauseFacts): readonly EntryChange[] {
  const earlier = new Sources(before);
  const now = new Sources(after);
  return [...diffTrees(before, after)].map((difference): EntryChange => {
    const sides = {
      ...(difference.before === undefined ? {} : { before: sideOf(difference.before) }),
      ...(difference.after === undefined ? {} : { after: sideOf(difference.after) }),
    };
    const path = `/${difference.path}`;
    const { differs } = difference;
    if (difference.after === undefined) {
      const { origin } = difference.before!;
      const cause = causeOfRemoval(origin, now.movedTo(origin, before), facts);
      return { change: 'removed', path, ...sides, differs, cause };
    }
    if (difference.before !== undefined)
      return { change: 'changed', path, ...sides, differs, cause: causeOfPresence(difference, undefined, facts) };
    const cause = causeOfPresence(difference, earlier.movedTo(difference.after.origin, after), facts);
    return { change: 'added', path, ...sides, differs, cause };
  });
}
