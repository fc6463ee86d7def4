import type { Chunks } from '../util/index.js';
import type { PendingFile } from './pending-file.js';
import { type Content, digestMismatch, sizeMismatch } from './verified-chunks.js';
import { WriteBehind } from './write-behind.js';

export interface IncomingBlob {
  readonly target: Content;
  /** Where it is to stay. */
  readonly path: string;
  open(): Promise<Chunks>;
}

/**
 * Takes a blob in: write, check size, fsync, check digest, and only then its name, which lasts once the directory is flushed: that is
 * left to the caller, who does it once for many. Reads no further than one chunk beyond the size.
 *
 * @throws TbuildError `blob-mismatch`; whatever the stream throws
 */
export async function receiveBlob(pending: PendingFile, blob: IncomingBlob): Promise<void> {
  const { target, path } = blob;
  const shown = `Content for ${target.digest}`;
  const writer = new WriteBehind(pending, { expectedBytes: target.size, isSlow: false });
  try {
    for await (const chunk of await blob.open()) {
      const written = writer.write(chunk);
      if (written !== undefined) await written;
      if (writer.size > target.size) break;
    }
    if (writer.size !== target.size) throw sizeMismatch(shown, target, writer.size);
    const found = await writer.finish();
    if (found !== target.digest) throw digestMismatch(shown, target, found);
    pending.name(path, 0o444);
  } finally {
    await writer.settle();
    pending.discard();
  }
}
