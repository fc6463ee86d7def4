import { createHash } from 'node:crypto';
import { digestOfHash } from '../oci/index.js';
import type { Chunks } from '../util/index.js';
import type { PendingFile } from './pending-file.js';
import { type Content, digestMismatch, sizeMismatch } from './verified-chunks.js';

export interface IncomingBlob {
  readonly target: Content;
  /** Where it is to stay. */
  readonly path: string;
  open(): Promise<Chunks>;
}

/**
 * Takes a blob in: write, fsync, check size, check digest, and only then its name. Reads no further than one chunk
 * beyond the size.
 *
 * @throws TbuildError `blob-mismatch`; whatever the stream throws
 */
export async function receiveBlob(pending: PendingFile, blob: IncomingBlob): Promise<void> {
  const { target, path } = blob;
  const shown = `Content for ${target.digest}`;
  const hash = createHash('sha256');
  try {
    for await (const chunk of await blob.open()) {
      pending.write(chunk);
      hash.update(chunk);
      if (pending.size > target.size) break;
    }
    if (pending.size !== target.size) throw sizeMismatch(shown, target, pending.size);
    pending.flush();
    const found = digestOfHash(hash);
    if (found !== target.digest) throw digestMismatch(shown, target, found);
    pending.publish(path, 0o444);
  } finally {
    pending.discard();
  }
}
