import type { BlobFile, BlobSink, BlobSource, Digest } from '../../oci/index.js';
import type { Chunks } from '../../util/index.js';
import type { SeenFiles } from '../seen-files.js';
import type { Content } from '../verified-chunks.js';
import type { Records } from './records.js';
import type { UnpackedFiles } from './unpacked-files.js';

/** A blob that was verified and is read piece by piece. */
export interface PositionedBlob {
  /** Bytes. */
  readonly size: number;
  /**
   * `length` bytes from `position`, for the caller to keep.
   * @throws TbuildError `cache-failed`, also where the file became shorter; RangeError for what is not within the blob
   */
  read(position: number, length: number): Uint8Array;
  /** To be called once. */
  close(): void;
}

/** The cache: blobs by digest, records by key. Several processes may use one at the same time. */
export interface ContentStore extends BlobSource, BlobSink {
  /** Absolute. */
  readonly directory: string;
  readonly records: Records;
  /** Files that this run has found right, here and where images are written to. */
  readonly seen: SeenFiles;
  readonly unpacked: UnpackedFiles;
  /** Bytes of a blob that is there; its content is not looked at. Counts as use. */
  sizeOf(digest: Digest): number | undefined;
  /** Where the blob lies, if it does. Whoever reads there checks the bytes, and asks for the blob where they are wrong. */
  pathOf(digest: Digest): string;
  /** Of the cache that has the blob: to read it in another thread, with `readBlob`. */
  directoryOf(target: Content): string;
  /** Its `verify` removes a damaged file, as `chunks` does. @throws TbuildError `cache-failed` */
  fileOf(target: Content): Promise<BlobFile | undefined>;
  /**
   * The blob in pieces that share one buffer; the last comes only after all of them matched the digest.
   * @throws TbuildError `blob-missing`, `blob-mismatch` (the damaged file is removed), `cache-failed`
   */
  chunks(target: Content): Iterable<Uint8Array>;
  /**
   * A blob to be read at any position. It was read to its end and found right before this returns, and the same open file is
   * read then, whatever happens to its name.
   * @throws TbuildError `blob-missing`, `blob-mismatch` (the damaged file is removed), `cache-failed`
   */
  openAt(target: Content): Promise<PositionedBlob>;
  /** Stores what the stream gives and tells what it was. */
  ingest(input: Chunks): Promise<Content>;
  /** Stores many, in less time than one by one; where one cannot be read, none of them. Tells what they were, in their order. */
  ingestAll(inputs: Iterable<Chunks> | AsyncIterable<Chunks>): Promise<readonly Content[]>;
  /** A new directory that only this user can enter. `close` removes it, or the next run where this one is killed. */
  temporaryDirectory(): string;
  /** Ends the use of the cache. Safe to call twice. */
  close(): void;
}
