import type { Host } from '../host/index.js';
import {
  type CacheStats,
  type CacheVerification,
  cacheStats,
  collectGarbage,
  type GarbageReport,
  verifyCache,
} from '../store/index.js';
import { cacheDirectory } from './build-context.js';
import type { CacheGcRequest, OperationOptions } from './requests.js';

/** What the cache holds. */
export async function cacheStatistics(host: Host, options: OperationOptions): Promise<CacheStats> {
  return cacheStats(host, cacheDirectory(host, options));
}

/** Reads everything in the cache again and says what is damaged. Repairs nothing. */
export async function cacheVerify(host: Host, options: OperationOptions): Promise<CacheVerification> {
  return verifyCache(host, cacheDirectory(host, options));
}

/** Removes what was not used for a while, and what dead processes left. */
export async function cacheGc(host: Host, request: CacheGcRequest): Promise<GarbageReport> {
  const { olderThanMs, dryRun } = request;
  return collectGarbage(host, cacheDirectory(host, request), { olderThanMs, dryRun });
}
