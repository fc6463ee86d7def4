import type { Digest } from '../oci/index.js';
import type { FileTree } from '../tree/index.js';
import type { ImageRecord } from './record.js';

/** `artifactType` of the manifest that refers to an image and brings its record; media type of the record itself with `+gzip`. */
export const RECORD_TYPE = 'application/vnd.tbuild.record.v1+json';

/** Bytes of a record that is unpacked: about 250 000 entries. */
export const RECORD_LIMIT_BYTES = 64 * 1024 * 1024;

/**
 * How an image was built, for those who have only the image: what the last apply is for those who have the cache. It travels with
 * the image as a referrer. The same build gives the same bytes: no time, no absolute path, no place in a file.
 */
export interface PublishedRecord {
  readonly image: ImageRecord;
  /** By digest of a layer: its entries, with their origins but without contents (opening one throws). */
  readonly listings: ReadonlyMap<Digest, FileTree>;
  readonly source: RecordSource;
}

/** The texts that the image was built from. */
export interface RecordSource {
  /** Name of the file, without directories. */
  readonly file: string;
  /** image.yaml as it was read. */
  readonly manifest: string;
  /** image.lock.json as the build left it; null where there is none. */
  readonly lock: string | null;
  /** The image.yaml that it was put on, where its base is one. */
  readonly base: RecordSource | null;
  /** Seconds since the epoch: the one time of the image, wherever it came from. */
  readonly created: number;
}
