import { type Digest, shortDigest } from '../oci/index.js';

const DIGEST = /sha256:[0-9a-f]{64}/g;
const SHOWN_CHARACTERS = 80;

/** A fact for a line of text: digests by their first digits, everything cut where it gets long; `nothing` for null. */
export function showValue(value: string | null | undefined): string {
  if (value === null || value === undefined) return 'nothing';
  const text = value.replace(DIGEST, (digest) => shortDigest(digest as Digest));
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

/** `sha256:12ab… → sha256:34cd…`. */
export function showMove(before: string | null | undefined, after: string | null | undefined): string {
  return `${showValue(before)} → ${showValue(after)}`;
}
