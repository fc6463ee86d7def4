import type { Variation } from '../artifact/index.js';
import type { Difference } from '../compare/index.js';
import type { Digest, Reference } from '../oci/index.js';
import type { AssertionResult, BuildRequest } from './build-request.js';
import type { OperationOptions } from './operation-options.js';

export interface VerifyRequest extends BuildRequest {
  /** What the rebuilt image must equal; default: the last apply of this file. */
  readonly expected?:
    | { readonly kind: 'digest'; readonly digest: Digest }
    | { readonly kind: 'image'; readonly reference: Reference };
  /** Also run each artifact under other circumstances, and say which of them its output depends on. */
  readonly vary?: boolean;
}

/** The image alone, without its repository: rebuilt as its record says. */
export interface VerifyRecordRequest extends OperationOptions {
  readonly reference: Reference;
  readonly codec?: BuildRequest['codec'];
}

export interface VerifyResult {
  readonly reproducible: boolean;
  readonly expected: Digest;
  readonly found: Digest;
  /** What was compared with, in words: `the last apply`, `oci:DIR`. */
  readonly against: string;
  /** The first difference first. Empty where reproducible, or where the expected image's content is not at hand. */
  readonly differences: readonly Difference[];
  readonly assertions: readonly AssertionResult[];
  /** Only where that was asked for. */
  readonly variations?: readonly VariationResult[];
  /**
   * Only of `verifyRecord`: what could not be rebuilt from its sources, because only the repository has them, and was taken from the
   * image as the record says: `layer app (linux/amd64): files ./src`.
   */
  readonly taken?: readonly string[];
}

/** How an artifact's output took to one other circumstance. */
export interface VariationResult {
  readonly artifact: string;
  /** The image.yaml that has the artifact, where it is another one: that of an image which this one is put on. */
  readonly base?: string;
  readonly platform: string;
  /** `none`: just once more. */
  readonly variation: Variation | 'none';
  readonly outcome: 'same' | 'differs' | 'unavailable';
  /** True where tbuild holds this circumstance fixed for the command, so that no build of tbuild can differ by it. */
  readonly isHeld: boolean;
  /** Why it is unavailable; of a `none` that differs, why no single circumstance is named. */
  readonly reason?: string;
  /** Files of the output that differ, the first ones first. */
  readonly differences: readonly Difference[];
}
