import { counted, renderDuration, renderSize } from '../render/numbers.js';
import type { ActiveStep } from './active-steps.js';

/** Before that, a rate says nothing. */
const RATE_AFTER_MS = 1_000;

/** `12.3 MB of 45.2 MB`, `312 of 812 files`, `2 of 5 blobs`, or undefined where nothing was counted. */
function renderAmount({ bytes, files, totalBytes, totalFiles, unit }: ActiveStep): string | undefined {
  const parts: string[] = [];
  if (totalFiles !== undefined) parts.push(`${Math.min(files, totalFiles)} of ${counted(totalFiles, unit)}`);
  else if (files > 0) parts.push(counted(files, unit));
  if (totalBytes !== undefined) parts.push(`${renderSize(Math.min(bytes, totalBytes))} of ${renderSize(totalBytes)}`);
  else if (bytes > 0) parts.push(renderSize(bytes));
  return parts.length === 0 ? undefined : parts.join(', ');
}

/** Share of the work that is done, 0 to 1, where the whole is known. */
function shareOf({ bytes, files, totalBytes, totalFiles }: ActiveStep): number | undefined {
  if (totalBytes !== undefined && totalBytes > 0) return Math.min(1, bytes / totalBytes);
  return totalFiles !== undefined && totalFiles > 0 ? Math.min(1, files / totalFiles) : undefined;
}

/** What a running step has done, how fast it is, and how long it may still take. */
export function renderDone(step: ActiveStep, nowMs: number): readonly string[] {
  const elapsedMs = nowMs - step.startedMs;
  const amount = renderAmount(step);
  const parts = amount === undefined ? [] : [amount];
  if (elapsedMs < RATE_AFTER_MS) return parts;
  if (step.bytes > 0) parts.push(`${renderSize((step.bytes / elapsedMs) * 1000)}/s`);
  const share = shareOf(step);
  if (share !== undefined && share > 0 && share < 1) {
    return [...parts, `${renderDuration((elapsedMs * (1 - share)) / share)} left`];
  }
  return [...parts, renderDuration(elapsedMs)];
}
