/** Media types that tbuild writes or understands (OCI image-spec "media-types", Docker schema 2). */
export const MediaTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
  layerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  layerZstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar',
  dockerLayerGzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
} as const;

export type Compression = 'gzip' | 'zstd' | 'none';

const LAYER_COMPRESSION: Readonly<Record<string, Compression>> = {
  [MediaTypes.layer]: 'none',
  [MediaTypes.layerGzip]: 'gzip',
  [MediaTypes.layerZstd]: 'zstd',
  [MediaTypes.dockerLayer]: 'none',
  [MediaTypes.dockerLayerGzip]: 'gzip',
};

/** How a layer of this media type is compressed; undefined for what is not a layer tbuild can read. */
export function layerCompression(mediaType: string): Compression | undefined {
  return Object.hasOwn(LAYER_COMPRESSION, mediaType) ? LAYER_COMPRESSION[mediaType] : undefined;
}

/** The OCI media type of a layer with this compression. */
export function layerMediaType(compression: Compression): string {
  return { gzip: MediaTypes.layerGzip, zstd: MediaTypes.layerZstd, none: MediaTypes.layer }[compression];
}

export function isIndexType(mediaType: string): boolean {
  return mediaType === MediaTypes.index || mediaType === MediaTypes.dockerList;
}

export function isManifestType(mediaType: string): boolean {
  return mediaType === MediaTypes.manifest || mediaType === MediaTypes.dockerManifest;
}
