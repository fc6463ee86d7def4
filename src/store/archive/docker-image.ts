import {
  CONFIG_LIMIT_BYTES,
  canonicalJson,
  compressionOf,
  type Descriptor,
  type Digest,
  type DockerArchiveImage,
  digestOf,
  type ImageManifest,
  type Json,
  layerMediaType,
  MediaTypes,
  type Reference,
} from '../../oci/index.js';
import { imageInvalid } from '../image-errors.js';
import { pickNamed } from '../pick-image.js';
import { digestOfExtent, type Extent } from '../verified-chunks.js';
import type { TarIndex } from './tar-index.js';

/** An image of `docker save` as an OCI image: only the manifest is new. */
export interface DockerImage {
  readonly target: Descriptor;
  readonly manifest: Uint8Array;
  /** Config and layers. */
  readonly blobs: ReadonlyMap<Digest, Extent>;
}

/**
 * The image with the name or tag, or without one the only image.
 * @throws TbuildError `image-missing`, `image-invalid`
 */
export function pickDockerImage(images: readonly DockerArchiveImage[], reference: Reference): DockerArchiveImage {
  const named = images.map((image) => ({
    image,
    identity: JSON.stringify([image.config, image.layers]),
    names: image.repoTags,
  }));
  return pickNamed(named, reference);
}

function layerType(extent: Extent): string {
  const start = Buffer.alloc(4);
  extent.handle.read(start, extent.position);
  return layerMediaType(compressionOf(start));
}

/**
 * Makes the OCI manifest that the archive lacks: reads and hashes the config and every layer.
 * @throws TbuildError `image-invalid`; errno errors of the archive
 */
export function composeDockerImage(image: DockerArchiveImage, files: TarIndex, reference: Reference): DockerImage {
  const blobs = new Map<Digest, Extent>();
  const describe = (path: string, typeOf: (extent: Extent) => string): Descriptor => {
    const extent = files.find(path);
    if (extent === undefined) throw imageInvalid(reference, `lacks the file ${JSON.stringify(path)}`);
    const digest = digestOfExtent(extent);
    blobs.set(digest, extent);
    return { mediaType: typeOf(extent), digest, size: extent.size };
  };
  const config = describe(image.config, () => MediaTypes.config);
  if (config.size > CONFIG_LIMIT_BYTES) throw imageInvalid(reference, 'has a config of more than 8 MiB');
  const layers = image.layers.map((path) => describe(path, layerType));
  const document: ImageManifest = { schemaVersion: 2, mediaType: MediaTypes.manifest, config, layers };
  const manifest = Buffer.from(canonicalJson(document as unknown as Json));
  const target = { mediaType: MediaTypes.manifest, digest: digestOf(manifest), size: manifest.length };
  return { target, manifest, blobs };
}
