import type { RootEntry, RootFiles } from './root-files.js';

/** Where a path leads. */
export interface Followed {
  /** Every symlink on the way, those of directories too, in the order in which they are crossed. */
  readonly links: readonly string[];
  /** The end of the way, free of symlinks; where it breaks off, the place that is not there. */
  readonly path: string;
  /** Undefined where the way breaks off, or goes in a circle. Never a symlink. */
  readonly entry: Exclude<RootEntry, { kind: 'symlink' }> | undefined;
}

/** As Linux: path_resolution(7) gives up after 40 symlinks. */
const SYMLINKS_MAX = 40;

function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

/**
 * Follows a path as a process does whose root this is: symlinks on the way and at the end, absolute ones from the root,
 * and `..` from where the way has really led, never above the root.
 */
export function followPath(path: string, root: RootFiles): Followed {
  const links: string[] = [];
  const waiting = namesOf(path).reverse();
  let resolved: string[] = [];
  let entry: Followed['entry'] = { kind: 'directory' };
  while (waiting.length > 0) {
    const name = waiting.pop()!;
    if (entry.kind !== 'directory') return { links, path: resolved.join('/'), entry: undefined };
    if (name === '..') {
      resolved.pop();
      continue;
    }
    const place = [...resolved, name].join('/');
    const found = root.at(place);
    if (found === undefined) return { links, path: place, entry: undefined };
    if (found.kind === 'symlink') {
      links.push(place);
      if (links.length > SYMLINKS_MAX) return { links: [...new Set(links)], path: place, entry: undefined };
      if (found.target.startsWith('/')) resolved = [];
      waiting.push(...namesOf(found.target).reverse());
    } else {
      resolved.push(name);
      entry = found;
    }
  }
  return { links: [...new Set(links)], path: resolved.join('/'), entry };
}
