import { dirname } from 'node:path';
import { errnoOf, type FileStat, type Host } from '../host/index.js';
import type { Digest } from '../oci/index.js';
import type { Records } from '../store/index.js';
import { lazy } from '../util/index.js';
import { decodeDigests, encodeDigests, fingerprintOf, type KnownDigest } from './digest-lines.js';
import { type HostFile, hashHostFile } from './host-file.js';

/** Digests of files, remembered between runs: a file that `lstat` shows unchanged is not read again. */
export interface FileDigests {
  /**
   * From memory, or by reading the file.
   * @throws TbuildError `input-changed`, `input-missing`, `input-unreadable`
   */
  digestOf(file: HostFile): Digest;
  /** Writes what was learned; does nothing where that is nothing. */
  save(): void;
  /** Files and bytes that had to be read so far. */
  readonly hashedFiles: number;
  readonly hashedBytes: number;
}

/** The coarsest time stamps in use (FAT: two seconds). */
const STAMP_GRANULARITY_MS = 2_000;

interface Remembered extends KnownDigest {
  isUsed: boolean;
  /** May be trusted by a later run. */
  readonly isSettled: boolean;
}

/**
 * True where a write after `now` must get other time stamps than the file has. A file written in the same tick of its
 * file system's clock as it was read could change again without any trace in `lstat`; git calls such an entry racily
 * clean (Documentation/technical/racy-git).
 */
function isSettledAt(stat: FileStat, now: number): boolean {
  const latest = stat.mtimeNs > stat.ctimeNs ? stat.mtimeNs : stat.ctimeNs;
  return latest < BigInt(Math.floor(now) - STAMP_GRANULARITY_MS) * 1_000_000n;
}

class RememberedDigests implements FileDigests {
  hashedFiles = 0;
  hashedBytes = 0;
  readonly #host: Host;
  readonly #records: Records;
  readonly #scope: string;
  /** Files below it are kept under their relative path, others under the absolute one. */
  readonly #base: string;
  #isChanged = false;
  readonly #known = lazy(() => this.#load());

  constructor(host: Host, records: Records, scope: string) {
    this.#host = host;
    this.#records = records;
    this.#scope = scope;
    this.#base = `${dirname(scope).replace(/\/$/, '')}/`;
  }

  digestOf(file: HostFile): Digest {
    const name = file.absolute.startsWith(this.#base) ? file.absolute.slice(this.#base.length) : file.absolute;
    const fingerprint = fingerprintOf(file.stat);
    const before = this.#known().get(name);
    if (before?.fingerprint === fingerprint) {
      before.isUsed = true;
      return before.digest;
    }
    const now = this.#host.clock.now();
    const digest = hashHostFile(file, this.#host.files);
    this.hashedFiles++;
    this.hashedBytes += file.stat.size;
    const isSettled = isSettledAt(file.stat, now);
    this.#known().set(name, { fingerprint, digest, isUsed: true, isSettled });
    if (isSettled || before?.isSettled) this.#isChanged = true;
    return digest;
  }

  save(): void {
    if (!this.#isChanged) return;
    const kept = [...this.#known()].filter(
      ([name, file]) => file.isSettled && (file.isUsed || this.#isThere(name, file)),
    );
    this.#records.write('digests', this.#scope, encodeDigests(kept));
    this.#isChanged = false;
  }

  #load(): Map<string, Remembered> {
    const known = decodeDigests(this.#records.read('digests', this.#scope) ?? '');
    return new Map([...known].map(([name, file]) => [name, { ...file, isUsed: false, isSettled: true }]));
  }

  /** True where a file that nobody asked for in this run is still as it was. */
  #isThere(name: string, { fingerprint }: KnownDigest): boolean {
    try {
      const stat = this.#host.files.lstat(name.startsWith('/') ? name : this.#base + name);
      return stat !== undefined && fingerprintOf(stat) === fingerprint;
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      return false;
    }
  }
}

/**
 * The digests remembered under `scope`, an absolute path: that of image.yaml. They never reach an output: whoever reads
 * a file for an output compares its bytes with the digest again.
 */
export function openFileDigests(host: Host, records: Records, scope: string): FileDigests {
  return new RememberedDigests(host, records, scope);
}
