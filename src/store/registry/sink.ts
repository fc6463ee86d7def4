import { type Descriptor, isDocumentType, type Reference } from '../../oci/index.js';
import { destinationFailed } from '../image-errors.js';
import type { ImageSink } from '../image-transport.js';
import type { Endpoint } from './endpoint.js';
import { DocumentPushes } from './push-documents.js';
import { BlobUploads, type RegistrySinkOptions } from './upload-blobs.js';

/** The tag that is meant; none where an image is named by its digest alone. */
function tagOf(reference: Reference, target: Descriptor): string | undefined {
  if (reference.transport !== 'docker') throw new Error(`a registry has no ${reference.transport}`);
  const { tag, digest } = reference;
  if (digest === undefined) return tag ?? 'latest';
  if (digest === target.digest) return tag;
  throw destinationFailed(reference, `the image has the digest ${target.digest}`, 'Name a tag, without a digest.');
}

/**
 * A repository to push to. Blobs are sent when they are put, unless it has them or can take them over from another
 * repository; the last manifest or index, and the tags, in `commit`. Uploads that did not end are remembered and stay
 * at the registry, so that the next run goes on with them: `abort` has nothing to do.
 */
export function openRegistrySink(endpoint: Endpoint, options: RegistrySinkOptions): ImageSink {
  const blobs = new BlobUploads(endpoint, options);
  const documents = new DocumentPushes(endpoint, blobs);
  const tags = new Map<string, Descriptor>();
  return {
    has: (target) => (isDocumentType(target.mediaType) ? documents.has(target) : blobs.has(target)),
    put(target, open, places) {
      const given = { target, open };
      return isDocumentType(target.mediaType) ? documents.put(given) : blobs.put(given, places?.location);
    },
    async tag(reference, target) {
      const tag = tagOf(reference, target);
      if (tag !== undefined) tags.set(tag, target);
    },
    async commit() {
      await documents.finish(tags);
      return blobs.written;
    },
    abort: () => undefined,
  };
}
