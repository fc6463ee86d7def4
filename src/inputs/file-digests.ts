import { errnoOf, type Host } from '../host/index.js';
import { type Digest, hexOf } from '../oci/index.js';
import type { Records } from '../store/index.js';
import { lazy } from '../util/index.js';
import { type HostFile, hashHostFile, type SeenFile } from './host-file.js';
import { DIGEST_BYTES, decodeWalks, encodeWalks, Kinds, NUMBERS, sameNumbers, type WalkTable } from './walk-table.js';

/** Something in a walk. */
export interface WalkEntry {
  readonly table: WalkTable;
  readonly index: number;
}

/** What a walk found, for the next time. */
export interface FinishedWalk {
  readonly table: WalkTable;
  /** By entry, 1 where a later run may trust it: see `isSettledAt`. Absent for a walk of an earlier run: what is in it may be trusted. */
  readonly trusted?: Uint8Array;
}

/** Digests of files, remembered between runs: a file that `lstat` shows unchanged is not read again. */
export interface FileDigests {
  /**
   * From memory, or by reading the file.
   * @throws TbuildError `input-changed`, `input-missing`, `input-unreadable`
   */
  digestOf(file: HostFile): Digest;
  /** By reading the file. Fails as `digestOf`. */
  hash(file: HostFile): Digest;
  /** Says that the caller had these read elsewhere. */
  noteHashed(files: number, bytes: number): void;
  /** What the walk under this key found: in this run, else in an earlier one. */
  walk(key: string): FinishedWalk | undefined;
  /** A file that another walk of an earlier run saw, if it is as it was then. @param absolute its path */
  find(absolute: string, numbers: Float64Array, index: number): WalkEntry | undefined;
  /** @param key see `walkKey` */
  keep(key: string, walk: FinishedWalk): void;
  /** Writes what was learned; does nothing where that is nothing. */
  save(): void;
  /** Files and bytes that had to be read so far. */
  readonly hashedFiles: number;
  readonly hashedBytes: number;
}

/** The coarsest time stamps in use (FAT: two seconds). */
const STAMP_GRANULARITY_MS = 2_000;

/** Files that no walk found are kept as a table of their own. */
const SINGLE_FILES = walkKey('', '');

/** Under what a walk is remembered. */
export function walkKey(root: string, selection: string): string {
  return `${root}\0${selection}`;
}

/**
 * True where a write after `now` must get other time stamps than these. A file written in the same tick of its file
 * system's clock as it was read could change again without any trace in `lstat`; git calls such an entry racily clean
 * (Documentation/technical/racy-git).
 */
export function isSettledAt(modifiedMs: number, changedMs: number, now: number): boolean {
  return Math.max(modifiedMs, changedMs) < now - STAMP_GRANULARITY_MS;
}

/** Everything about a file that changes when its content does, as text. */
export function fingerprintOf({ size, modifiedMs, changedMs, inode, device }: SeenFile): string {
  return `${size} ${modifiedMs} ${changedMs} ${inode} ${device}`;
}

function numbersOf({ size, modifiedMs, changedMs, inode, device }: SeenFile): Float64Array {
  return Float64Array.of(size, modifiedMs, changedMs, inode, device);
}

/** The digest of an entry that is a file. */
export function digestIn({ table, index }: WalkEntry): Digest {
  const bytes = table.digests.subarray(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES);
  return `sha256:${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')}` as Digest;
}

interface SingleFile {
  readonly numbers: Float64Array;
  readonly digest: Digest;
  readonly isTrusted: boolean;
}

function tableOf(files: ReadonlyMap<string, SingleFile>): WalkTable {
  const count = files.size;
  const [numbers, digests] = [new Float64Array(count * NUMBERS), new Uint8Array(count * DIGEST_BYTES)];
  [...files.values()].forEach((file, i) => {
    numbers.set(file.numbers, i * NUMBERS);
    digests.set(Buffer.from(hexOf(file.digest), 'hex'), i * DIGEST_BYTES);
  });
  const paths = [...files.keys()].map((absolute) => absolute.slice(1));
  const [kinds, modes] = [new Uint8Array(count).fill(Kinds.file), new Uint16Array(count)];
  return { paths, kinds, modes, numbers, digests, targets: paths.map(() => '') };
}

/** The table without what a later run must not trust. */
function trustedPart({ table, trusted }: FinishedWalk): WalkTable {
  const numbers = table.numbers.slice();
  trusted?.forEach((isTrusted, i) => {
    if (!isTrusted) numbers[i * NUMBERS] = Number.NaN;
  });
  return { ...table, numbers };
}

class RememberedDigests implements FileDigests {
  hashedFiles = 0;
  hashedBytes = 0;
  readonly #host: Host;
  readonly #records: Records;
  readonly #scope: string;
  readonly #walks = new Map<string, FinishedWalk>();
  readonly #used = new Set<string>();
  readonly #singles = new Map<string, SingleFile>();
  #isChanged = false;
  readonly #before = lazy(() => decodeWalks(this.#records.readBytes('digests', this.#scope)));
  readonly #files = lazy(() => this.#filesBefore());

  constructor(host: Host, records: Records, scope: string) {
    this.#host = host;
    this.#records = records;
    this.#scope = scope;
  }

  digestOf(file: HostFile): Digest {
    const numbers = numbersOf(file.stat);
    const known = this.#singles.get(file.absolute);
    if (known !== undefined && sameNumbers(known.numbers, 0, numbers, 0)) return known.digest;
    const before = this.find(file.absolute, numbers, 0);
    if (before !== undefined) {
      const digest = digestIn(before);
      this.#singles.set(file.absolute, { numbers, digest, isTrusted: true });
      return digest;
    }
    const isTrusted = isSettledAt(file.stat.modifiedMs, file.stat.changedMs, this.#host.clock.now());
    const digest = this.hash(file);
    if (isTrusted || this.#files().has(file.absolute)) this.#isChanged = true;
    this.#singles.set(file.absolute, { numbers, digest, isTrusted });
    return digest;
  }

  hash(file: HostFile): Digest {
    const digest = hashHostFile(file, this.#host.files);
    this.noteHashed(1, file.stat.size);
    return digest;
  }

  noteHashed(files: number, bytes: number): void {
    this.hashedFiles += files;
    this.hashedBytes += bytes;
  }

  walk(key: string): FinishedWalk | undefined {
    const table = this.#before().get(key);
    return this.#walks.get(key) ?? (table && { table });
  }

  find(absolute: string, numbers: Float64Array, index: number): WalkEntry | undefined {
    const known = this.#files().get(absolute);
    return known !== undefined && sameNumbers(known.table.numbers, known.index, numbers, index) ? known : undefined;
  }

  keep(key: string, walk: FinishedWalk): void {
    this.#used.add(key);
    const before = this.#before().get(key);
    if (walk.table === before || this.#walks.get(key)?.table === walk.table) return;
    if (before !== undefined || walk.trusted?.includes(1)) this.#isChanged = true;
    this.#walks.set(key, walk);
  }

  save(): void {
    if (!this.#isChanged) return;
    const walks = new Map<string, WalkTable>();
    for (const key of this.#used) {
      const walk = this.#walks.get(key);
      walks.set(key, walk === undefined ? this.#before().get(key)! : trustedPart(walk));
    }
    const singles = this.#singlesToKeep(walks);
    if (singles.size > 0) walks.set(SINGLE_FILES, tableOf(singles));
    this.#records.write('digests', this.#scope, encodeWalks(walks));
    this.#isChanged = false;
  }

  /** Files that earlier runs saw, by their absolute paths. */
  #filesBefore(): ReadonlyMap<string, WalkEntry> {
    const files = new Map<string, WalkEntry>();
    for (const [key, table] of this.#before()) for (const file of filesIn(key, table)) files.set(...file);
    return files;
  }

  /** Those that were asked for by themselves, and those that nobody asked for in this run and that are as they were. */
  #singlesToKeep(walks: ReadonlyMap<string, WalkTable>): ReadonlyMap<string, SingleFile> {
    const kept = new Map([...this.#singles].filter(([, { isTrusted }]) => isTrusted));
    const unused = [...this.#before()].filter(([key]) => !walks.has(key));
    const left = unused.flatMap(([key, table]) => [...filesIn(key, table)]).filter(([at]) => !this.#singles.has(at));
    if (left.length === 0) return kept;
    const walked = new Set<string>();
    for (const [key, table] of walks) for (const [absolute] of filesIn(key, table)) walked.add(absolute);
    for (const [absolute, known] of left) {
      if (walked.has(absolute)) continue;
      const numbers = this.#look(absolute);
      if (numbers === undefined || !sameNumbers(known.table.numbers, known.index, numbers, 0)) continue;
      kept.set(absolute, { numbers, digest: digestIn(known), isTrusted: true });
    }
    return kept;
  }

  #look(absolute: string): Float64Array | undefined {
    const numbers = new Float64Array(NUMBERS);
    try {
      return this.#host.files.lstatInto(absolute, numbers, 0) ? numbers : undefined;
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      return undefined;
    }
  }
}

function* filesIn(key: string, table: WalkTable): Generator<[string, WalkEntry]> {
  const root = key.slice(0, key.indexOf('\0'));
  for (let index = 0; index < table.paths.length; index++) {
    if ((table.kinds[index]! & Kinds.mask) !== Kinds.file) continue;
    const path = table.paths[index]!;
    yield [path === '' ? root : `${root}/${path}`, { table, index }];
  }
}

/**
 * The digests remembered under `scope`, an absolute path: that of image.yaml. They never reach an output: whoever reads
 * a file for an output compares its bytes with the digest again.
 */
export function openFileDigests(host: Host, records: Records, scope: string): FileDigests {
  return new RememberedDigests(host, records, scope);
}
