import { fail, type SourceSpan, type TbuildError } from '../../errors/index.js';
import { type ExactTag, type SyncEntry, type SyncList, syncDestination } from '../../manifest/index.js';
import { type Reference, type RegistryReference, renderReference } from '../../oci/index.js';
import type { SyncFailure } from '../transfer-requests.js';
import type { Writing } from '../write-image.js';
import { type Attempt, doneOf, tryEach } from './attempts.js';
import { chooseTags, needsList } from './choose-tags.js';

/** An image that the list asks for. */
export interface Candidate {
  readonly entry: SyncEntry;
  /** With its tag. */
  readonly from: RegistryReference;
  readonly to: Reference;
  /** The tag as it is written; undefined where it was found. */
  readonly exact: ExactTag | undefined;
}

const PARALLEL = 4;

export function aboutCandidate({ entry, from, to, exact }: Candidate): Pick<SyncFailure, 'from' | 'to' | 'at'> {
  return { from: renderReference(from), to: renderReference(to), at: placeOf({ entry, exact }) };
}

function placeOf({ entry, exact }: Pick<Candidate, 'entry' | 'exact'>): SourceSpan {
  return exact?.at ?? entry.at;
}

async function tagsOf(entry: SyncEntry, { registries, steps }: Writing): Promise<readonly string[]> {
  if (!needsList(entry)) return chooseTags(entry, []);
  const repository = renderReference(entry.source);
  const available = await steps.run(`list tags of ${repository}`, () => registries.repository(entry.source).tags());
  if (chooseTags({ ...entry, tags: [] }, available).length === 0) {
    const message = `${repository} has no tag that is looked for; it has ${available.length}`;
    steps.report({ kind: 'warning', message, at: entry.at });
  }
  return chooseTags(entry, available);
}

/** Asks the registries for their tags where that is needed, and chooses. In the order of the list. */
export async function listCandidates(list: SyncList, writing: Writing): Promise<readonly Attempt<Candidate>[]> {
  const entries = list.entries.map((done) => ({ done }));
  const attempts = await tryEach(entries, {
    parallel: PARALLEL,
    about: ({ source, repository, at }) => {
      return { from: renderReference(source), to: renderReference(syncDestination(list.target, repository)), at };
    },
    run: async (entry) =>
      (await tagsOf(entry, writing)).map((tag): Candidate => {
        const { source, repository, tags } = entry;
        const to = syncDestination(list.target, repository, tag);
        return { entry, from: { ...source, tag }, to, exact: tags.find(({ name }) => name === tag) };
      }),
  });
  return attempts.flatMap((attempt): readonly Attempt<Candidate>[] =>
    'done' in attempt ? attempt.done.map((done) => ({ done })) : [attempt],
  );
}

function clash(second: Candidate, first: Candidate): TbuildError {
  const [a, b] = [second, first].map(({ from }) => renderReference(from));
  const to = JSON.stringify(renderReference(second.to));
  return fail('manifest-duplicate', {
    message: a === b ? `${a} is asked for twice, for ${to}` : `${a} and ${b} both go to ${to}`,
    hint: a === b ? 'Let one entry choose it.' : 'Give one of them another repository with "to".',
    at: placeOf(second),
    related: [{ message: 'the other is asked for here', at: placeOf(first) }],
  });
}

/**
 * Refuses images of which only one would be there in the end: the first of each two entries.
 * @throws TbuildError `manifest-duplicate`, or `manifest-invalid` with several of them
 */
export function checkDestinations(attempts: readonly Attempt<Candidate>[], file: string): void {
  const taken = new Map<string, Candidate>();
  const told = new Map<SyncEntry, Set<SyncEntry>>();
  const problems: TbuildError[] = [];
  for (const candidate of doneOf(attempts)) {
    const key = renderReference(candidate.to);
    const first = taken.get(key);
    if (first === undefined) {
      taken.set(key, candidate);
      continue;
    }
    const others = told.get(candidate.entry) ?? new Set();
    if (!others.has(first.entry)) problems.push(clash(candidate, first));
    told.set(candidate.entry, others.add(first.entry));
  }
  if (problems.length === 1) throw problems[0];
  if (problems.length === 0) return;
  throw fail('manifest-invalid', { message: `${JSON.stringify(file)} has ${problems.length} problems`, problems });
}
