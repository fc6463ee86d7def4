import { errnoOf, type Files } from '../host/index.js';
import type { FinishedWalk } from './file-digests.js';
import type { HostPlace } from './host-file.js';
import type { InputContext } from './input-context.js';
import { nextTurn } from './next-turn.js';
import { type Found, FoundBelow, pathBelow } from './select-files.js';
import { Kinds, NUMBERS, sameNumbers, type WalkTable } from './walk-table.js';

/** An earlier walk, as far as it still holds. */
export interface KnownWalk {
  readonly table: WalkTable;
  /** True where nothing at all was written to. */
  readonly isWhole: boolean;
  /** The position of a path that is as it was; undefined for every other. */
  indexOf(path: string): number | undefined;
  /** What the walk took of a directory that is as it was; undefined for every other. */
  childrenOf(directory: string): Found[] | undefined;
  /** True for what is as it was, and was that long before it was looked at then. */
  isTrusted(path: string): boolean;
}

/** How many are looked at before anybody else gets a turn: about 50 ms of work. */
const TURN_ENTRIES = 16_384;

/** By entry, 1 where it is as it was. */
async function unchangedIn(table: WalkTable, root: HostPlace, { host }: InputContext): Promise<Uint8Array> {
  const { paths } = table;
  const same = new Uint8Array(paths.length);
  const top = topOf(table, root, host.files);
  for (let from = 0; from < paths.length; from += TURN_ENTRIES) {
    const to = Math.min(paths.length, from + TURN_ENTRIES);
    compare(table, { top, from, to, same }, host.files);
    if (to === paths.length) break;
    await nextTurn();
    host.interruption.throwIfAborted();
  }
  return same;
}

/** The path of the root with all links followed where it is a file: then nothing can be put behind it. */
function topOf({ kinds }: WalkTable, { absolute }: HostPlace, files: Files): string {
  if ((kinds[0]! & Kinds.mask) !== Kinds.file) return absolute;
  try {
    return files.realPath(absolute);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return absolute;
  }
}

interface Range {
  readonly top: string;
  readonly from: number;
  readonly to: number;
  readonly same: Uint8Array;
}

/** What cannot be looked at is not as it was: whoever needs it finds out why. */
function compare({ paths, kinds, numbers }: WalkTable, { top, from, to, same }: Range, files: Files): void {
  const now = new Float64Array(NUMBERS);
  const isSingle = (kinds[0]! & Kinds.mask) === Kinds.file;
  for (let i = from; i < to; i++) {
    try {
      // Of a directory that is a link the slash at the end follows it.
      const isThere = files.lstatInto(isSingle ? top : pathBelow(top, paths[i]!), now, 0);
      if (isThere && sameNumbers(numbers, i, now, 0)) same[i] = 1;
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
    }
  }
}

class ComparedWalk implements KnownWalk {
  readonly table: WalkTable;
  readonly isWhole: boolean;
  readonly #same: Uint8Array;
  readonly #trusted: Uint8Array | undefined;
  readonly #root: HostPlace;
  #positions: Map<string, number> | undefined;
  #children: Map<string, number[]> | undefined;

  constructor({ table, trusted }: FinishedWalk, same: Uint8Array, root: HostPlace) {
    this.table = table;
    this.isWhole = !same.includes(0);
    this.#same = same;
    this.#trusted = trusted;
    this.#root = root;
  }

  indexOf(path: string): number | undefined {
    this.#positions ??= new Map(this.table.paths.map((known, i) => [known, i]));
    const index = this.#positions.get(path);
    return index !== undefined && this.#same[index] === 1 ? index : undefined;
  }

  childrenOf(directory: string): Found[] | undefined {
    if (this.indexOf(directory) === undefined) return undefined;
    this.#children ??= this.#childrenByDirectory();
    return (this.#children.get(directory) ?? []).map((index) => {
      const kind = this.table.kinds[index]! & Kinds.mask;
      const word = kind === Kinds.directory ? 'directory' : kind === Kinds.symlink ? 'symlink' : 'file';
      return new FoundBelow(this.#root, this.table.paths[index]!, word);
    });
  }

  isTrusted(path: string): boolean {
    const index = this.indexOf(path);
    return index !== undefined && this.#trusted?.[index] !== 0;
  }

  #childrenByDirectory(): Map<string, number[]> {
    const children = new Map<string, number[]>();
    this.table.paths.forEach((path, index) => {
      if (path === '') return;
      const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')));
      const siblings = children.get(parent);
      if (siblings === undefined) children.set(parent, [index]);
      else siblings.push(index);
    });
    return children;
  }
}

/**
 * Looks at everything that an earlier walk found.
 * @throws the reason of an interruption
 */
export async function lookAgain(walk: FinishedWalk, root: HostPlace, context: InputContext): Promise<KnownWalk> {
  return new ComparedWalk(walk, await unchangedIn(walk.table, root, context), root);
}
