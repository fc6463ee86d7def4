import { fail } from '../errors/index.js';
import type { Host } from '../host/index.js';
import { type Descriptor, renderPlatform, renderReference } from '../oci/index.js';
import { type ImageSource, openImageSource } from '../store/index.js';
import type { ImageRequest } from './requests.js';
import { type FoundImage, findImages, listPlatforms } from './select-image.js';

/** What a request names: the source stays open while the work is done. */
export interface OpenedImage {
  readonly source: ImageSource;
  readonly root: Descriptor;
  /** At least one. */
  readonly images: readonly FoundImage[];
}

/** @throws TbuildError `image-missing` where there is no such image, or not for the platform asked for */
export async function withExistingImage<T>(
  host: Host,
  request: ImageRequest,
  work: (opened: OpenedImage) => Promise<T>,
): Promise<T> {
  const { reference, platform } = request;
  const source = openImageSource(host, reference, host.env.workingDirectory);
  try {
    const root = await source.resolve(reference);
    const images = await findImages(source, root, platform);
    if (images.length === 0) {
      const what = platform === undefined ? 'no image' : `no image for ${renderPlatform(platform)}`;
      const there = (await listPlatforms(source, root)).join(', ');
      throw fail('image-missing', {
        message: `${renderReference(reference)} holds ${what}`,
        hint: there === '' ? undefined : `It has: ${there}.`,
      });
    }
    return await work({ source, root, images });
  } finally {
    source.close();
  }
}
