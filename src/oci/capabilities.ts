import type { Bytes } from '../util/index.js';
import type { Descriptor } from './image-types.js';
import type { Reference } from './reference.js';

/** Where blobs come from. Bytes are verified on every read: size first, then digest. */
export interface BlobSource {
  /**
   * A verified stream of the blob. The last chunk is given out only after the digest of all bytes matched.
   * @throws TbuildError `blob-missing`; `blob-mismatch` (while streaming)
   */
  open(target: Descriptor): Promise<Bytes>;
}

/** Where blobs go. A blob appears under its digest only complete, verified and flushed. */
export interface BlobSink {
  /** True where the blob is there, with the right bytes. */
  has(target: Descriptor): Promise<boolean>;
  /** Stores the blob; does nothing where it is there already. `open` is called at most once. */
  put(target: Descriptor, open: () => Promise<Bytes>): Promise<void>;
}

/** Names → descriptors. */
export interface RefSource {
  /** @throws TbuildError `image-missing`, naming what there is instead */
  resolve(reference: Reference): Promise<Descriptor>;
}

export interface RefSink {
  tag(reference: Reference, target: Descriptor): Promise<void>;
}
