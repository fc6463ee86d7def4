import { ancestorsOf, parentOf } from './ancestors.js';
import { atPath } from './at-path.js';
import { type DirectoryEntry, type Entry, type WhiteoutEntry, whiteoutOf } from './entry.js';
import { differencesOf, sameEntry } from './facts.js';
import { emptyTree, type FileTree, treeOf } from './file-tree.js';
import { HiddenPaths } from './hidden-paths.js';
import { blockedBy, clash, inCircle, overLower, removesOwn, showPath } from './path-errors.js';
import { resolveDirectory } from './resolve.js';

export interface AssembledLayer {
  /** Only what lower layers lack or shall lose, and every parent directory with the metadata it has there. */
  readonly tree: FileTree;
  /** Bytes of files in lower layers that this layer hides behind its own. */
  readonly shippedTwiceBytes: number;
}

type LastingEntry = Exclude<Entry, WhiteoutEntry>;

const CLAIM_RANK = { implied: 0, walked: 1, declared: 2 } as const;

/** A layer while its contents are put together. See `assembleLayer`. */
export class Assembly {
  readonly #lower: FileTree;
  readonly #entries = new Map<string, LastingEntry>();
  /**
   * By what they remove, at the path where it really is; also for directories that something else takes the place of.
   */
  readonly #whiteouts = new Map<string, WhiteoutEntry>();
  readonly #hidden = new HiddenPaths();
  readonly #directories = new Map<string, string>();

  constructor(lower: FileTree) {
    this.#lower = lower;
  }

  add(entry: Entry, replace: boolean): void {
    if (entry.kind === 'whiteout') {
      this.#remove(entry, replace);
      return;
    }
    const direct = joined(this.#directoryFor(parentOf(entry.path), entry), nameOf(entry.path));
    if (entry.kind === 'directory') {
      const path = this.#at(direct)?.kind === 'symlink' ? this.#directoryFor(entry.path, entry) : direct;
      if (path !== '') this.#addDirectory(atPath(entry, path), replace);
    } else {
      this.#addLeaf(atPath(entry, direct), replace);
    }
  }

  finish(): AssembledLayer {
    const needed = new Map<string, Entry>();
    let shippedTwiceBytes = 0;
    const need = (entry: Entry): void => {
      needed.set(entry.path, entry);
      for (const parent of ancestorsOf(entry.path)) {
        if (needed.has(parent)) break;
        needed.set(parent, settle(this.#entries.get(parent)!, this.#below(parent)));
      }
    };
    for (const entry of this.#entries.values()) {
      const below = this.#below(entry.path);
      const settled = settle(entry, below);
      if (below !== undefined && sameEntry(settled, below)) continue;
      const hidden = this.#lower.get(entry.path);
      if (hidden?.kind === 'file') shippedTwiceBytes += hidden.size;
      need(settled);
    }
    for (const whiteout of this.#whiteouts.values()) {
      const marker = this.#markerOf(whiteout);
      if (marker !== undefined) need(marker);
    }
    return { tree: needed.size === 0 ? emptyTree : treeOf(needed.values()), shippedTwiceBytes };
  }

  #at(path: string): Entry | undefined {
    return this.#entries.get(path) ?? this.#below(path);
  }

  /** What lower layers have and the layer did not remove. */
  #below(path: string): Entry | undefined {
    return this.#hidden.has(path) ? undefined : this.#lower.get(path);
  }

  /** Where the directory `path` really is. */
  #resolve(path: string, child: Entry): string {
    const found = resolveDirectory(path, (at) => this.#at(at));
    if (found.kind === 'loop') throw inCircle(child, path);
    if (found.kind === 'blocked') throw blockedBy(child, found.blocker);
    return found.path;
  }

  /** Where the directory `path` really is, with all its parents in the layer. */
  #directoryFor(path: string, child: Entry): string {
    const known = this.#directories.get(path);
    if (known !== undefined) return known;
    const found = this.#resolve(path, child);
    for (const at of found === '' ? [] : [found, ...ancestorsOf(found)]) {
      if (this.#entries.has(at)) break;
      this.#entries.set(at, impliedDirectory(at, child));
    }
    this.#directories.set(path, found);
    return found;
  }

  #addDirectory(entry: DirectoryEntry, replace: boolean): void {
    const here = this.#entries.get(entry.path);
    const below = here === undefined ? this.#below(entry.path) : undefined;
    if (below !== undefined && below.kind !== 'directory' && !replace) throw overLower(entry, below);
    if (here === undefined) {
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
      else if (entry.claim === 'declared' || this.#below(entry.path)?.kind !== 'directory') throw clash(entry, here);
    }
  }

  #addLeaf(entry: LastingEntry, replace: boolean): void {
    const here = this.#entries.get(entry.path);
    const below = this.#below(entry.path);
    if (here !== undefined && sameEntry(here, entry)) return;
    if (here !== undefined && !replace) throw clash(entry, here);
    if (here === undefined && below?.kind === 'directory' && !replace) throw overLower(entry, below);
    if (here?.kind === 'directory') this.#forgetBelow(entry.path);
    if (below?.kind === 'directory') this.#hide(whiteoutOf(entry.path, false, entry.origin));
    this.#set(entry);
  }

  #remove(entry: WhiteoutEntry, replace: boolean): void {
    const { removes, opaque, origin } = entry;
    const path = opaque
      ? this.#resolve(removes, entry)
      : joined(this.#resolve(parentOf(removes), entry), nameOf(removes));
    for (const [at, own] of this.#entries) {
      if (!isWithin(at, path, opaque) || isImplied(own)) continue;
      if (!replace) throw removesOwn({ ...entry, removes: path }, own);
    }
    this.#forgetBelow(path);
    if (!opaque) this.#entries.delete(path);
    if (this.#lower.get(path) === undefined && path !== '') return;
    if (this.#hidden.has(path)) return;
    this.#hide(whiteoutOf(path, opaque, origin));
    this.#directoryFor(opaque ? path : parentOf(path), entry);
  }

  /** What lower layers have there is gone from now on. */
  #hide(whiteout: WhiteoutEntry): void {
    const { removes, opaque } = whiteout;
    for (const at of this.#whiteouts.keys()) if (isWithin(at, removes, false)) this.#whiteouts.delete(at);
    this.#whiteouts.set(removes, whiteout);
    if (opaque) this.#hidden.addBelow(removes);
    else this.#hidden.addWhole(removes);
  }

  /**
   * How the layer says that something is removed. What the layer itself has at the path replaces what is there anyway,
   * but a directory would be merged with the old one, since runtimes on overlayfs forget a removal when they make it.
   */
  #markerOf({ removes, opaque, origin }: WhiteoutEntry): WhiteoutEntry | undefined {
    const own = this.#entries.get(removes);
    if (own === undefined) return whiteoutOf(removes, opaque, origin);
    const isMerged = own.kind === 'directory' && this.#lower.get(removes)?.kind === 'directory';
    return isMerged ? whiteoutOf(removes, true, origin) : undefined;
  }

  #set(entry: LastingEntry): void {
    const before = this.#at(entry.path);
    this.#entries.set(entry.path, entry);
    // Only a symlink that comes or goes can change where other paths lead.
    if (entry.kind === 'symlink' || before?.kind === 'symlink') this.#directories.clear();
  }

  #forgetBelow(path: string): void {
    for (const at of this.#entries.keys()) if (isWithin(at, path, true)) this.#entries.delete(at);
    this.#directories.clear();
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function joined(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`;
}

/** True for what lies below `top`, and for `top` itself unless only `below` counts. */
function isWithin(path: string, top: string, below: boolean): boolean {
  return top === '' || path.startsWith(`${top}/`) || (!below && path === top);
}

function isImplied(entry: Entry): boolean {
  return entry.kind === 'directory' && entry.claim === 'implied';
}

function impliedDirectory(path: string, child: Entry): DirectoryEntry {
  const shown = showPath(child.kind === 'whiteout' ? child.removes : child.path);
  const origin = { ...child.origin, kind: 'parent', label: `parent of ${shown}` };
  return { kind: 'directory', path, mode: 0o755, uid: 0, gid: 0, claim: 'implied', origin };
}

/** A directory takes over what the lower layer says of it, unless it was declared by name. */
function settle(entry: Entry, below: Entry | undefined): Entry {
  if (entry.kind !== 'directory' || entry.claim === 'declared' || below?.kind !== 'directory') return entry;
  return below;
}
