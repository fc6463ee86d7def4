import { join } from 'node:path';
import type { Host } from '../../host/index.js';
import type { Digest } from '../../oci/index.js';
import { attempt, explained } from '../explained.js';
import { type Ownership, openOwnership, sweep } from '../ownership.js';
import { openPending, type PendingFile } from '../pending-file.js';
import { receiveBlob } from '../receive-blob.js';
import { SeenFiles } from '../seen-files.js';
import { type Content, unhurried } from '../verified-chunks.js';
import { openBlobFiles } from './blob-file.js';
import {
  blobPath,
  blobsOf,
  cacheFailed,
  leasesOf,
  markUsed,
  recordsOf,
  temporaryOf,
  unpackedOf,
} from './cache-files.js';
import type { ContentStore } from './content-store.js';
import { type Intake, ingestAll, ingestOne } from './ingest.js';
import { cacheBusy, type Lease, takeLease } from './leases.js';
import { missingBlob } from './missing-blob.js';
import { openBlobAt, readBlob } from './read-blob.js';
import { openRecords, RECORD_KINDS } from './records.js';
import { openUnpackedFiles } from './unpacked-files.js';

/** Only for the user: contents of images can be secret (and the XDG specification asks for it). */
const PRIVATE = 0o700;
/** How long a start waits for garbage collection to end. */
const PATIENCE_MS = 10_000;
const PAUSE_MS = 20;

function makeDirectories({ files }: Host, directory: string): void {
  const records = RECORD_KINDS.map((kind) => join(recordsOf(directory), kind));
  const others = [blobsOf, unpackedOf, temporaryOf, leasesOf].map((pathOf) => pathOf(directory));
  for (const path of [...others, ...records]) {
    files.makeDirectory(path, PRIVATE);
  }
}

/** Waits until nobody collects garbage. The lease is there already, so that nobody begins to. */
function waitForCollector(host: Host, directory: string, lease: Lease): void {
  for (let waitedMs = 0; ; waitedMs += PAUSE_MS) {
    const collectors = lease.others('collect');
    if (collectors.length === 0) return;
    if (waitedMs >= PATIENCE_MS) throw cacheBusy(directory, collectors);
    host.clock.pause(PAUSE_MS);
  }
}

function enter(host: Host, directory: string, ownership: Ownership): Lease {
  explained(() => makeDirectories(host, directory), cacheFailed(directory));
  const lease = takeLease(host, directory, { role: 'build', ownership });
  try {
    waitForCollector(host, directory, lease);
    explained(() => {
      for (const place of [temporaryOf(directory), leasesOf(directory)]) sweep(host, ownership.list(place));
    }, cacheFailed(directory));
  } catch (error) {
    lease.release();
    throw error;
  }
  return lease;
}

/** Directories in `tmp/` that one run made. */
function openTemporaries(host: Host, directory: string, ownership: Ownership) {
  const made = new Set<string>();
  const nameFor = (role: string): string => join(temporaryOf(directory), ownership.nameFor(role));
  return {
    file: (): PendingFile => openPending(host.files, nameFor('file'), cacheFailed(directory)),
    directory(): string {
      const path = nameFor('directory');
      explained(() => host.files.makeDirectory(path, PRIVATE), cacheFailed(directory));
      made.add(path);
      return path;
    },
    removeAll(): void {
      for (const path of made) attempt(() => host.files.removeTree(path));
      made.clear();
    },
  };
}

/**
 * Opens the cache, and creates it where it is not there. What killed runs left behind is removed. Waits some seconds
 * while garbage is collected.
 *
 * @param directory absolute
 * @throws TbuildError `cache-busy`, `cache-failed`
 */
export function openContentStore(host: Host, directory: string): ContentStore {
  const { files } = host;
  const ownership = openOwnership(host);
  const lease = enter(host, directory, ownership);
  const temporaries = openTemporaries(host, directory, ownership);
  const openFile = (): PendingFile => {
    lease.renew();
    return temporaries.file();
  };
  const seen = new SeenFiles();
  const { watched, fileOf } = openBlobFiles(host, directory, seen);
  const sizeOf = (digest: Digest): number | undefined => {
    const path = blobPath(directory, digest);
    const stat = explained(() => files.lstat(path), cacheFailed(directory));
    if (stat?.kind !== 'file') return undefined;
    markUsed(host, path, stat);
    return stat.size;
  };
  const has = (target: Content): boolean => sizeOf(target.digest) === target.size;
  const pathOf = (digest: Digest): string => blobPath(directory, digest);
  const syncNames = (): void => explained(() => files.syncDirectory(blobsOf(directory)), cacheFailed(directory));
  const intake: Intake = { host, openFile: () => watched(openFile()), has, pathOf, syncNames };
  return {
    directory,
    records: openRecords(host, directory, openFile),
    unpacked: openUnpackedFiles(host, directory, (role) => {
      lease.renew();
      return ownership.nameFor(role);
    }),
    sizeOf,
    pathOf,
    directoryOf: () => directory,
    has: async (target) => has(target),
    chunks: (target) => readBlob(host, directory, target),
    async open(target) {
      const stat = explained(() => files.lstat(blobPath(directory, target.digest)), cacheFailed(directory));
      if (stat === undefined) throw missingBlob(directory, target);
      return unhurried(readBlob(host, directory, target), host);
    },
    openAt: (target) => openBlobAt(host, directory, target),
    seen,
    fileOf,
    verifies: true,
    async put(target, open) {
      if (has(target)) return;
      await receiveBlob(watched(openFile()), { target, path: pathOf(target.digest), open });
      syncNames();
    },
    ingest: (input) => ingestOne(input, intake),
    ingestAll: (inputs) => ingestAll(inputs, intake),
    temporaryDirectory() {
      lease.renew();
      return temporaries.directory();
    },
    close() {
      temporaries.removeAll();
      lease.release();
    },
  };
}
