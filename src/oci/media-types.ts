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

const FOREIGN_LAYER =
  /^application\/vnd\.(?:oci\.image\.layer\.nondistributable\.v1\.tar(?:\+(?:gzip|zstd))?|docker\.image\.rootfs\.foreign\.diff\.tar(?:\.gzip)?)$/;

/** True for a layer that registries need not have: OCI image-spec, "Non-Distributable Layers"; Docker schema 2, "foreign". */
export function isForeignLayer(mediaType: string): boolean {
  return FOREIGN_LAYER.test(mediaType);
}

const GZIP_MAGIC = 0x1f8b;
const ZSTD_MAGIC = 0xfd2fb528;
const ZSTD_SKIPPABLE_MAGIC = 0x184d2a50;

/** How a layer is compressed by its first four bytes (RFC 1952, "Member header"; RFC 8878, "Frames"). */
export function compressionOf(start: Uint8Array): Compression {
  if (start.length < 4) return 'none';
  const view = new DataView(start.buffer, start.byteOffset, 4);
  if (view.getUint16(0) === GZIP_MAGIC) return 'gzip';
  const frame = view.getUint32(0, true);
  return frame === ZSTD_MAGIC || (frame & ~0xf) === ZSTD_SKIPPABLE_MAGIC ? 'zstd' : 'none';
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

/** True for what lists other blobs: manifests and indexes. */
export function isDocumentType(mediaType: string): boolean {
  return isManifestType(mediaType) || isIndexType(mediaType);
}
