import type { SourceSpan } from '../errors/index.js';
import type { OperationOptions } from './operation-options.js';

export interface BuildRequest extends OperationOptions {
  /** image.yaml, or a directory that holds one; relative to the working directory. */
  readonly file: string;
  /** Which compressor may run: `fastest` is the native one where it gives the pinned bytes. Never changes a digest. */
  readonly codec?: 'fastest' | 'pinned';
  /** A pin that the lock lacks, or that is stale, is an error. Default: where the variable CI is set, and not to `false` or `0`. */
  readonly frozen?: boolean;
}

/** One assertion of image.yaml, looked at in the image of one platform. */
export interface AssertionResult {
  /** `files /usr/bin/server`, `contents /etc/motd`, `metadata env.PORT`, `command version`. */
  readonly what: string;
  readonly platform: string;
  readonly outcome: 'holds' | 'fails' | 'skipped';
  /** Why it fails, with expected and found; why it was skipped. */
  readonly message?: string;
  readonly at: SourceSpan;
}
