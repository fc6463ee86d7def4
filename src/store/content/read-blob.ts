import { fail, TbuildError } from '../../errors/index.js';
import { errnoOf, type FileStat, type Host, type ReadHandle } from '../../host/index.js';
import { explained, explanationOf } from '../explained.js';
import { type Content, digestOfExtent, mismatch, unhurried, verifiedChunks } from '../verified-chunks.js';
import { blobPath, cacheFailed, markUsed } from './cache-files.js';
import type { PositionedBlob } from './content-store.js';
import { missingBlob } from './missing-blob.js';

/** What reading the cache needs, in whatever thread. */
export type CacheHost = Pick<Host, 'files' | 'clock'>;

interface OpenBlob {
  readonly path: string;
  readonly handle: ReadHandle;
  readonly stat: FileStat;
}

/** Removes a damaged file, so that the next run makes it again, unless another process has replaced it by now. */
function removeDamaged(host: CacheHost, { path, stat }: OpenBlob): boolean {
  const now = host.files.lstat(path);
  if (now === undefined || now.inode !== stat.inode || now.device !== stat.device) return false;
  host.files.removeTree(path);
  return true;
}

/** What to report for a failed read. A file that is what its name says stays: then the descriptor was wrong. */
function failedRead(host: CacheHost, blob: OpenBlob, read: { target: Content; error: TbuildError }): TbuildError {
  const { target, error } = read;
  const { handle, stat, path } = blob;
  const extent = { handle, position: 0, size: stat.size, shown: path };
  if (stat.kind === 'file' && digestOfExtent(extent) === target.digest) return error;
  const { message, details } = error;
  const removed = removeDamaged(host, blob) ? 'The damaged file has been removed and will be made again. ' : '';
  return fail('blob-mismatch', {
    message,
    hint: `${removed}"tbuild cache verify" checks the rest.`,
    details: { ...details, path },
    cause: error,
  });
}

function openBlob(host: CacheHost, path: string): OpenBlob | undefined {
  try {
    const handle = host.files.openRead(path);
    return { path, handle, stat: handle.stat() };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The pieces of an open blob, as `ContentStore.chunks` gives them. */
function* verified(
  host: CacheHost,
  directory: string,
  read: { blob: OpenBlob; target: Content },
): Generator<Uint8Array> {
  const explain = cacheFailed(directory);
  const { blob, target } = read;
  const { handle, stat, path } = blob;
  try {
    const shown = `The cached file ${JSON.stringify(path)}`;
    if (stat.kind !== 'file') throw mismatch(shown, 'it is not a file', { digest: target.digest });
    markUsed(host, path, stat);
    yield* verifiedChunks({ handle, position: 0, size: stat.size, shown }, target);
  } catch (error) {
    if (!(error instanceof TbuildError)) throw explanationOf(error, explain);
    throw explained(() => failedRead(host, blob, { target, error }), explain);
  }
}

function openThere(host: CacheHost, directory: string, target: Content): OpenBlob {
  const path = blobPath(directory, target.digest);
  const blob = explained(() => openBlob(host, path), cacheFailed(directory));
  if (blob === undefined) throw missingBlob(directory, target);
  return blob;
}

/** See `ContentStore.chunks`. */
export function* readBlob(host: CacheHost, directory: string, target: Content): Generator<Uint8Array> {
  const blob = openThere(host, directory, target);
  try {
    yield* verified(host, directory, { blob, target });
  } finally {
    blob.handle.close();
  }
}

/** See `ContentStore.openAt`. */
export async function openBlobAt(host: Host, directory: string, target: Content): Promise<PositionedBlob> {
  const explain = cacheFailed(directory);
  const blob = openThere(host, directory, target);
  const { handle } = blob;
  try {
    for await (const _ of unhurried(verified(host, directory, { blob, target }), host));
  } catch (error) {
    handle.close();
    throw error;
  }
  const { size } = target;
  return {
    size,
    read(position, length) {
      if (position < 0 || length < 0 || position + length > size) throw new RangeError('not within the blob');
      const bytes = new Uint8Array(length);
      const count = explained(() => handle.read(bytes, position), explain);
      if (count === length) return bytes;
      throw explain(new Error(`the file of ${target.digest} became shorter`));
    },
    close: () => handle.close(),
  };
}
