import { fail } from '../errors/index.js';
import type { Host } from '../host/index.js';
import { type Descriptor, renderPlatform, renderReference } from '../oci/index.js';
import { type OpenedImage, withExistingImage } from './images.js';
import type { InspectRequest, InspectResult } from './requests.js';

/** What refers to the image, or to that of the platform asked for. */
async function referrersOf(
  { root, images, registries }: OpenedImage,
  { reference, platform, referrers }: InspectRequest,
): Promise<{ readonly referrers?: readonly Descriptor[] }> {
  if (referrers !== true || reference.transport !== 'docker') return {};
  const { digest } = platform === undefined ? root : (images[0]?.descriptor ?? root);
  return { referrers: await registries.repository(reference).referrers(digest) };
}

/**
 * Manifest and config of every image that a reference names; of an artifact that is no image, its manifest. Reads no layer.
 * @throws TbuildError `usage` where what refers to the image is asked for, and it is not in a registry
 */
export async function inspectImage(host: Host, request: InspectRequest): Promise<InspectResult> {
  const reference = renderReference(request.reference);
  if (request.referrers === true && request.reference.transport !== 'docker') {
    throw fail('usage', {
      message: `${JSON.stringify(reference)} is not in a registry, and only there something can refer to an image`,
      hint: 'Name an image of a registry: docker://HOST/REPOSITORY:tag.',
    });
  }
  return withExistingImage(host, { ...request, artifacts: true }, async (opened) => {
    const { root, images, artifact, registries } = opened;
    const found = images.map(({ descriptor, platform, manifest, config }) => ({
      digest: descriptor.digest,
      platform: renderPlatform(platform),
      manifest,
      config,
    }));
    const known = { reference, digest: root.digest, mediaType: root.mediaType, images: found };
    const facts = artifact === undefined ? known : { ...known, artifact };
    const referrers = await referrersOf(opened, request);
    return { ...facts, ...referrers, fetchedBytes: registries.traffic.receivedBytes };
  });
}
