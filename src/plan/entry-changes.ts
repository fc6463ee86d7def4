import { diffTrees, type Entry, type FileTree, type Origin, type TreeDifference } from '../tree/index.js';
import type { Cause, EntryChange, EntrySide } from './plan.js';

/** What the causes of changes are drawn from. */
export interface CauseFacts {
  /** Why an artifact's output is new, by name; undefined where its key is the same as before. */
  artifactCause(name: string): string | undefined;
  /** True where the base is another one than before. */
  readonly baseMoved: boolean;
  /** True where image.yaml still declares a content with this label. */
  stillDeclared(label: string): boolean;
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

function withPlace(text: string, origin: Origin): Cause {
  return origin.at === undefined ? { text } : { text, at: origin.at };
}

function causeOfRemoval(origin: Origin, facts: CauseFacts): Cause {
  if (origin.kind === 'base') return { text: facts.baseMoved ? 'the base moved' : 'nothing puts it there any more' };
  if (!facts.stillDeclared(origin.label)) return { text: `${origin.label} is no longer declared` };
  if (origin.source === undefined) return withPlace(`${origin.label} no longer puts it there`, origin);
  return withPlace(`${origin.label}: ${origin.source} is gone or no longer selected`, origin);
}

function causeOfPresence(difference: TreeDifference, facts: CauseFacts): Cause {
  const { origin } = difference.after!;
  if (origin.kind === 'base')
    return { text: facts.baseMoved ? 'the base moved' : 'a layer now needs this parent directory' };
  const earlier = difference.before?.origin;
  // What an image that was not built here says of its origins is only that it had them.
  const moved = earlier !== undefined && earlier.kind !== 'base' && earlier.label !== origin.label;
  if (moved) return withPlace(`${origin.label} replaces ${earlier.label}`, origin);
  const content = difference.before === undefined || difference.differs.includes('content');
  if (origin.kind === 'artifact') {
    const why = facts.artifactCause(origin.label.replace(/^artifact /, ''));
    return withPlace(why === undefined ? origin.label : `${origin.label}: ${why}`, origin);
  }
  if (!content) return withPlace(`${difference.differs.join(' and ')} of ${origin.label}`, origin);
  const verb = difference.before === undefined ? 'is new' : 'changed';
  if (origin.source !== undefined) return withPlace(`${origin.source} ${verb}`, origin);
  return withPlace(difference.before === undefined ? origin.label : `${origin.label} ${verb}`, origin);
}

/** Every entry of a layer that is not as before, each with its cause. */
export function entryChanges(before: FileTree, after: FileTree, facts: CauseFacts): readonly EntryChange[] {
  return [...diffTrees(before, after)].map((difference): EntryChange => {
    const sides = {
      ...(difference.before === undefined ? {} : { before: sideOf(difference.before) }),
      ...(difference.after === undefined ? {} : { after: sideOf(difference.after) }),
    };
    const path = `/${difference.path}`;
    const { differs } = difference;
    if (difference.after === undefined) {
      return { change: 'removed', path, ...sides, differs, cause: causeOfRemoval(difference.before!.origin, facts) };
    }
    const change = difference.before === undefined ? 'added' : 'changed';
    return { change, path, ...sides, differs, cause: causeOfPresence(difference, facts) };
  });
}
