import { createHash } from 'node:crypto';
import { digestOfHash } from '../oci/index.js';
import type { Chunks } from '../util/index.js';
import { type Content, digestMismatch, sizeMismatch } from './verified-chunks.js';

/**
 * The stream, checked: its last chunk is given out only after size and digest are right.
 * @throws TbuildError `blob-mismatch`
 */
export async function* verifiedStream(input: Chunks, target: Content): AsyncGenerator<Uint8Array> {
  const shown = `Content for ${target.digest}`;
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of input) {
    size += chunk.length;
    if (size > target.size) throw sizeMismatch(shown, target, size);
    hash.update(chunk);
    const found = size === target.size ? digestOfHash(hash.copy()) : target.digest;
    if (found !== target.digest) throw digestMismatch(shown, target, found);
    yield chunk;
  }
  if (size !== target.size) throw sizeMismatch(shown, target, size);
  const found = digestOfHash(hash);
  if (found !== target.digest) throw digestMismatch(shown, target, found);
}
