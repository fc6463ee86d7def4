import { posix } from 'node:path';
import { followPath } from '../../closure/index.js';
import { TbuildError } from '../../errors/index.js';
import { type HostRoot, matchesOf } from '../../inputs/index.js';
import { didYouMean } from '../../util/index.js';
import { type ToolPlace, toolError } from './tool-error.js';
import { inRoot } from './tool-files.js';

/** Something that `with` names. */
export interface DeclaredPath {
  /** As a process would write it, in the root file system; there may be links on the way. */
  readonly path: string;
  /** What it is called in a digest: absolute, or relative to the program, as it was declared. */
  readonly name: string;
}

const SPECIAL = /[*?[\]{}()!|\\]/;
const BELOW = /\/\*\*\/?$/;
/** What is no part of any tool, or all of the machine. */
const REFUSED = /^\/(?:(?:proc|sys|dev)(?:\/.*)?|etc|var|home|root|tmp|build)?$/;

const escaped = (name: string): string => name.replace(/[*?[\]{}()!|+@\\]/g, '\\$&');

/** The names before the first that is a pattern, and the rest. */
function splitPattern(pattern: string): readonly [literal: string, rest: string] {
  const parts = pattern.split('/');
  const special = parts.findIndex((part) => SPECIAL.test(part));
  return special < 0 ? [pattern, ''] : [parts.slice(0, special).join('/'), parts.slice(special).join('/')];
}

interface Searched {
  readonly root: HostRoot;
  readonly place: ToolPlace;
}

/** @param start up to where nothing in it is a pattern */
function noMatch(text: string, start: string, { root, place }: Searched): TbuildError {
  const parent = followPath(inRoot(posix.dirname(start)), root);
  const names = parent.entry?.kind === 'directory' ? root.namesIn(parent.path) : [];
  const name = posix.basename(start);
  const hint = (names.includes(name) ? undefined : didYouMean(name, names)) ?? 'Install it, or correct the path.';
  const from = text.startsWith('/') ? '' : ' Relative paths start from the directory of the program, links resolved.';
  return toolError(place, `needs ${JSON.stringify(text)}, which matches nothing on this machine`, `${hint}${from}`);
}

/** What the pattern matches below a directory that is there. */
function matchBelow(directory: string, rest: string, { root, place }: Searched): readonly string[] {
  const names = directory === '' ? [] : directory.split('/').map(escaped);
  try {
    return [...matchesOf({ glob: [...names, rest].join('/'), at: place.at }, { root, what: 'this machine' })];
  } catch (error) {
    if (error instanceof TbuildError && error.code === 'input-empty') return [];
    throw error;
  }
}

/**
 * What one item of `with` names, sorted: a path, or a pattern for several. A directory stands for all that is in it, and `DIR/**`
 * for the directory.
 *
 * @param directory the one of the program, absolute, free of links
 * @throws TbuildError `artifact-tool` where that is nothing; `manifest-wrong-value` for a pattern that is none
 */
export function declaredPaths(text: string, directory: string, searched: Searched): readonly DeclaredPath[] {
  const { root, place } = searched;
  const isAbsolute = text.startsWith('/');
  // Links resolved: `..` leads up from where the program really is.
  const whole = posix.resolve(directory, text.replace(BELOW, '') || '/');
  const nameOf = (path: string): string => (isAbsolute ? `/${path}` : posix.relative(directory, `/${path}`));
  const refuse = (path: string): void => {
    if (!REFUSED.test(path)) return;
    throw toolError(place, `cannot have all of ${JSON.stringify(path)}`, 'Name just what it needs of it.');
  };
  if (followPath(inRoot(whole), root).entry !== undefined) {
    refuse(whole);
    return [{ path: inRoot(whole), name: nameOf(inRoot(whole)) }];
  }
  const [literal, rest] = splitPattern(text.replace(BELOW, ''));
  const start = posix.resolve(directory, literal || (isAbsolute ? '/' : '.'));
  const base = followPath(inRoot(start), root);
  const matched = rest !== '' && base.entry?.kind === 'directory' ? matchBelow(base.path, rest, searched) : [];
  if (matched.length === 0) throw noMatch(text, start, searched);
  for (const path of matched) refuse(`/${path}`);
  // Named from where the declaration starts, whatever links lead there.
  const fromStart = (path: string): string => posix.join(inRoot(start), posix.relative(base.path, path));
  return matched.map((path) => ({ path: fromStart(path), name: nameOf(fromStart(path)) }));
}
