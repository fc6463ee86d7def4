import type { FileStat } from '../host/index.js';
import type { Digest } from '../oci/index.js';
import type { Content } from './verified-chunks.js';

interface Seen {
  readonly digest: Digest;
  readonly size: number;
  readonly modifiedMs: number;
  readonly changedMs: number;
}

const keyOf = ({ device, inode }: FileStat): string => `${device} ${inode}`;

/**
 * The files that this run wrote, or read to their end, and found right. A file that was touched since then in any way is not among
 * them: no program can set back the time of the last change.
 */
export class SeenFiles {
  readonly #files = new Map<string, Seen>();

  /** Notes that the file, which looks like this now, holds just the content. */
  add({ digest, size }: Content, stat: FileStat): void {
    const { modifiedMs, changedMs } = stat;
    this.#files.set(keyOf(stat), { digest, size, modifiedMs, changedMs });
  }

  /** As `add`, for a file that was read between the two looks, unless something was written to it meanwhile. */
  addIfSame(content: Content, before: FileStat, after: FileStat | undefined): void {
    const isSame =
      after !== undefined &&
      keyOf(after) === keyOf(before) &&
      after.size === before.size &&
      after.modifiedMs === before.modifiedMs;
    if (isSame) this.add(content, after);
  }

  has({ digest, size }: Content, stat: FileStat): boolean {
    const seen = this.#files.get(keyOf(stat));
    if (seen === undefined || stat.kind !== 'file' || stat.size !== size) return false;
    const isUntouched = seen.modifiedMs === stat.modifiedMs && seen.changedMs === stat.changedMs;
    return isUntouched && seen.digest === digest && seen.size === size;
  }
}
