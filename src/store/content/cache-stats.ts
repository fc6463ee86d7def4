import type { Host } from '../../host/index.js';
import { explained } from '../explained.js';
import { blobsOf, type CacheFile, cacheFailed, filesIn, recordFilesIn, unpackedOf } from './cache-files.js';

export interface CacheStats {
  readonly directory: string;
  readonly blobs: number;
  readonly blobBytes: number;
  /** Archives whose contents are there, unpacked. */
  readonly unpacked: number;
  readonly unpackedBytes: number;
  /** Kind (`layer`, `artifact`, …) → how many. */
  readonly records: Readonly<Record<string, number>>;
  readonly recordBytes: number;
}

export const bytesOfAll = (list: readonly CacheFile[]): number => list.reduce((sum, { stat }) => sum + stat.size, 0);

/**
 * How much the cache holds. Reads only; a cache that is not there is empty.
 * @throws TbuildError `cache-failed`
 */
export function cacheStats(host: Host, directory: string): CacheStats {
  return explained(() => {
    const blobs = filesIn(host.files, blobsOf(directory));
    const unpacked = filesIn(host.files, unpackedOf(directory));
    const kinds = recordFilesIn(host.files, directory);
    return {
      directory,
      blobs: blobs.length,
      blobBytes: bytesOfAll(blobs),
      unpacked: unpacked.length,
      unpackedBytes: bytesOfAll(unpacked),
      records: Object.fromEntries(kinds.map(([kind, list]) => [kind, list.length])),
      recordBytes: kinds.reduce((sum, [, list]) => sum + bytesOfAll(list), 0),
    };
  }, cacheFailed(directory));
}
