import { fail } from '../../errors/index.js';
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
import { imageInvalid, shownReference } from '../image-errors.js';
import { describeTags } from '../pick-image.js';
import { digestOfExtent, type Extent } from '../verified-chunks.js';
import type { TarIndex } from './tar-index.js';

/** An image of `docker save` as an OCI image: only the manifest is new. */
export interface DockerImage {
  readonly target: Descriptor;
  readonly manifest: Uint8Array;
  /** Config and layers. */
  readonly blobs: ReadonlyMap<Digest, Extent>;
}

const tagOf = (repoTag: string): string => repoTag.slice(repoTag.lastIndexOf(':') + 1);

/**
 * The image with the tag, or without one the only image.
 * @throws TbuildError `image-missing`
 */
export function pickDockerImage(images: readonly DockerArchiveImage[], reference: Reference): DockerArchiveImage {
  const { tag } = reference;
  const found = images.filter(({ repoTags }) => tag === undefined || repoTags.map(tagOf).includes(tag));
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  const tags = images.flatMap(({ repoTags }) => repoTags.map(tagOf));
  throw fail('image-missing', {
    message: `${shownReference(reference)} means ${found.length} of the ${images.length} images in the archive`,
    hint: describeTags(tags),
    details: { tags },
  });
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
