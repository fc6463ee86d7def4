import { TbuildError } from '../../errors/index.js';
import { type Descriptor, DOCUMENT_LIMIT_BYTES, isDocumentType, MediaTypes } from '../../oci/index.js';
import { type Bytes, bytesOf } from '../../util/index.js';
import type { ImageSource } from '../image-transport.js';
import type { Repository } from './registries.js';

/** What a reference without tag and digest means. */
const DEFAULT_TAG = 'latest';
const KNOWN_BLOBS: readonly string[] = Object.values(MediaTypes);

/** True for what may be a manifest of a kind that is not known: an index may name such a one. */
function mayBeDocument({ mediaType, size }: Descriptor): boolean {
  return !KNOWN_BLOBS.includes(mediaType) && size <= DOCUMENT_LIMIT_BYTES;
}

/** Images of a repository, to read. Nothing is asked before it is used; connections are those of the registries. */
export function openRegistrySource(repository: Repository): ImageSource {
  const { registry, repository: name } = repository.reference;
  const readDocument = async (target: Descriptor): Promise<Bytes> =>
    bytesOf((await repository.readDocument(target)).bytes);
  const reading = async (target: Descriptor, openBlob: (target: Descriptor) => Promise<Bytes>): Promise<Bytes> => {
    if (isDocumentType(target.mediaType)) return readDocument(target);
    try {
      return await openBlob(target);
    } catch (error) {
      const isElsewhere = error instanceof TbuildError && error.code === 'blob-missing' && mayBeDocument(target);
      if (!isElsewhere) throw error;
      return readDocument(target).catch(() => Promise.reject(error));
    }
  };
  return {
    async resolve(reference) {
      const digest = reference.transport === 'docker' ? reference.digest : undefined;
      return repository.resolve(digest ?? reference.tag ?? DEFAULT_TAG);
    },
    open: (target) => reading(target, (blob) => repository.openBlob(blob)),
    openRaw: (target) => reading(target, (blob) => repository.openRawBlob(blob)),
    locate: () => ({ transport: 'docker', registry, repository: name }),
    close: () => undefined,
  };
}
