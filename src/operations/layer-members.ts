import type { ComparedImage, ReadMembers } from '../compare/index.js';
import { readLayerMembers } from '../layer/index.js';
import { type BlobSource, type Digest, MediaTypes } from '../oci/index.js';
import { recordsByName } from './image-files.js';

/**
 * The members of the tars of an image's layers.
 * @param sizeOf bytes of a blob that can be opened; undefined for any other
 */
export function membersOf(
  image: Pick<ComparedImage, 'record'>,
  source: BlobSource,
  sizeOf: (digest: Digest) => number | undefined,
): ReadMembers {
  const layers = recordsByName(image);
  return async (where) => {
    const digest = layers.get(where)?.digest;
    const size = digest === undefined ? undefined : sizeOf(digest);
    if (digest === undefined || size === undefined) return undefined;
    // How it is compressed is seen at its first bytes.
    return readLayerMembers(await source.open({ mediaType: MediaTypes.layer, digest, size }));
  };
}
