import { type Descriptor, type ImageIndex, isDocumentType, MediaTypes } from '../../oci/index.js';
import { indexEntry, refNameOf, sortEntries } from '../layout-files.js';

const EMPTY: ImageIndex = { schemaVersion: 2, mediaType: MediaTypes.index, manifests: [] };

/**
 * The nameless image of a layout, which `oci:DIR` without a tag writes and reads. An entry that says more about itself
 * (a signature, an attestation) is something else.
 */
function isNamelessImage(entry: Descriptor): boolean {
  const isImage = isDocumentType(entry.mediaType);
  const saysMore = Object.keys(entry.annotations ?? {}).length > 0 || 'artifactType' in entry;
  return isImage && !saysMore;
}

/**
 * The index after tagging: each tag, and the absence of one, names one image. Entries and members of others stay.
 * The result does not depend on the order in which images came.
 */
export function mergeIndex(
  before: ImageIndex | undefined,
  tags: ReadonlyMap<string | undefined, Descriptor>,
): ImageIndex {
  const index = before ?? EMPTY;
  const isReplaced = (entry: Descriptor): boolean => {
    const name = refNameOf(entry);
    return name === undefined ? tags.has(undefined) && isNamelessImage(entry) : tags.has(name);
  };
  const kept = index.manifests.filter((entry) => !isReplaced(entry));
  const added = [...tags].map(([tag, target]) => indexEntry(target, tag));
  return { ...index, manifests: sortEntries([...kept, ...added]) };
}
