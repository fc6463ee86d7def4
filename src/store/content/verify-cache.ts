import { errnoOf, type Host, reasonOf } from '../../host/index.js';
import { hexOf } from '../../oci/index.js';
import { explained } from '../explained.js';
import { digestOfExtent } from '../verified-chunks.js';
import { blobsOf, type CacheFile, cacheFailed, filesIn, isHexName, recordFilesIn, unpackedOf } from './cache-files.js';
import { parseRecord, readRecordFile } from './records.js';
import { problemOfUnpacked } from './unpacked-file.js';

export interface CacheVerification {
  readonly directory: string;
  /** Files that were looked at. */
  readonly checked: number;
  /** Files that are not what their name says, by path. */
  readonly damaged: readonly { readonly path: string; readonly reason: string }[];
}

function problemOfBlob(host: Host, { name, path }: CacheFile): string | undefined {
  const handle = host.files.openRead(path);
  try {
    const found = hexOf(digestOfExtent({ handle, position: 0, size: handle.stat().size, shown: path }));
    return found === name ? undefined : `its digest is sha256:${found}`;
  } finally {
    handle.close();
  }
}

function problemOfRecord(host: Host, { path }: CacheFile): string | undefined {
  const bytes = readRecordFile(host, path);
  if (bytes === undefined) return 'it cannot be read';
  return parseRecord(bytes) === undefined ? 'its first line is not the digest of the rest' : undefined;
}

type Check = (host: Host, file: CacheFile) => string | undefined;

/** What is wrong with a file; a file that another process has just removed is fine. */
function problemOf(host: Host, file: CacheFile, check: Check): string | undefined {
  if (!isHexName(file.name)) return 'its name is not a digest';
  if (file.stat.kind !== 'file') return 'it is not a file';
  try {
    return check(host, file);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return host.files.lstat(file.path) === undefined ? undefined : reasonOf(error);
  }
}

/**
 * Reads every file of the cache again and compares it with its digest. Changes nothing.
 * @throws TbuildError `cache-failed`
 */
export async function verifyCache(host: Host, directory: string): Promise<CacheVerification> {
  const work = explained((): readonly (readonly [CacheFile, Check])[] => {
    const blobs = filesIn(host.files, blobsOf(directory));
    const unpacked = filesIn(host.files, unpackedOf(directory));
    const records = recordFilesIn(host.files, directory).flatMap(([, list]) => list);
    return [
      ...blobs.map((file) => [file, problemOfBlob] as const),
      ...unpacked.map(
        (file) => [file, ({ files }: Host, { path }: CacheFile) => problemOfUnpacked(files, path)] as const,
      ),
      ...records.map((file) => [file, problemOfRecord] as const),
    ];
  }, cacheFailed(directory));
  const damaged: { path: string; reason: string }[] = [];
  for (const [file, check] of work) {
    await new Promise((resolve) => setImmediate(resolve));
    host.interruption.throwIfAborted();
    const reason = problemOf(host, file, check);
    if (reason !== undefined) damaged.push({ path: file.path, reason });
  }
  return { directory, checked: work.length, damaged };
}
