import type { Host } from '../host/index.js';
import { renderPlatform, renderReference } from '../oci/index.js';
import { withExistingImage } from './images.js';
import type { ImageRequest, InspectResult } from './requests.js';

/** Manifest and config of every image that a reference names. Reads no layer. */
export function inspectImage(host: Host, request: ImageRequest): Promise<InspectResult> {
  return withExistingImage(host, request, async ({ root, images }) => ({
    reference: renderReference(request.reference),
    digest: root.digest,
    mediaType: root.mediaType,
    images: images.map(({ descriptor, platform, manifest, config }) => ({
      digest: descriptor.digest,
      platform: renderPlatform(platform),
      manifest,
      config,
    })),
  }));
}
