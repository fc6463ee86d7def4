import { join } from 'node:path';
import type { Files, Host } from '../../host/index.js';
import { decodeUtf8 } from '../../util/index.js';
import { explained } from '../explained.js';
import { openOwnership } from '../ownership.js';
import {
  blobsOf,
  type CacheFile,
  cacheFailed,
  failedOf,
  filesIn,
  leasesOf,
  recordFilesIn,
  temporaryOf,
  unpackedOf,
} from './cache-files.js';
import { bytesOfAll } from './cache-stats.js';
import { cacheBusy, takeLease } from './leases.js';

export interface GarbageOptions {
  /** Keep what was used within this time. */
  readonly olderThanMs: number;
  /** Only tell what would go. */
  readonly dryRun: boolean;
}

export interface GarbageReport {
  readonly directory: string;
  readonly removedBlobs: number;
  /** Contents of archives. */
  readonly removedUnpacked: number;
  readonly removedRecords: number;
  /** Files and directories that killed runs left behind. */
  readonly removedTemporary: number;
  readonly freedBytes: number;
  readonly keptBlobs: number;
  readonly keptUnpacked: number;
  /** Of blobs and contents of archives. */
  readonly keptBytes: number;
}

/** Bytes of a file, or of all files below a directory. */
function treeBytes(files: Files, path: string): number {
  const stat = files.lstat(path);
  if (stat?.kind !== 'directory') return stat?.size ?? 0;
  const names = files.readDirectory(path).map(({ bytes }) => decodeUtf8(bytes));
  return names.reduce((sum, name) => sum + (name === undefined ? 0 : treeBytes(files, join(path, name))), 0);
}

/** What goes: unused blobs, contents of archives and records, temporary files without an owner, and old build directories of what failed. */
function findGarbage(host: Host, directory: string, olderThanMs: number) {
  const now = host.clock.now();
  const isOld = ({ stat }: CacheFile): boolean => Math.max(0, now - stat.modifiedMs) >= olderThanMs;
  const ownership = openOwnership(host);
  const live = new Set(
    ownership
      .list(temporaryOf(directory))
      .filter(({ owner }) => owner === 'live')
      .map((owned) => owned.path),
  );
  const blobs = filesIn(host.files, blobsOf(directory));
  const unpacked = filesIn(host.files, unpackedOf(directory));
  return {
    blobs: blobs.filter(isOld),
    kept: blobs.filter((blob) => !isOld(blob)),
    unpacked: unpacked.filter(isOld),
    keptUnpacked: unpacked.filter((file) => !isOld(file)),
    records: recordFilesIn(host.files, directory)
      .flatMap(([, list]) => list)
      .filter(isOld),
    temporary: [
      ...filesIn(host.files, temporaryOf(directory)).filter((file) => !live.has(file.path)),
      ...filesIn(host.files, failedOf(directory)).filter(isOld),
    ],
    leases: ownership.list(leasesOf(directory)).filter(({ owner }) => owner !== 'live'),
  };
}

function collect(host: Host, directory: string, options: GarbageOptions): GarbageReport {
  const garbage = findGarbage(host, directory, options.olderThanMs);
  const { blobs, unpacked, records, temporary, leases, kept, keptUnpacked } = garbage;
  const temporaryBytes = temporary.reduce((sum, { path }) => sum + treeBytes(host.files, path), 0);
  if (!options.dryRun) {
    for (const { path } of [...records, ...blobs, ...unpacked, ...temporary, ...leases]) host.files.removeTree(path);
  }
  return {
    directory,
    removedBlobs: blobs.length,
    removedUnpacked: unpacked.length,
    removedRecords: records.length,
    removedTemporary: temporary.length,
    freedBytes: bytesOfAll(blobs) + bytesOfAll(unpacked) + bytesOfAll(records) + temporaryBytes,
    keptBlobs: kept.length,
    keptUnpacked: keptUnpacked.length,
    keptBytes: bytesOfAll(kept) + bytesOfAll(keptUnpacked),
  };
}

/**
 * Removes what was not used for some time. Never beside a run that uses the cache: what that has found must stay.
 * @throws TbuildError `cache-busy`, `cache-failed`
 */
export function collectGarbage(host: Host, directory: string, options: GarbageOptions): GarbageReport {
  const explain = cacheFailed(directory);
  const isThere = explained(() => host.files.stat(directory) !== undefined, explain);
  if (options.dryRun || !isThere) return explained(() => collect(host, directory, options), explain);
  explained(() => host.files.makeDirectory(leasesOf(directory), 0o700), explain);
  const lease = takeLease(host, directory, { role: 'collect', ownership: openOwnership(host) });
  try {
    const others = lease.others();
    if (others.length > 0) throw cacheBusy(directory, others);
    return explained(() => collect(host, directory, options), explain);
  } finally {
    lease.release();
  }
}
