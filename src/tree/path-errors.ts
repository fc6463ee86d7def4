import { fail, type SourceSpan, type TbuildError } from '../errors/index.js';
import type { Entry, WhiteoutEntry } from './entry.js';
import { differencesOf } from './facts.js';

/** A path as it is in the image, for messages. */
export function showPath(path: string): string {
  return JSON.stringify(`/${path}`);
}

function describe(entry: Entry): string {
  const kind = entry.kind.replace('-', ' ');
  const by = entry.origin.kind === 'parent' ? '' : ` from ${entry.origin.label}`;
  return `a ${kind}${by}`;
}

function related(entry: Entry, other: SourceSpan | undefined): { message: string; at: SourceSpan }[] {
  const at = entry.origin.at;
  return at === undefined || at === other ? [] : [{ message: `${entry.origin.label} is declared here`, at }];
}

function sourceOf(entry: Entry): string {
  const { label, source } = entry.origin;
  return source === undefined || label.includes(source) ? label : `${label} (${source})`;
}

/** Two contents of one layer claim one path differently. */
export function clash(entry: Entry, earlier: Entry): TbuildError {
  const what = differencesOf(earlier, entry).join(', ');
  return fail('path-clash', {
    message: `${showPath(entry.path)} is claimed by ${sourceOf(earlier)} and by ${sourceOf(entry)}, which differ in ${what}`,
    hint:
      entry.kind === 'directory' && earlier.kind === 'directory'
        ? `Declare it before both, with the owner and mode it shall have: "directory: /${entry.path}".`
        : 'Leave one of them out, or write "replace: true" at the later one if it shall win.',
    at: entry.origin.at,
    related: related(earlier, entry.origin.at),
    details: { path: `/${entry.path}`, first: sourceOf(earlier), second: sourceOf(entry) },
  });
}

/** A content removes what an earlier one of its layer put there; a whiteout reaches lower layers only. */
export function removesOwn(entry: WhiteoutEntry, earlier: Entry): TbuildError {
  return fail('path-clash', {
    message: `${sourceOf(entry)} removes what ${sourceOf(earlier)} puts at ${showPath(earlier.path)} in the same layer`,
    hint: 'Leave it out where it is put, or remove it before: a removal is for what lower layers hold.',
    at: entry.origin.at,
    related: related(earlier, entry.origin.at),
    details: { path: `/${earlier.path}`, first: sourceOf(earlier), second: sourceOf(entry) },
  });
}

/** A content would hide a directory of a lower layer, or make a directory of something else. */
export function overLower(entry: Entry, below: Entry): TbuildError {
  return fail('path-conflict', {
    message: `${sourceOf(entry)} puts a ${entry.kind} at ${showPath(entry.path)}, which is ${describe(below)} in a lower layer`,
    hint: 'Choose another path, or write "replace: true" if it shall disappear with all below it.',
    at: entry.origin.at,
    related: related(below, entry.origin.at),
    details: { path: `/${entry.path}` },
  });
}

function conflict(entry: Entry, why: string): TbuildError {
  const [verb, path] = entry.kind === 'whiteout' ? ['remove', entry.removes] : ['create', entry.path];
  const message = `Cannot ${verb} ${showPath(path)}: ${why}`;
  return fail('path-conflict', { message, at: entry.origin.at, details: { path: `/${path}` } });
}

/** The directory of an entry is behind symlinks that lead to each other. */
export function inCircle(entry: Entry, directory: string): TbuildError {
  return conflict(entry, `${showPath(directory)} leads through symlinks in a circle`);
}

/** Something on the way to an entry is no directory. */
export function blockedBy(entry: Entry, blocker: Entry): TbuildError {
  return conflict(entry, `${showPath(blocker.path)} is ${describe(blocker)}, not a directory`);
}
