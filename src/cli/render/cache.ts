import type { CacheGcResult, CacheStatsResult, CacheVerifyResult } from '../../operations/index.js';
import { counted, renderSize } from './numbers.js';
import { renderTable } from './table.js';
import { bold, green, red, Text, text } from './text.js';

/** What the cache holds. */
export function renderCacheStats(stats: CacheStatsResult): Text[] {
  const kinds = Object.entries(stats.records).filter(([, count]) => count > 0);
  const total = kinds.reduce((sum, [, count]) => sum + count, 0);
  const detail = kinds.map(([kind, count]) => `${count} ${kind}`).join(', ');
  return renderTable([
    [bold('cache'), Text.of(stats.directory)],
    [bold('blobs'), Text.of(String(stats.blobs)), Text.of(renderSize(stats.blobBytes))],
    [bold('unpacked'), Text.of(String(stats.unpacked)), Text.of(renderSize(stats.unpackedBytes))],
    [bold('records'), Text.of(String(total)), Text.of(renderSize(stats.recordBytes)), Text.of(detail)],
  ]);
}

/** Which files of the cache are not what they should be. */
export function renderCacheVerify({ directory, checked, damaged }: CacheVerifyResult): Text[] {
  if (damaged.length === 0) return [text`${green('ok')}: ${counted(checked, 'file')} of ${directory} checked`];
  return [
    text`${red('damaged')}: ${damaged.length} of ${counted(checked, 'file')} in ${directory}`,
    ...renderTable(damaged.map(({ path, reason }) => [text`  ${path}`, Text.of(reason)])),
  ];
}

/** What was, or would be, removed from the cache. */
export function renderCacheGc(result: CacheGcResult, { dryRun }: { readonly dryRun: boolean }): Text[] {
  const { directory, removedBlobs, removedUnpacked, removedRecords, removedTemporary, freedBytes } = result;
  const { keptBlobs, keptUnpacked, keptBytes } = result;
  const removed = [
    counted(removedBlobs, 'blob'),
    ...(removedUnpacked === 0 ? [] : [counted(removedUnpacked, 'unpacked archive')]),
    counted(removedRecords, 'record'),
    ...(removedTemporary === 0 ? [] : [counted(removedTemporary, 'temporary item')]),
  ].join(', ');
  const kept = [
    counted(keptBlobs, 'blob'),
    ...(keptUnpacked === 0 ? [] : [counted(keptUnpacked, 'unpacked archive')]),
  ].join(', ');
  return renderTable([
    [bold('cache'), Text.of(directory)],
    [bold(dryRun ? 'would remove' : 'removed'), Text.of(removed), Text.of(renderSize(freedBytes))],
    [bold(dryRun ? 'would keep' : 'kept'), Text.of(kept), Text.of(renderSize(keptBytes))],
  ]);
}
