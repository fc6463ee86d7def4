import type { SourceSpan } from '../errors/index.js';
import type { PinChange } from '../lock/index.js';
import type { Entry, Origin, TreeDifference } from '../tree/index.js';
import { aspectOf, sideOf } from './entry-side.js';
import type { Cause } from './plan.js';
import { showMove, showValue } from './shown-values.js';

/** What the causes of changes are drawn from. */
export interface CauseFacts {
  /** Why an artifact's output is new, by name; undefined where its key is the same as before. */
  artifactCause(name: string): string | undefined;
  /** How the base is another one than before (see `baseMove`); undefined where it is the same. */
  readonly baseMove: string | undefined;
  /** Pins that are known to have moved. */
  readonly pins: readonly PinChange[];
  /** Where image.yaml declares the contents, by their labels. Asked for only where something went. */
  declared(): ReadonlyMap<string, SourceSpan | undefined>;
}

/** What else the two trees tell of an entry that is not the same in both. */
export interface EntryNews {
  /** Where the same file is put on the other side, if it is there no longer at its place. */
  readonly moved: string | undefined;
  /** The version of the same package on the other side, if that is another one. */
  readonly otherVersion: string | undefined;
}

function withPlace(text: string, { at }: { readonly at?: SourceSpan | undefined }): Cause {
  return at === undefined ? { text } : { text, at };
}

/** @param versions of the package before and now */
function packageMoved({ package: owner }: Origin, versions: readonly (string | undefined)[]): string {
  return `the lock moved: package ${owner?.name} ${versions.join(' → ')}`;
}

export function causeOfRemoval(origin: Origin, { moved, otherVersion }: EntryNews, facts: CauseFacts): Cause {
  if (origin.kind === 'base') return { text: facts.baseMove ?? 'nothing puts it there any more' };
  if (otherVersion !== undefined) return { text: packageMoved(origin, [origin.package?.version, otherVersion]) };
  if (!facts.declared().has(origin.label)) return { text: `${origin.label} is no longer declared` };
  // The place of the earlier origin is one in an earlier image.yaml.
  const now = { at: facts.declared().get(origin.label) };
  if (origin.source === undefined) return withPlace(`${origin.label} no longer puts it there`, now);
  if (moved !== undefined) return withPlace(`${origin.source} goes to ${moved} now`, now);
  return withPlace(`${origin.label}: ${origin.source} is gone or no longer selected`, now);
}

/** Mode, owner and the like: the declaration says them, but whether a file may be executed is seen at the file. */
function causeOfFacts(before: Entry, after: Entry, differs: readonly string[]): string {
  const { label, source } = after.origin;
  const [old, now] = [sideOf(before), sideOf(after)];
  if (differs.includes('kind')) return `${source ?? label} is a ${now.kind} now, and was a ${old.kind}`;
  const isOfFile = source !== undefined && differs.join() === 'mode';
  const moves = differs.map((aspect) => showMove(aspectOf(old, aspect), aspectOf(now, aspect)));
  const whose = isOfFile ? source : `${label} in the manifest`;
  return `${differs.join(' and ')} of ${whose}: ${moves.join(', ')}`;
}

/** Contents that a pin decides: the lock, or the digest beside the URL. */
function causeOfPinned({ before, after }: TreeDifference, { pins }: CauseFacts): string | undefined {
  const { kind, label, source } = after!.origin;
  const pin = pins.find(({ what }) => what === label);
  if (pin !== undefined) return `the lock moved: ${label} ${showMove(pin.before, pin.after)}`;
  if ((kind !== 'fetch' && kind !== 'image') || before === undefined) return undefined;
  const [old, now] = [sideOf(before), sideOf(after!)];
  const digests = source === undefined && old.digest !== undefined ? `: ${showMove(old.digest, now.digest)}` : '';
  return `${label} is pinned to another content${digests}`;
}

function causeOfContent(difference: TreeDifference, { moved }: EntryNews, facts: CauseFacts): string {
  const { label, source } = difference.after!.origin;
  if (moved !== undefined) return `${source} went to ${moved} before`;
  const pinned = causeOfPinned(difference, facts);
  if (pinned !== undefined) return pinned;
  if (difference.before === undefined) return source === undefined ? label : `${source} is new`;
  return `${source ?? label} changed`;
}

export function causeOfPresence(difference: TreeDifference, news: EntryNews, facts: CauseFacts): Cause {
  const { before, after, differs } = difference;
  const { origin } = after!;
  if (origin.kind === 'base') return { text: facts.baseMove ?? 'a layer now needs this parent directory' };
  if (news.otherVersion !== undefined)
    return withPlace(packageMoved(origin, [news.otherVersion, origin.package?.version]), origin);
  // What an image that was not built here says of its origins is only that it had them.
  const isAnother = before !== undefined && before.origin.kind !== 'base' && before.origin.label !== origin.label;
  if (isAnother) return withPlace(`${origin.label} replaces ${before.origin.label}`, origin);
  const isContent = before === undefined || differs.includes('content');
  if (origin.kind === 'artifact' && (isContent || differs.includes('kind') || differs.includes('target'))) {
    const why = facts.artifactCause(origin.label.replace(/^artifact /, ''));
    return withPlace(why === undefined ? origin.label : `${origin.label}: ${why}`, origin);
  }
  if (!isContent) return withPlace(causeOfFacts(before, after!, differs), origin);
  return withPlace(causeOfContent(difference, news, facts), origin);
}

/** What to call a changed layer whose entries are as before. */
export function causeOfBytes({
  compression,
  created,
  format,
}: {
  readonly compression: boolean;
  readonly created: readonly (string | undefined)[];
  readonly format: readonly number[];
}): {
  readonly text: string;
  readonly field: 'compression' | 'created' | undefined;
  /** No number and no setting accounts for it. */
  readonly isOfTar?: true;
} {
  const [oldFormat, newFormat] = format;
  if (oldFormat !== newFormat)
    return {
      text: `the number of the byte format: ${oldFormat} → ${newFormat}; the entries are the same`,
      field: undefined,
    };
  if (compression) return { text: 'compression changed, the entries did not', field: 'compression' };
  const [before, after] = created;
  if (before !== after)
    return {
      text: `the time "created": ${showValue(before)} → ${showValue(after)}; the entries are the same`,
      field: 'created',
    };
  return {
    text: 'the tar is written in another way: its entries are the same, their times or their order may not be',
    field: undefined,
    isOfTar: true,
  };
}
