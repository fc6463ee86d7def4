import type { BlobSink, BlobSource, RefSink, RefSource } from '../oci/index.js';

/** Images at a reference, to read. */
export interface ImageSource extends BlobSource, RefSource {
  /** Ends the reading; streams that are still open fail. Safe to call twice. */
  close(): void;
}

export interface Written {
  /** Blobs that were not there before. */
  readonly blobsWritten: number;
  readonly bytesWritten: number;
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

export interface SinkOptions {
  /** Absolute directory that a relative path starts from. */
  readonly directory: string;
  /** Repository the image is published under, without tag; becomes part of the names in an archive. */
  readonly name: string | undefined;
}
