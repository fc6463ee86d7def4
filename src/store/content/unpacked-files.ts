import { join } from 'node:path';
import type { Host } from '../../host/index.js';
import { digestOf, hexOf } from '../../oci/index.js';
import { attempt, explained, explanationOf } from '../explained.js';
import { verifiedChunks } from '../verified-chunks.js';
import { cacheFailed, markUsed, temporaryOf, unpackedOf } from './cache-files.js';
import { missingBlob } from './missing-blob.js';
import { type PlacedContent, UnpackedWriter } from './unpacked-file.js';

/**
 * What archives hold, unpacked: one file for each. They may be lost or damaged, since they can be made again: every
 * content is checked when it is read.
 */
export interface UnpackedFiles {
  /** Where the contents of an archive lie, if they do. Counts as use. @param key what is unpacked, and how */
  pathOf(key: string): string;
  /** A name for a file that is being written. It goes with this run, should that end before. */
  temporaryPath(): string;
  /** @param temporary a finished file, from `temporaryPath`; takes the place of what was there */
  publish(temporary: string, key: string): void;
  /** Removes what was not finished. */
  discard(temporary: string): void;
  /**
   * A content of the file at `path`, as `ContentStore.chunks` gives it.
   * @throws TbuildError `blob-missing`, `blob-mismatch`, `cache-failed`
   */
  chunks(path: string, target: PlacedContent): Iterable<Uint8Array>;
}

/** Begins an unpacked file, in whatever thread. @param path from `temporaryPath` of the cache in `directory` */
export function createUnpacked({ files }: Pick<Host, 'files'>, directory: string, path: string): UnpackedWriter {
  return new UnpackedWriter(files, path, cacheFailed(directory));
}

function* chunksAt({ files }: Host, directory: string, path: string, target: PlacedContent): Generator<Uint8Array> {
  const explain = cacheFailed(directory);
  if (explained(() => files.stat(path), explain)?.kind !== 'file') throw missingBlob(directory, target);
  const handle = explained(() => files.openRead(path), explain);
  const { position, size } = target;
  const shown = `The cached file ${JSON.stringify(path)}`;
  try {
    yield* verifiedChunks({ handle, position, size, shown }, target);
  } catch (error) {
    throw explanationOf(error, explain);
  } finally {
    handle.close();
  }
}

export function openUnpackedFiles(host: Host, directory: string, nameFor: (role: string) => string): UnpackedFiles {
  const { files } = host;
  const explain = cacheFailed(directory);
  const placeOf = (key: string): string => join(unpackedOf(directory), hexOf(digestOf(key)));
  return {
    pathOf(key) {
      const path = placeOf(key);
      const stat = explained(() => files.lstat(path), explain);
      if (stat !== undefined) markUsed(host, path, stat);
      return path;
    },
    temporaryPath: () => join(temporaryOf(directory), nameFor('unpacked')),
    publish(temporary, key) {
      explained(() => {
        const path = placeOf(key);
        files.chmod(temporary, 0o444);
        if (files.lstat(path)?.kind === 'directory') files.removeTree(path);
        files.rename(temporary, path);
      }, explain);
    },
    discard: (temporary) => attempt(() => files.remove(temporary)),
    chunks: (path, target) => chunksAt(host, directory, path, target),
  };
}
