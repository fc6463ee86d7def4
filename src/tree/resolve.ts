import type { Entry } from './entry.js';

/** What stands at a path; undefined for nothing. */
export type Lookup = (path: string) => Entry | undefined;

export type Resolution =
  /** The directory that the path leads to. It need not exist yet. */
  | { readonly kind: 'directory'; readonly path: string }
  /** `blocker` is on the way, or with `isEnd` at the end of it, and is neither a directory nor a symlink. */
  | { readonly kind: 'blocked'; readonly blocker: Entry; readonly isEnd: boolean }
  /** More symlinks than a kernel follows. */
  | { readonly kind: 'loop'; readonly path: string };

export type PathResolution =
  /** Where the path leads, and what is there; undefined for nothing, and for the root. */
  | { readonly kind: 'place'; readonly path: string; readonly entry: Entry | undefined }
  | Exclude<Resolution, { kind: 'directory' }>;

/** As Linux: path_resolution(7) gives up after 40 symlinks. */
const SYMLINKS_MAX = 40;

/**
 * Follows a directory path through the symlinks on its way, as a runtime with this root would: absolute targets start
 * at the root of the image, `..` never leaves it, and what does not exist is taken as a directory to be.
 */
export function resolveDirectory(path: string, lookup: Lookup): Resolution {
  const waiting = path
    .split('/')
    .filter((name) => name !== '')
    .reverse();
  let resolved: string[] = [];
  let symlinks = 0;
  while (waiting.length > 0) {
    const name = waiting.pop()!;
    if (name === '.') continue;
    if (name === '..') {
      resolved.pop();
      continue;
    }
    const entry = lookup([...resolved, name].join('/'));
    if (entry?.kind === 'symlink') {
      if (++symlinks > SYMLINKS_MAX) return { kind: 'loop', path };
      if (entry.target.startsWith('/')) resolved = [];
      waiting.push(
        ...entry.target
          .split('/')
          .filter((part) => part !== '')
          .reverse(),
      );
    } else if (entry === undefined || entry.kind === 'directory') {
      resolved.push(name);
    } else {
      return { kind: 'blocked', blocker: entry, isEnd: waiting.length === 0 };
    }
  }
  return { kind: 'directory', path: resolved.join('/') };
}

/** Follows a path as `resolveDirectory` does, to whatever is at its end. */
export function resolvePath(path: string, lookup: Lookup): PathResolution {
  const found = resolveDirectory(path, lookup);
  if (found.kind === 'directory') return { kind: 'place', path: found.path, entry: lookup(found.path) };
  if (found.kind === 'loop' || !found.isEnd) return found;
  return { kind: 'place', path: found.blocker.path, entry: found.blocker };
}
