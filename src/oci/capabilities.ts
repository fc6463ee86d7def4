import type { Bytes } from '../util/index.js';
import type { Descriptor } from './image-types.js';
import type { Reference } from './reference.js';
import type { RegistryReference } from './registry-reference.js';

/**
 * A file that should hold a blob and nothing else, and that nobody may write to. It can be given more names, once it was verified, and as
 * long as what has the new name is still this file.
 */
export interface BlobFile {
  /** Absolute. */
  readonly path: string;
  readonly stat: {
    readonly device: number;
    readonly inode: number;
    /** Bytes. */
    readonly size: number;
    readonly modifiedMs: number;
  };
  /**
   * Reads it to its end, unless this run has done so before, or has written it.
   * @throws TbuildError `blob-mismatch`
   */
  verify(): Promise<void>;
}

/** Where else a blob can be had than from its bytes. */
export interface BlobPlaces {
  /** See `BlobSource.locate`. */
  readonly location?: RegistryReference | undefined;
  /** See `BlobSource.fileOf`. */
  file?(): Promise<BlobFile | undefined>;
}

/** Where blobs come from. Bytes are verified on every read: size first, then digest. */
export interface BlobSource {
  /**
   * A verified stream of the blob. The last chunk is given out only after the digest of all bytes matched.
   * @throws TbuildError `blob-missing`; `blob-mismatch` (while streaming)
   */
  open(target: Descriptor): Promise<Bytes>;
  /** Where in a registry the blob is known to be, so that one of the same registry can take it over without its bytes. */
  locate?(target: Descriptor): RegistryReference | undefined;
  /**
   * As `open`, but the bytes are not verified: for a reader that does that itself, so that nothing is hashed twice.
   * @throws TbuildError `blob-missing`
   */
  openRaw?(target: Descriptor): Promise<Bytes>;
  /** A file that can stand for the blob's bytes; undefined where there is none, or none to be trusted with a second name. */
  fileOf?(target: Descriptor): Promise<BlobFile | undefined>;
}

/** Where blobs go. A blob appears under its digest only complete, verified and flushed. */
export interface BlobSink {
  /** True where the blob is there, with the right bytes. */
  has(target: Descriptor): Promise<boolean>;
  /** True where `put` verifies the bytes itself, so that it may be given those of `BlobSource.openRaw`. */
  readonly verifies?: boolean;
  /**
   * Stores the blob; does nothing where it is there already. Several may be stored at the same time.
   * @param open the verified bytes; called as often as they have to be read, since an upload may begin again
   * @param places where else it can be had, without its bytes
   */
  put(target: Descriptor, open: () => Promise<Bytes>, places?: BlobPlaces): Promise<void>;
}

/** Names → descriptors. */
export interface RefSource {
  /** @throws TbuildError `image-missing`, naming what there is instead */
  resolve(reference: Reference): Promise<Descriptor>;
}

export interface RefSink {
  tag(reference: Reference, target: Descriptor): Promise<void>;
}
