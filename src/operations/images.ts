import { fail } from '../errors/index.js';
import type { Host } from '../host/index.js';
import { isImageManifest } from '../image/index.js';
import {
  type BlobSource,
  type Descriptor,
  type ImageManifest,
  isIndexType,
  type Platform,
  renderPlatform,
  renderReference,
} from '../oci/index.js';
import { type ContentStore, openImageSource, type Registries, readDocument } from '../store/index.js';
import { cachedSource } from './cached-source.js';
import { withDocumentsKept } from './kept-documents.js';
import { withRegistries } from './registries.js';
import type { ImageRequest } from './requests.js';
import { type FoundImage, findImages, listPlatforms } from './select-image.js';
import { Steps } from './steps.js';

/** What a request names: it can be read while the work is done. */
export interface OpenedImage {
  readonly source: BlobSource;
  readonly root: Descriptor;
  /** At least one, unless it is an artifact. */
  readonly images: readonly FoundImage[];
  /** Only where the request takes what is no container image. */
  readonly artifact: ImageManifest | undefined;
  readonly registries: Registries;
}

interface ExistingRequest extends ImageRequest {
  /** What it has need not come from a registry again. */
  readonly store?: ContentStore;
  /** Of an index, only the image of this platform where there is one; all are read where there is none. */
  readonly preferred?: Platform;
  /** Takes also what is no container image. */
  readonly artifacts?: boolean;
}

/** The manifest that the root is, where it is one of no container image. */
async function artifactAt(source: BlobSource, root: Descriptor): Promise<ImageManifest | undefined> {
  const document = await readDocument(source, root);
  return document.kind === 'manifest' && !isImageManifest(document.manifest) ? document.manifest : undefined;
}

async function imagesOf(
  source: BlobSource,
  root: Descriptor,
  request: ExistingRequest,
): Promise<readonly FoundImage[]> {
  const { reference, platform, preferred } = request;
  if (platform === undefined && preferred !== undefined && isIndexType(root.mediaType)) {
    const images = await findImages(source, root, preferred);
    if (images.length > 0) return images;
  }
  const images = await findImages(source, root, platform);
  if (images.length > 0) return images;
  const what = platform === undefined ? 'no image' : `no image for ${renderPlatform(platform)}`;
  const there = (await listPlatforms(source, root)).join(', ');
  throw fail('image-missing', {
    message: `${renderReference(reference)} holds ${what}`,
    hint: there === '' ? undefined : `It has: ${there}.`,
  });
}

/**
 * Opens what the request names.
 * @throws TbuildError `image-missing` where there is no such image, or not for the platform asked for
 */
export function withExistingImage<T>(
  host: Host,
  request: ExistingRequest,
  work: (opened: OpenedImage) => Promise<T>,
): Promise<T> {
  const { reference, store, report } = request;
  return withRegistries(host, request, store, async (registries) => {
    const opened = openImageSource(host, reference, { directory: host.env.workingDirectory, registries });
    try {
      const isFar = reference.transport === 'docker' && store !== undefined;
      const source = withDocumentsKept(
        isFar ? cachedSource(opened, { host, caches: [store], steps: new Steps(report) }) : opened,
      );
      const root = await opened.resolve(reference);
      const artifact = request.artifacts === true ? await artifactAt(source, root) : undefined;
      const images = artifact === undefined ? await imagesOf(source, root, request) : [];
      return await work({ source, root, images, artifact, registries });
    } finally {
      opened.close();
    }
  });
}
