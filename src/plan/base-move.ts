import type { Digest } from '../oci/index.js';
import { showMove, showValue } from './shown-values.js';

interface Base {
  readonly reference: string;
  readonly digest: Digest;
}

/** A reference that is a digest says all; any other needs the digest beside it. */
function nameOf({ reference, digest }: Base): string {
  return reference.endsWith(digest) ? showValue(reference) : `${reference} ${showValue(digest)}`;
}

/**
 * How an image stands on another one than before, as a clause; undefined where the base is the same.
 * @param after its digest is null where it is not known yet: then nothing can be said
 */
export function baseMove(
  before: Base | null,
  after: { readonly reference: string; readonly digest: Digest | null } | null,
): string | undefined {
  if (after === null) return before === null ? undefined : `the base ${nameOf(before)} is no longer in the manifest`;
  const { reference, digest } = after;
  if (digest === null || before?.digest === digest) return undefined;
  if (before === null) return `the base is ${nameOf({ reference, digest })} now, and was scratch`;
  if (before.reference === reference) return `the base moved: ${reference} ${showMove(before.digest, digest)}`;
  return `the base moved: ${nameOf(before)} → ${nameOf({ reference, digest })}`;
}
