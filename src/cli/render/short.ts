import { type Digest, shortDigest } from '../../oci/index.js';

const DIGESTS = /sha256:[0-9a-f]{64}(?![0-9a-f])/g;

/** Text with its digests as people want to see them: the first digits, or in full where everything is asked for. */
export function shortened(text: string, { verbose }: { readonly verbose: boolean }): string {
  return verbose ? text : text.replace(DIGESTS, (digest) => shortDigest(digest as Digest));
}
