import { type Followed, followPath, type RootFiles } from '../closure/index.js';
import { fail, type TbuildError } from '../errors/index.js';
import type { PlacePattern } from '../manifest/index.js';
import { closestOf } from '../util/index.js';
import { type Glob, parseGlob } from './glob.js';

/** A root file system that patterns are matched in. */
export interface Searched {
  readonly root: RootFiles;
  /** For messages: `the packages`, `image busybox:1.36`. */
  readonly what: string;
}

/** Leading parts of a pattern that stand for one name each: as deep as symlinked directories are looked into. */
function namedDepth(glob: string): number {
  const parts = glob.split('/');
  const crossing = parts.findIndex((part) => part.includes('**'));
  return crossing < 0 ? parts.length : crossing;
}

/** trust.md, "Limits". */
const PATHS_MAX = 1_000_000;
/** Names that are compared with one pattern: symlinks can make few directories look like very many. */
const NAMES_MAX = 2_000_000;

/** Every path that the pattern matches, as a process would write it: there may be symlinks on the way. */
function* pathsMatched(glob: Glob, root: RootFiles): Generator<string> {
  const { pattern } = glob;
  const depth = namedDepth(pattern.glob);
  let names = 0;
  function* visit(directory: string, real: string, level: number): Generator<string> {
    for (const name of root.namesIn(real)) {
      if (++names > NAMES_MAX) {
        const message = `${JSON.stringify(`/${pattern.glob}`)} leads through symlinks to more than ${NAMES_MAX} paths`;
        throw fail('input-limit', { message, at: pattern.at });
      }
      const path = directory === '' ? name : `${directory}/${name}`;
      const child = real === '' ? name : `${real}/${name}`;
      const isLink = root.at(child)?.kind === 'symlink';
      const followed = isLink ? followPath(child, root) : { path: child, entry: root.at(child) };
      const isDirectory = followed.entry?.kind === 'directory';
      if (glob.matches(path, isDirectory)) yield path;
      else if (isDirectory && (!isLink || level < depth) && glob.mayMatchBelow(path))
        yield* visit(path, followed.path, level + 1);
    }
  }
  yield* visit('', '', 1);
}

/** The first name of a path that is not there, replaced by one that is and looks like it. */
function correctionOf(path: string, root: RootFiles): string | undefined {
  const names = path.split('/');
  for (const [i, name] of names.entries()) {
    const parent = followPath(names.slice(0, i).join('/'), root);
    const siblings = root.namesIn(parent.path);
    if (parent.entry?.kind !== 'directory') return undefined;
    if (siblings.includes(name) || /[*?[{(]/.test(name)) continue;
    const meant = closestOf(name, siblings);
    return meant === undefined ? undefined : `/${[...names.slice(0, i), meant, ...names.slice(i + 1)].join('/')}`;
  }
  return undefined;
}

function unmatched({ glob, at }: PlacePattern, { root, what }: Searched): TbuildError {
  const meant = correctionOf(glob, root);
  return fail('input-empty', {
    message: `${JSON.stringify(`/${glob}`)} matches nothing in ${what}`,
    hint: meant === undefined ? undefined : `Did you mean ${JSON.stringify(meant)}?`,
    at,
    details: { pattern: `/${glob}` },
  });
}

function tooMany({ glob, at }: PlacePattern, { what }: Searched): TbuildError {
  const message = `${JSON.stringify(`/${glob}`)} brings more than ${PATHS_MAX} files and directories of ${what}`;
  return fail('input-limit', { message, at });
}

function* allBelow(directory: string, root: RootFiles): Generator<string> {
  for (const name of root.namesIn(directory)) {
    const path = directory === '' ? name : `${directory}/${name}`;
    yield path;
    if (root.at(path)?.kind === 'directory') yield* allBelow(path, root);
  }
}

function* reachedBy({ links, path, entry }: Followed, root: RootFiles): Generator<string> {
  yield* links;
  if (entry === undefined) return;
  if (path !== '') yield path;
  if (entry.kind === 'directory') yield* allBelow(path, root);
}

/**
 * What a pattern matches, as a process would write it, without what lies below a directory that matches.
 * @throws TbuildError `input-empty` for nothing, `manifest-wrong-value` for a pattern that is none
 */
export function* matchesOf(pattern: PlacePattern, searched: Searched): Generator<string> {
  const matched = pattern.glob === '' ? [''] : pathsMatched(parseGlob(pattern), searched.root);
  let isAny = false;
  for (const path of matched) {
    isAny = true;
    yield path;
  }
  if (!isAny) throw unmatched(pattern, searched);
}

/**
 * The paths that patterns bring, each once: what they match, with all below it where it is a directory, and the symlinks
 * through which a process reaches it, with what they lead to where they are the match itself. Symlinks below a directory
 * that matches are taken as they are. `**` does not look into symlinked directories.
 *
 * @returns paths without symlinks on their way, in no order that matters
 * @throws TbuildError `input-empty` for a pattern that matches nothing, `manifest-wrong-value` for one that is none,
 *   `input-limit`
 */
export function matchPaths(patterns: readonly PlacePattern[], searched: Searched): ReadonlySet<string> {
  const { root } = searched;
  const found = new Set<string>();
  for (const pattern of patterns) {
    for (const path of matchesOf(pattern, searched)) {
      for (const reached of reachedBy(followPath(path, root), root)) {
        found.add(reached);
        if (found.size > PATHS_MAX) throw tooMany(pattern, searched);
      }
    }
  }
  return found;
}
