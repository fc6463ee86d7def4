import type { BlobSink, BlobSource, Descriptor, RefSink, RefSource } from '../oci/index.js';
import type { Bytes } from '../util/index.js';

/** Images at a reference, to read. */
export interface ImageSource extends BlobSource, RefSource {
  /** Ends the reading; streams that are still open fail. Safe to call twice. */
  close(): void;
}

export interface Written {
  /** Blobs that were not there before. */
  readonly blobsWritten: number;
  readonly bytesWritten: number;
  /** Blobs that a registry took over from another of its repositories. */
  readonly blobsMounted: number;
}

/**
 * Images at a reference, to write. Nothing of them can be found by name before `commit`. An archive calls the `open`
 * that `put` was given only in `commit`, so sources stay open until then.
 */
export interface ImageSink extends BlobSink, RefSink {
  /** @throws TbuildError `destination-failed`; `blob-mismatch` and whatever the opened streams throw */
  commit(): Promise<Written>;
  /** Removes what is half done. Does nothing after `commit`. */
  abort(): void;
}

/** An archive that is put together: an OCI layout that `docker load` takes as well, as one stream at the end. */
export interface ArchiveContents extends BlobSink {
  /** @param name a tag, or a whole name of docker; undefined for an image without any */
  name(name: string | undefined, target: Descriptor): void;
  /** The bytes of the archive. Calls the `open` that `put` was given. */
  stream(): Bytes;
  readonly written: Written;
  clear(): void;
}
