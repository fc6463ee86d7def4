import { closureOf, rootFilesOf } from '../closure/index.js';
import { fail, type SourceSpan } from '../errors/index.js';
import type { ClosureDeclaration, PlacePattern } from '../manifest/index.js';
import { type Entry, type FileTree, treeOf } from '../tree/index.js';
import { matchPaths } from './match-paths.js';

/** What is wanted of a tree. */
export interface WantedPaths {
  readonly paths: readonly PlacePattern[];
  readonly closure: ClosureDeclaration | undefined;
  /** For messages: `the packages`, `image busybox:1.36`. */
  readonly what: string;
  readonly at: SourceSpan | undefined;
}

/** How a chain of reasons reads: `/usr/bin/curl → libz.so.1`. */
export function wordsOf(why: readonly string[]): string {
  return why.join(' → ');
}

class Picked {
  readonly #tree: FileTree;
  readonly #wanted: WantedPaths;
  readonly #entries = new Map<string, Entry>();

  constructor(tree: FileTree, wanted: WantedPaths) {
    this.#tree = tree;
    this.#wanted = wanted;
  }

  /** Takes in an entry and its parents; of an entry that is there already, the first reason stays. */
  add(path: string, why: string | undefined): void {
    for (let at = path; at !== '' && !this.#entries.has(at); at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
      const entry = this.#tree.get(at);
      if (entry !== undefined && entry.kind !== 'whiteout') this.#entries.set(at, this.#taken(entry, why));
    }
  }

  tree(): FileTree {
    return treeOf(this.#entries.values());
  }

  #taken(entry: Exclude<Entry, { kind: 'whiteout' }>, why: string | undefined): Entry {
    if ('deviceMajor' in entry) {
      const { what, at } = this.#wanted;
      const message = `${JSON.stringify(`/${entry.path}`)} of ${what} is a ${entry.kind.replace('-', ' ')}, which cannot be copied`;
      throw fail('input-kind', { message, hint: 'Pick paths without it.', at, details: { path: `/${entry.path}` } });
    }
    const origin = why === undefined ? entry.origin : { ...entry.origin, why };
    return entry.kind === 'directory' ? { ...entry, claim: 'walked', origin } : { ...entry, origin };
  }
}

/**
 * The part of a tree at these paths, every parent directory as the tree has it: what patterns match, as `matchPaths`
 * says, and with `closure` what those files need to run, whose `origin.why` then says why it is in.
 *
 * @throws TbuildError `input-empty`, `input-kind`, `manifest-wrong-value`, and as `closureOf`
 */
export async function pickPaths(tree: FileTree, wanted: WantedPaths): Promise<FileTree> {
  const { paths, closure, what, at } = wanted;
  const root = rootFilesOf(tree);
  const picked = new Picked(tree, wanted);
  const roots = matchPaths(paths, { root, what });
  for (const path of roots) picked.add(path, undefined);
  if (closure === undefined) return picked.tree();
  const extras = [...matchPaths(closure.extras, { root, what })].filter((path) => !roots.has(path));
  const options = { extras, nameService: closure.nameService, what, at };
  const needed = await closureOf([...roots], root, options);
  for (const path of extras) picked.add(path, 'extras');
  for (const { path, why } of needed) picked.add(path, wordsOf(why));
  return picked.tree();
}
