import type { SyncEntry } from '../../manifest/index.js';
import { compareUtf8 } from '../../util/index.js';
import { tagsInRange } from './versions.js';

/** What of an entry says which tags are meant. */
export type TagChoice = Pick<SyncEntry, 'match' | 'semver' | 'latest' | 'exclude'> & {
  readonly tags: readonly Pick<SyncEntry['tags'][number], 'name'>[];
};

/** False where the exact tags are all there is, so that nobody needs to know which others there are. */
export function needsList({ match, semver }: TagChoice): boolean {
  return match !== undefined || semver !== undefined;
}

/**
 * The tags to copy, each once: those that are written in their order, whether they are there or not, then what `match` or
 * `semver` choose of those there are and `exclude` leaves, sorted by bytes.
 *
 * @param available all tags of the repository, in any order
 */
export function chooseTags(choice: TagChoice, available: readonly string[]): readonly string[] {
  const { match, semver, latest, exclude } = choice;
  const exact = choice.tags.map(({ name }) => name);
  const left = available.filter((tag) => exclude?.matches(tag) !== true);
  const found = [
    ...(match === undefined ? [] : left.filter((tag) => match.matches(tag))),
    ...(semver === undefined ? [] : tagsInRange(left, semver, latest)),
  ];
  return [...new Set([...exact, ...found.sort(compareUtf8)])];
}
