import type { Needed, RootEntry, RootFiles } from '../../closure/index.js';
import { fingerprintOf, type HostRoot } from '../../inputs/index.js';
import { canonicalJson } from '../../oci/index.js';
import type { Records } from '../../store/index.js';
import { type ToolPrograms, type ToolSurroundings, toolClosure } from './tool-closure.js';

interface Remembered {
  /** Every path that was looked at → what was there. */
  readonly looked: Readonly<Record<string, string>>;
  /** Every name that was looked for on PATH → where it is; null for nowhere. */
  readonly found: Readonly<Record<string, string | null>>;
  readonly needed: readonly Needed[];
}

export interface Memory {
  readonly records: Records;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** The coarsest time stamps in use (FAT: two seconds): what was written since may change again without a trace. */
const STAMP_GRANULARITY_MS = 2_000;

/** A root file system that notes what somebody looks at. */
class NotedRoot implements RootFiles {
  readonly looked = new Map<string, string>();
  readonly #root: HostRoot;

  constructor(root: HostRoot) {
    this.#root = root;
  }

  at(path: string): RootEntry | undefined {
    const entry = this.#root.at(path);
    if (!this.looked.has(path)) this.looked.set(path, this.#stateOf(path, entry));
    return entry;
  }

  namesIn(directory: string): readonly string[] {
    this.looked.set(directory, this.#stateOf(directory, this.#root.at(directory), true));
    return this.#root.namesIn(directory);
  }

  /** True where nothing that was looked at was written to since. */
  isSettled(now: number): boolean {
    const latest = now - STAMP_GRANULARITY_MS;
    return [...this.looked.keys()].every((path) => {
      const stat = this.#root.statOf(path);
      return stat === undefined || stat.kind === 'directory' || (stat.modifiedMs < latest && stat.changedMs < latest);
    });
  }

  isAsBefore(looked: Readonly<Record<string, string>>): boolean {
    return Object.entries(looked).every(([path, state]) => {
      const isListed = state.startsWith('listed ');
      return this.#stateOf(path, this.#root.at(path), isListed) === state;
    });
  }

  /** Of a directory that nobody lists it counts just that it is there. */
  #stateOf(path: string, entry: RootEntry | undefined, isListed = false): string {
    if (entry === undefined) return '';
    if (entry.kind === 'directory' && !isListed) return entry.kind;
    const stat = this.#root.statOf(path);
    return `${isListed ? 'listed ' : ''}${entry.kind} ${stat === undefined ? '' : `${stat.mode} ${fingerprintOf(stat)}`}`;
  }
}

/** As `toolClosure`, but programs and libraries are only read where something that was looked at is not as it was. */
export async function rememberedClosure(
  programs: ToolPrograms,
  around: ToolSurroundings & { readonly root: HostRoot },
  { records, now }: Memory,
): Promise<readonly Needed[]> {
  const { root, find } = around;
  const key = canonicalJson({ ...programs });
  const noted = new NotedRoot(root);
  const before = records.read('tool', key);
  const known = before === undefined ? undefined : (JSON.parse(before) as Remembered);
  const isFound = ([name, place]: readonly [string, string | null]): boolean => (find(name) ?? null) === place;
  if (known !== undefined && Object.entries(known.found).every(isFound) && noted.isAsBefore(known.looked)) {
    return known.needed;
  }
  const found: { [name: string]: string | null } = {};
  const begun = now();
  const finding = (name: string): string | undefined => {
    const place = find(name);
    found[name] = place ?? null;
    return place;
  };
  const needed = await toolClosure(programs, { ...around, root: noted, find: finding });
  const remembered: Remembered = { looked: Object.fromEntries(noted.looked), found, needed };
  if (noted.isSettled(begun)) records.write('tool', key, JSON.stringify(remembered));
  return needed;
}
