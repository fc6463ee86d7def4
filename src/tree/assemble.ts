import { fail, type SourceSpan, type TbuildError } from '../errors/index.js';
import type { DirectoryEntry, Entry } from './entry.js';
import { differencesOf, sameEntry } from './facts.js';
import { emptyTree, type FileTree, treeOf } from './file-tree.js';
import { ancestorsOf, parentOf } from './overlay.js';
import { resolveDirectory } from './resolve.js';

/** One declared content of a layer: a tree with paths as the user wrote them, symlinks of the base not yet followed. */
export interface Contribution {
  readonly tree: FileTree;
  /** It may override what earlier contents of the layer, or directories of lower layers, have at its paths. */
  readonly replace: boolean;
}

export interface AssembledLayer {
  /** Only what lower layers lack, and every parent directory with the metadata it has there. */
  readonly tree: FileTree;
  /** Bytes of files in lower layers that this layer hides behind its own. */
  readonly shippedTwiceBytes: number;
}

const CLAIM_RANK = { implied: 0, walked: 1, declared: 2 } as const;

/**
 * Puts the contents of one layer together on top of what lies below (`architecture.md`, "What the design must not
 * lose", 2 and 4): destinations are followed through symlinks of lower layers and of the layer itself, directories
 * keep the metadata they have below, equal entries merge, and two contents that claim one path differently are an error.
 *
 * @throws TbuildError `path-clash`, `path-conflict`
 */
export function assembleLayer(lower: FileTree, contributions: readonly Contribution[]): AssembledLayer {
  const assembly = new Assembly(lower);
  for (const contribution of contributions) {
    for (const entry of contribution.tree.entries) assembly.add(entry, contribution.replace);
  }
  return assembly.finish();
}

class Assembly {
  readonly #lower: FileTree;
  readonly #entries = new Map<string, Entry>();
  readonly #directories = new Map<string, string>();

  constructor(lower: FileTree) {
    this.#lower = lower;
  }

  add(entry: Entry, replace: boolean): void {
    const parent = this.#directoryFor(parentOf(entry.path), entry);
    const name = entry.path.slice(entry.path.lastIndexOf('/') + 1);
    const direct = parent === '' ? name : `${parent}/${name}`;
    if (entry.kind === 'directory') {
      const path = this.#at(direct)?.kind === 'symlink' ? this.#directoryFor(entry.path, entry) : direct;
      if (path !== '') this.#addDirectory({ ...entry, path }, replace);
    } else {
      this.#addLeaf({ ...entry, path: direct }, replace);
    }
  }

  finish(): AssembledLayer {
    const needed = new Map<string, Entry>();
    let shippedTwiceBytes = 0;
    for (const entry of this.#entries.values()) {
      const below = this.#lower.get(entry.path);
      const settled = settle(entry, below);
      if (below !== undefined && sameEntry(settled, below)) continue;
      if (below?.kind === 'file') shippedTwiceBytes += below.size;
      needed.set(settled.path, settled);
      for (const parent of ancestorsOf(settled.path)) {
        if (needed.has(parent)) break;
        needed.set(parent, settle(this.#entries.get(parent)!, this.#lower.get(parent)));
      }
    }
    return { tree: needed.size === 0 ? emptyTree : treeOf(needed.values()), shippedTwiceBytes };
  }

  #at(path: string): Entry | undefined {
    return this.#entries.get(path) ?? this.#lower.get(path);
  }

  /** Where the directory `path` really is, with all its parents in the layer. */
  #directoryFor(path: string, child: Entry): string {
    const known = this.#directories.get(path);
    if (known !== undefined) return known;
    const found = resolveDirectory(path, (at) => this.#at(at));
    if (found.kind === 'loop') {
      throw conflict(child, `Cannot create ${show(child.path)}: ${show(path)} leads through symlinks in a circle`);
    }
    if (found.kind === 'blocked') {
      const what = describe(found.blocker);
      throw conflict(
        child,
        `Cannot create ${show(child.path)}: ${show(found.blocker.path)} is ${what}, not a directory`,
      );
    }
    for (const at of found.path === '' ? [] : [found.path, ...ancestorsOf(found.path)]) {
      if (this.#entries.has(at)) break;
      this.#entries.set(at, impliedDirectory(at, child));
    }
    this.#directories.set(path, found.path);
    return found.path;
  }

  #addDirectory(entry: DirectoryEntry, replace: boolean): void {
    const here = this.#entries.get(entry.path);
    const below = here === undefined ? this.#lower.get(entry.path) : undefined;
    if (below !== undefined && below.kind !== 'directory' && !replace) throw overLower(entry, below);
    if (here === undefined || here.kind === 'whiteout') {
      this.#set(entry);
    } else if (here.kind !== 'directory') {
      if (!replace) throw clash(entry, here);
      this.#set(entry);
    } else {
      this.#mergeDirectory(here, entry, replace);
    }
  }

  #mergeDirectory(here: DirectoryEntry, entry: DirectoryEntry, replace: boolean): void {
    const rank = CLAIM_RANK[entry.claim] - CLAIM_RANK[here.claim];
    if (rank > 0) this.#set(entry);
    else if (rank === 0 && differencesOf(here, entry).length > 0) {
      if (replace) this.#set(entry);
      else if (entry.claim === 'declared' || this.#lower.get(entry.path)?.kind !== 'directory')
        throw clash(entry, here);
    }
  }

  #addLeaf(entry: Entry, replace: boolean): void {
    const here = this.#entries.get(entry.path);
    const below = this.#lower.get(entry.path);
    if (here !== undefined && sameEntry(here, entry)) return;
    if (here !== undefined && !replace) throw clash(entry, here);
    if (here === undefined && below?.kind === 'directory' && !replace) throw overLower(entry, below);
    if (here?.kind === 'directory') this.#removeBelow(entry.path);
    this.#set(entry);
  }

  #set(entry: Entry): void {
    const before = this.#at(entry.path);
    this.#entries.set(entry.path, entry);
    // Only a symlink that comes or goes can change where other paths lead.
    if (entry.kind === 'symlink' || before?.kind === 'symlink') this.#directories.clear();
  }

  #removeBelow(path: string): void {
    for (const at of [...this.#entries.keys()]) if (at.startsWith(`${path}/`)) this.#entries.delete(at);
    this.#directories.clear();
  }
}

function impliedDirectory(path: string, child: Entry): DirectoryEntry {
  const origin = { ...child.origin, kind: 'parent', label: `parent of ${show(child.path)}` };
  return { kind: 'directory', path, mode: 0o755, uid: 0, gid: 0, claim: 'implied', origin };
}

/** A directory takes over what the lower layer says of it, unless it was declared by name. */
function settle(entry: Entry, below: Entry | undefined): Entry {
  if (entry.kind !== 'directory' || entry.claim === 'declared' || below?.kind !== 'directory') return entry;
  return below;
}

function show(path: string): string {
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

function clash(entry: Entry, earlier: Entry): TbuildError {
  const what = differencesOf(earlier, entry).join(', ');
  return fail('path-clash', {
    message: `${show(entry.path)} is claimed by ${sourceOf(earlier)} and by ${sourceOf(entry)}, which differ in ${what}`,
    hint:
      entry.kind === 'directory' && earlier.kind === 'directory'
        ? `Declare it before both, with the owner and mode it shall have: "directory: /${entry.path}".`
        : 'Leave one of them out, or write "replace: true" at the later one if it shall win.',
    at: entry.origin.at,
    related: related(earlier, entry.origin.at),
    details: { path: `/${entry.path}`, first: sourceOf(earlier), second: sourceOf(entry) },
  });
}

function overLower(entry: Entry, below: Entry): TbuildError {
  return fail('path-conflict', {
    message: `${sourceOf(entry)} puts a ${entry.kind} at ${show(entry.path)}, which is ${describe(below)} in a lower layer`,
    hint: 'Choose another path, or write "replace: true" if it shall disappear with all below it.',
    at: entry.origin.at,
    related: related(below, entry.origin.at),
    details: { path: `/${entry.path}` },
  });
}

function conflict(entry: Entry, message: string): TbuildError {
  return fail('path-conflict', { message, at: entry.origin.at, details: { path: `/${entry.path}` } });
}
