import { basename } from 'node:path';
import type { FileStat, Host } from '../../host/index.js';
import { type BlobFile, parseDigest } from '../../oci/index.js';
import { explained } from '../explained.js';
import type { PendingFile } from '../pending-file.js';
import type { SeenFiles } from '../seen-files.js';
import { type Content, unhurried } from '../verified-chunks.js';
import { blobPath, cacheFailed, markUsed } from './cache-files.js';
import { readBlob } from './read-blob.js';

const WRITE_BITS = 0o222;

/** Blobs of a cache as files that may get a second name. */
export interface BlobFiles {
  /** The same file, which is remembered as right when it gets its name: a digest. */
  watched(file: PendingFile): PendingFile;
  /** See `ContentStore.fileOf`. */
  fileOf(target: Content): Promise<BlobFile | undefined>;
}

export function openBlobFiles(host: Host, directory: string, seen: SeenFiles): BlobFiles {
  const { files, env } = host;
  const look = (path: string): FileStat | undefined => explained(() => files.lstat(path), cacheFailed(directory));
  // What somebody else owns, or may write to, can be changed at any time: as bytes it is verified when it is read, as a file never again.
  const isOurs = ({ kind, mode, uid }: FileStat): boolean =>
    kind === 'file' && (mode & WRITE_BITS) === 0 && uid === env.userId;
  const verify = async (target: Content, path: string): Promise<void> => {
    const before = look(path);
    for await (const _ of unhurried(readBlob(host, directory, target), host));
    if (before !== undefined) seen.addIfSame(target, before, look(path));
  };
  return {
    watched: (file) => ({
      ...file,
      get size() {
        return file.size;
      },
      name(path, mode) {
        file.name(path, mode);
        const stat = look(path);
        if (stat !== undefined)
          seen.add({ digest: parseDigest(`sha256:${basename(path)}`, path), size: file.size }, stat);
      },
    }),
    async fileOf(target) {
      const path = blobPath(directory, target.digest);
      const found = look(path);
      if (found === undefined || found.size !== target.size || !isOurs(found)) return undefined;
      const isSeen = seen.has(target, found);
      if (!isSeen) markUsed(host, path, found);
      const stat = look(path);
      return stat && { path, stat, verify: async () => (isSeen ? undefined : verify(target, path)) };
    },
  };
}
