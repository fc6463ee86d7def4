import type { Bytes } from '../util/index.js';
import type { Descriptor } from './image-types.js';
import type { Reference } from './reference.js';
import type { RegistryReference } from './registry-reference.js';

/** Where blobs come from. Bytes are verified on every read: size first, then digest. */
export interface BlobSource {
  /**
   * A verified stream of the blob. The last chunk is given out only after the digest of all bytes matched.
   * @throws TbuildError `blob-missing`; `blob-mismatch` (while streaming)
   */
  open(target: Descriptor): Promise<Bytes>;
  /** Where in a registry the blob is known to be, so that one of the same registry can take it over without its bytes. */
  locate?(target: Descriptor): RegistryReference | undefined;
}

/** Where blobs go. A blob appears under its digest only complete, verified and flushed. */
export interface BlobSink {
  /** True where the blob is there, with the right bytes. */
  has(target: Descriptor): Promise<boolean>;
  /**
   * Stores the blob; does nothing where it is there already. Several may be stored at the same time.
   * @param open the verified bytes; called as often as they have to be read, since an upload may begin again
   * @param location where in a registry the blob is (see `BlobSource.locate`)
   */
  put(target: Descriptor, open: () => Promise<Bytes>, location?: RegistryReference): Promise<void>;
}

/** Names → descriptors. */
export interface RefSource {
  /** @throws TbuildError `image-missing`, naming what there is instead */
  resolve(reference: Reference): Promise<Descriptor>;
}

export interface RefSink {
  tag(reference: Reference, target: Descriptor): Promise<void>;
}
