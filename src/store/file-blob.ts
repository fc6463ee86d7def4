import { TbuildError } from '../errors/index.js';
import type { Host, ReadHandle } from '../host/index.js';
import type { Reference } from '../oci/index.js';
import { explained, explanationOf } from './explained.js';
import { readFailed, writeFailed } from './image-errors.js';
import type { SeenFiles } from './seen-files.js';
import { type Content, mismatch, unhurried, verifiedChunks } from './verified-chunks.js';

/** A blob that is a file of its own, in a directory of the image that is referred to. */
export interface FileBlob {
  readonly path: string;
  readonly target: Content;
  readonly reference: Reference;
}

function* readFile(handle: ReadHandle, { path, target }: FileBlob): Generator<Uint8Array> {
  try {
    const { kind, size } = handle.stat();
    const shown = `The file ${JSON.stringify(path)}`;
    if (kind !== 'file') throw mismatch(shown, 'it is not a file', { digest: target.digest });
    yield* verifiedChunks({ handle, position: 0, size, shown }, target);
  } finally {
    handle.close();
  }
}

/**
 * A verified read of the blob; undefined where it is not there. The file is opened when the first piece is asked for.
 * @throws TbuildError `blob-mismatch`, `input-unreadable`
 */
export function readFileBlob(host: Host, blob: FileBlob): Iterable<Uint8Array> | undefined {
  const explain = readFailed(blob.reference);
  if (explained(() => host.files.stat(blob.path), explain) === undefined) return undefined;
  return read();

  function* read(): Generator<Uint8Array> {
    try {
      yield* readFile(host.files.openRead(blob.path), blob);
    } catch (error) {
      throw explanationOf(error, explain);
    }
  }
}

/**
 * True where the blob is there and, read to its end in this run, is what its digest says. People can reach such directories.
 * @throws TbuildError `destination-failed`
 */
export async function isIntactFile(host: Host, blob: FileBlob, seen: SeenFiles): Promise<boolean> {
  const { path, target, reference } = blob;
  const look = () => explained(() => host.files.lstat(path), writeFailed(reference));
  const stat = look();
  if (stat?.kind !== 'file' || stat.size !== target.size) return false;
  if (seen.has(target, stat)) return true;
  try {
    const chunks = readFileBlob(host, blob);
    for await (const _ of unhurried(chunks ?? [], host));
    seen.addIfSame(target, stat, look());
    return chunks !== undefined;
  } catch (error) {
    host.interruption.throwIfAborted();
    if (error instanceof TbuildError) return false;
    throw error;
  }
}
