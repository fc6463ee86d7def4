import { dirname } from 'node:path';
import type { Host } from '../host/index.js';
import type { BlobPlaces, Descriptor, Reference } from '../oci/index.js';
import type { Bytes } from '../util/index.js';
import { adoptFile } from './adopt-file.js';
import { explained } from './explained.js';
import { isIntactFile } from './file-blob.js';
import { writeFailed } from './image-errors.js';
import { openPending } from './pending-file.js';
import { receiveBlob } from './receive-blob.js';
import type { SeenFiles } from './seen-files.js';

/** A blob that is to be given, and how it can be had. */
export interface GivenBlob extends BlobPlaces {
  readonly target: Descriptor;
  open(): Promise<Bytes>;
}

/** Puts blobs as files into a directory of people. */
export interface BlobPlacing {
  /** True where the file is there and holds just the blob. */
  isThere(target: Descriptor, path: string): Promise<boolean>;
  /** The file appears complete, verified and flushed; its name lasts once `flushNames` was called. */
  place(blob: GivenBlob, path: string): Promise<void>;
  /** Forces all names since the last call to the disk, once for each directory. Throws errno errors. */
  flushNames(): void;
}

export interface PlacingOptions {
  readonly reference: Reference;
  readonly seen: SeenFiles;
  /** A path beside the blobs that nobody else uses. */
  temporaryPath(): string;
}

/** @throws TbuildError `destination-failed`, `blob-mismatch`, from its methods */
export function openBlobPlacing(host: Host, { reference, seen, temporaryPath }: PlacingOptions): BlobPlacing {
  const { files } = host;
  const explain = writeFailed(reference);
  const unflushed = new Set<string>();
  const write = async ({ target, open, file }: GivenBlob, path: string): Promise<void> => {
    const given = await file?.();
    if (given !== undefined && (await adoptFile(files, given, { temporary: temporaryPath(), path }))) return;
    await receiveBlob(openPending(files, temporaryPath(), explain), { target, path, open });
  };
  return {
    isThere: (target, path) => isIntactFile(host, { path, target, reference }, seen),
    async place(blob, path) {
      await write(blob, path);
      unflushed.add(dirname(path));
      const stat = explained(() => files.lstat(path), explain);
      if (stat !== undefined) seen.add(blob.target, stat);
    },
    flushNames() {
      for (const directory of unflushed) files.syncDirectory(directory);
      unflushed.clear();
    },
  };
}
