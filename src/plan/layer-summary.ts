import type { FileTree } from '../tree/index.js';
import type { Reason } from './plan.js';
import { reasonsOf } from './reasons.js';

/** What a plan says of a layer's tree where nothing in it changed. */
export interface LayerSummary {
  readonly files: number;
  /** Bytes of all files. */
  readonly contentBytes: number;
  readonly reasons: readonly Reason[];
}

export function summaryOf(tree: FileTree | undefined): LayerSummary {
  let files = 0;
  let contentBytes = 0;
  for (const entry of tree?.entries ?? []) {
    if (entry.kind !== 'file') continue;
    files++;
    contentBytes += entry.size;
  }
  return { files, contentBytes, reasons: reasonsOf(tree) };
}
