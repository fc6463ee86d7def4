import { ancestorsOf } from './ancestors.js';

/**
 * Paths of lower layers that a layer takes away: single ones with all below them, and what lies below directories that
 * stay.
 */
export class HiddenPaths {
  readonly #whole = new Set<string>();
  readonly #below = new Set<string>();

  /** Hides a path and all below it. */
  addWhole(path: string): void {
    this.#whole.add(path);
  }

  /** Hides all below a directory; `''` is the root. */
  addBelow(directory: string): void {
    this.#below.add(directory);
  }

  has(path: string): boolean {
    if (this.#whole.size + this.#below.size === 0) return false;
    if (this.#below.has('') || this.#whole.has(path)) return true;
    for (const parent of ancestorsOf(path)) if (this.#whole.has(parent) || this.#below.has(parent)) return true;
    return false;
  }
}
