import type { ErrorCode } from '../../errors/index.js';
import type { ManifestPath } from '../build-manifest.js';

/** What is wrong between the values of one map. */
export interface Fault {
  /** The way from the map to what is to be marked. */
  readonly key: ManifestPath;
  /** True: the key is marked, and `reason` continues the path of what holds it; otherwise that of the value. */
  readonly isKey?: boolean;
  /** Default: `manifest-wrong-value`. */
  readonly code?: ErrorCode;
  readonly reason: string;
  readonly hint?: string;
}
