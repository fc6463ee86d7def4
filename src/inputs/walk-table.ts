import { createHash } from 'node:crypto';
import { type Digest, digestOfHash } from '../oci/index.js';

/** How many numbers tell of one entry: those of `Files.lstatInto`. */
export const NUMBERS = 5;
/** Bytes of a digest. */
export const DIGEST_BYTES = 32;

/** What an entry of a walk is: its kind, and whether it is selected or only a directory that was looked through. */
export const Kinds = { file: 0, directory: 1, symlink: 2, mask: 3, selected: 4 } as const;

/**
 * What a walk through a directory found, in columns, so that half a million files need no objects. Entries are sorted by the
 * UTF-8 bytes of their paths; all directories that were looked into are there, the root too.
 */
export interface WalkTable {
  /** Relative to the root, which is the empty path; so is a root that is a file. */
  readonly paths: readonly string[];
  /** See `Kinds`. */
  readonly kinds: Uint8Array;
  /** Permission bits. */
  readonly modes: Uint16Array;
  /** `NUMBERS` each; the first is NaN, which equals nothing, where they are not to be trusted. */
  readonly numbers: Float64Array;
  /** `DIGEST_BYTES` each; zeros for what is no file. */
  readonly digests: Uint8Array;
  /** Where symlinks lead; empty for all else. */
  readonly targets: readonly string[];
}

/** True where the numbers of two entries say that nothing was written to in between. */
export function sameNumbers(a: Float64Array, i: number, b: Float64Array, j: number): boolean {
  const [at, other] = [i * NUMBERS, j * NUMBERS];
  for (let k = 0; k < NUMBERS; k++) if (a[at + k] !== b[other + k]) return false;
  return true;
}

/** sha256 over all that a tree made of the walk can depend on: not over times and numbers of files. */
export function identityOfWalk({ paths, kinds, modes, digests, targets }: WalkTable): Digest {
  const programs = new Uint8Array(modes.length);
  for (let i = 0; i < modes.length; i++) programs[i] = (modes[i]! >> 6) & 1;
  const hash = createHash('sha256').update(`${paths.length}\0${paths.join('\0')}\0${targets.join('\0')}\0`);
  return digestOfHash(hash.update(kinds).update(programs).update(digests));
}

/** Raises with every change of the form below. */
const MAGIC = 'walks  2';
const ALIGNMENT = 8;
/** Bytes of the key, of the joined paths, of the joined targets, and the count of entries. */
const HEAD_WORDS = 4;

const padded = (length: number): number => Math.ceil(length / ALIGNMENT) * ALIGNMENT;

function bytesOf(column: Float64Array | Uint16Array | Uint8Array): Uint8Array {
  return new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
}

function encodeTable(key: string, table: WalkTable): readonly Uint8Array[] {
  const texts = [key, table.paths.join('\0'), table.targets.join('\0')].map((text) => Buffer.from(text));
  const head = new Uint32Array([...texts.map((text) => text.length), table.paths.length]);
  const columns = [table.numbers, table.digests, table.modes, table.kinds].map(bytesOf);
  const parts = [new Uint8Array(head.buffer), ...columns, ...texts];
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return [...parts, new Uint8Array(padded(length) - length)];
}

/** The tables by their keys, as one flat record. Byte order is that of this machine, whose cache it is for. */
export function encodeWalks(walks: ReadonlyMap<string, WalkTable>): Uint8Array {
  return Buffer.concat([Buffer.from(MAGIC), ...[...walks].flatMap(([key, table]) => encodeTable(key, table))]);
}

function decodeTable(bytes: Uint8Array): { readonly key: string; readonly table: WalkTable; readonly length: number } {
  const buffer = bytes.buffer as ArrayBuffer;
  let at = bytes.byteOffset;
  const take = (length: number): number => {
    const start = at;
    at += length;
    if (at - bytes.byteOffset > bytes.length) throw new RangeError('the record ends too early');
    return start;
  };
  const [keyBytes, pathBytes, targetBytes, count] = new Uint32Array(
    buffer,
    take(HEAD_WORDS * 4),
    HEAD_WORDS,
  ) as unknown as [number, number, number, number];
  const numbers = new Float64Array(buffer, take(count * NUMBERS * 8), count * NUMBERS);
  const digests = new Uint8Array(buffer, take(count * DIGEST_BYTES), count * DIGEST_BYTES);
  const modes = new Uint16Array(buffer, take(count * 2), count);
  const kinds = new Uint8Array(buffer, take(count), count);
  const text = (length: number): string => Buffer.from(buffer, take(length), length).toString('utf8');
  const [key, paths, targets] = [text(keyBytes), text(pathBytes).split('\0'), text(targetBytes).split('\0')];
  if (paths.length !== count || targets.length !== count) throw new RangeError('the record is not whole');
  return { key, table: { paths, kinds, modes, numbers, digests, targets }, length: padded(at - bytes.byteOffset) };
}

/** The tables of `encodeWalks`. What another version wrote, and what is not whole, counts as nothing known. */
export function decodeWalks(record: Uint8Array | undefined): Map<string, WalkTable> {
  const walks = new Map<string, WalkTable>();
  if (record === undefined || Buffer.from(record.subarray(0, MAGIC.length)).toString('latin1') !== MAGIC) return walks;
  // A copy, so that its columns lie where numbers may.
  const bytes = new Uint8Array(record.subarray(MAGIC.length));
  try {
    for (let at = 0; at < bytes.length; ) {
      const { key, table, length } = decodeTable(bytes.subarray(at));
      walks.set(key, table);
      at += length;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return new Map();
  }
  return walks;
}
