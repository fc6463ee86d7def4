import type { SourceSpan } from '../errors/index.js';
import { diffTrees, type Entry, type FileTree, type Origin, type TreeDifference } from '../tree/index.js';
import { type CauseFacts, causeOfPresence, causeOfRemoval, type EntryNews } from './entry-causes.js';
import { sideOf } from './entry-side.js';
import type { EntryChange } from './plan.js';

/** The contents that put something into these trees, by their labels, and where image.yaml declares them. */
export function declaredPlaces(trees: readonly FileTree[]): ReadonlyMap<string, SourceSpan | undefined> {
  const places = new Map<string, SourceSpan | undefined>();
  for (const tree of trees) for (const { origin } of tree.entries) places.set(origin.label, origin.at);
  return places;
}

/** Where the file behind an entry, and its package, are found in one of the trees. */
class Sources {
  readonly #tree: FileTree;
  #paths: Map<string, string> | undefined;
  #versions: Map<string, string> | undefined;

  constructor(tree: FileTree) {
    this.#tree = tree;
  }

  static #keyOf({ label, source }: Origin): string | undefined {
    return source === undefined ? undefined : `${label}\0${source}`;
  }

  /** What is known of an entry of the other tree. */
  newsOf(entry: Entry, other: FileTree): EntryNews {
    const { origin } = entry;
    return { moved: this.#movedTo(origin, other), otherVersion: this.#otherVersion(origin) };
  }

  /** The path of an entry with the same source, which must not be there in the other tree: then it moved. */
  #movedTo(origin: Origin, other: FileTree): string | undefined {
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

  #otherVersion({ package: owner }: Origin): string | undefined {
    if (owner === undefined) return undefined;
    this.#versions ??= new Map(
      this.#tree.entries.flatMap(({ origin }) =>
        origin.package === undefined ? [] : [[origin.package.name, origin.package.version] as const],
      ),
    );
    const version = this.#versions.get(owner.name);
    return version === owner.version ? undefined : version;
  }
}

/** Both sides of a difference for people. */
function sidesOf({ before, after }: TreeDifference): Pick<EntryChange, 'before' | 'after'> {
  return {
    ...(before === undefined ? {} : { before: sideOf(before) }),
    ...(after === undefined ? {} : { after: sideOf(after) }),
  };
}

/** Every entry of a layer that is not as before, each with its cause. */
export function entryChanges(before: FileTree, after: FileTree, facts: CauseFacts): readonly EntryChange[] {
  const earlier = new Sources(before);
  const now = new Sources(after);
  return [...diffTrees(before, after)].map((difference): EntryChange => {
    const shared = { path: `/${difference.path}`, ...sidesOf(difference), differs: difference.differs };
    if (difference.after === undefined) {
      const entry = difference.before!;
      return { change: 'removed', ...shared, cause: causeOfRemoval(entry.origin, now.newsOf(entry, before), facts) };
    }
    const news = earlier.newsOf(difference.after, after);
    if (difference.before === undefined)
      return { change: 'added', ...shared, cause: causeOfPresence(difference, news, facts) };
    return { change: 'changed', ...shared, cause: causeOfPresence(difference, { ...news, moved: undefined }, facts) };
  });
}
