import type { Host } from '../host/index.js';
import type { FileDigests } from './file-digests.js';

/** What reading an input needs. */
export interface InputContext {
  readonly host: Host;
  /** Absolute; what relative paths start from: the directory of image.yaml. */
  readonly directory: string;
  readonly digests: FileDigests;
  /** Called with what was done since the last call. */
  progress?(bytes: number, files: number): void;
}
