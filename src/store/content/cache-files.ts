import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fail, type TbuildError } from '../../errors/index.js';
import { type FileStat, type Files, type Host, reasonOf } from '../../host/index.js';
import { type Digest, hexOf } from '../../oci/index.js';
import { compareUtf8, decodeUtf8 } from '../../util/index.js';
import { attempt } from '../explained.js';

/** Where things are below the root of the cache. */
export const blobsOf = (directory: string): string => join(directory, 'blobs', 'sha256');
export const recordsOf = (directory: string): string => join(directory, 'records');
/** Contents of archives, a file for each archive. */
export const unpackedOf = (directory: string): string => join(directory, 'unpacked');
export const temporaryOf = (directory: string): string => join(directory, 'tmp');
/** Build directories of commands that failed, for people to look at. */
export const failedOf = (directory: string): string => join(directory, 'failed');
export const leasesOf = (directory: string): string => join(directory, 'leases');

export const blobPath = (directory: string, digest: Digest): string => join(blobsOf(directory), hexOf(digest));

/** A name of 64 hexadecimal digits: what every blob and record has. */
export const isHexName = (name: string): boolean => /^[0-9a-f]{64}$/.test(name);

export interface CacheFile {
  readonly name: string;
  readonly path: string;
  readonly stat: FileStat;
}

/** What is in a directory, sorted by name; nothing where the directory is not there. */
export function filesIn(files: Files, directory: string): readonly CacheFile[] {
  if (files.stat(directory)?.kind !== 'directory') return [];
  return files
    .readDirectory(directory)
    .map(({ bytes }) => decodeUtf8(bytes))
    .filter((name) => name !== undefined)
    .sort(compareUtf8)
    .map((name) => ({ name, path: join(directory, name), stat: files.lstat(join(directory, name)) }))
    .filter((file): file is CacheFile => file.stat !== undefined);
}

/** The records by kind: a directory of `records/` each. */
export function recordFilesIn(files: Files, directory: string): readonly (readonly [string, readonly CacheFile[]])[] {
  return filesIn(files, recordsOf(directory)).map(({ name, path }) => [name, filesIn(files, path)]);
}

/** How what is in records is written. To be changed with that: then what other versions wrote counts as damaged. */
const RECORDS = 'records 2\n';

/** The first line of a record: it shows whether the rest is whole. */
export function recordSeal(value: Uint8Array): string {
  return createHash('sha256').update(RECORDS).update(value).digest('hex');
}

export function cacheFailed(directory: string): (error: unknown) => TbuildError {
  return (error) =>
    fail('cache-failed', {
      message: `Cannot use the cache at ${JSON.stringify(directory)}: ${reasonOf(error)}`,
      hint: 'Name a directory with --cache or XDG_CACHE_HOME that can be written and has room.',
      details: { directory },
      cause: error,
    });
}

const FINE_ENOUGH_MS = 60_000;

/** Moves the file's time to now, so that garbage collection sees it in use. A cache that cannot be written stays readable. */
export function markUsed(host: Pick<Host, 'files' | 'clock'>, path: string, stat: FileStat): void {
  const ageMs = host.clock.now() - stat.modifiedMs;
  if (Math.abs(ageMs) >= FINE_ENOUGH_MS) attempt(() => host.files.touch(path));
}
