import type { Digest } from '../../oci/index.js';
import type { Chunks } from '../../util/index.js';

/** One version of a file. */
export interface FileContent {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Where it is known: equal contents are then not opened. */
  readonly digest?: Digest;
  /** Called before any file is read, where this one will be. */
  announce?(): void;
  /** The content; called once. */
  open(): Chunks;
}

export interface ExplainFacts {
  /** The one time of the image in seconds since the epoch: what a build may write into files and stay reproducible. */
  readonly created: number | undefined;
}
