import { type Followed, followPath } from '../../closure/index.js';
import type { HostRoot } from '../../inputs/index.js';
import { compareUtf8 } from '../../util/index.js';
import type { SeenFile } from './artifact-tool.js';

/** A path without its first slash, as root file systems have it. */
export const inRoot = (absolute: string): string => absolute.replace(/^\/+/, '');

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** What a tool has to see of this machine, as it is found. Paths are those of the root file system. */
export class ToolFiles {
  readonly #root: HostRoot;
  readonly #kinds = new Map<string, SeenFile['kind']>();

  constructor(root: HostRoot) {
    this.#root = root;
  }

  /** Takes in what a path leads to, and every link on the way. */
  addWay(path: string): Followed {
    const followed = followPath(path, this.#root);
    for (const link of followed.links) this.#kinds.set(link, 'symlink');
    const { kind } = followed.entry ?? {};
    if (kind === 'file' || kind === 'directory') this.#kinds.set(followed.path, kind);
    return followed;
  }

  /**
   * Takes in what stands at a path itself, with the links on the way to it.
   * @returns the path free of links on the way; undefined where nothing is that can be seen
   */
  addPlace(path: string): string | undefined {
    const parent = followPath(parentOf(path), this.#root);
    const name = path.slice(path.lastIndexOf('/') + 1);
    const place = parent.path === '' ? name : `${parent.path}/${name}`;
    const kind = parent.entry?.kind === 'directory' ? this.#root.at(place)?.kind : undefined;
    if (kind === undefined || kind === 'other') return undefined;
    for (const link of parent.links) this.#kinds.set(link, 'symlink');
    this.#kinds.set(place, kind);
    return place;
  }

  get paths(): ReadonlySet<string> {
    return new Set(this.#kinds.keys());
  }

  has(path: string): boolean {
    return this.#kinds.has(path);
  }

  /** Sorted by path, each once; nothing that lies in a directory which is seen as a whole. */
  list(): readonly SeenFile[] {
    const seen: SeenFile[] = [];
    let whole: string | undefined;
    for (const path of [...this.#kinds.keys()].sort((a, b) => compareUtf8(`/${a}/`, `/${b}/`))) {
      if (whole !== undefined && path.startsWith(`${whole}/`)) continue;
      const kind = this.#kinds.get(path)!;
      if (kind === 'directory') whole = path;
      seen.push(this.#seenFile(path, kind));
    }
    return seen.sort((a, b) => compareUtf8(a.absolute, b.absolute));
  }

  #seenFile(path: string, kind: SeenFile['kind']): SeenFile {
    const absolute = `/${path}`;
    const entry = this.#root.at(path);
    return entry?.kind === 'symlink' ? { absolute, kind, target: entry.target } : { absolute, kind };
  }
}
