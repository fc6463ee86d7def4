import { TbuildError } from '../errors/index.js';
import { type Descriptor, type Digest, DOCUMENT_LIMIT_BYTES, isDocumentType, MediaTypes } from '../oci/index.js';
import type { ContentStore } from '../store/index.js';
import { collect, decodeUtf8 } from '../util/index.js';

/** What a manifest or index says that it is; OCI ones need not say it, and then the one that it must be. */
function mediaTypeOf(bytes: Uint8Array): string | undefined {
  let document: unknown;
  try {
    document = JSON.parse(decodeUtf8(bytes) ?? '');
  } catch {
    return undefined;
  }
  if (typeof document !== 'object' || document === null) return undefined;
  const { mediaType, manifests } = document as { readonly mediaType?: unknown; readonly manifests?: unknown };
  if (mediaType === undefined) return manifests === undefined ? MediaTypes.manifest : MediaTypes.index;
  return typeof mediaType === 'string' && isDocumentType(mediaType) ? mediaType : undefined;
}

async function rootIn(cache: ContentStore, digest: Digest): Promise<Descriptor | undefined> {
  const size = cache.sizeOf(digest);
  if (size === undefined || size > DOCUMENT_LIMIT_BYTES) return undefined;
  try {
    const target = { mediaType: '', digest, size };
    const mediaType = mediaTypeOf(await collect(await cache.open(target), DOCUMENT_LIMIT_BYTES));
    return mediaType === undefined ? undefined : { ...target, mediaType };
  } catch (error) {
    if (error instanceof TbuildError && error.code === 'blob-mismatch') return undefined;
    throw error;
  }
}

/**
 * The manifest or index of this digest in the first cache that has it, so that no registry need be asked. Damaged ones
 * count as absent.
 */
export async function rootInCaches(caches: readonly ContentStore[], digest: Digest): Promise<Descriptor | undefined> {
  for (const cache of caches) {
    const root = await rootIn(cache, digest);
    if (root !== undefined) return root;
  }
  return undefined;
}
