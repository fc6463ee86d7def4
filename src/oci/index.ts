export { canonicalJson, type Json } from './canonical-json.js';
export type { BlobFile, BlobPlaces, BlobSink, BlobSource, RefSink, RefSource } from './capabilities.js';
export {
  type ArtifactKey,
  type DiffId,
  type Digest,
  digestOf,
  digestOfHash,
  hexOf,
  isDigest,
  type LayerKey,
  parseDigest,
  shortDigest,
} from './digest.js';
export { documentType } from './document-type.js';
export { fullImageName, isImageName, tagOfName } from './image-name.js';
export type {
  Descriptor,
  HistoryEntry,
  ImageConfig,
  ImageIndex,
  ImageManifest,
  RuntimeConfig,
} from './image-types.js';
export {
  checkTexts,
  expectList,
  expectObject,
  expectString,
  isAbsent,
  type Members,
  member,
  type Place,
  wrong,
} from './json-shape.js';
export {
  type Compression,
  compressionOf,
  isDocumentType,
  isForeignLayer,
  isIndexType,
  isManifestType,
  layerCompression,
  layerMediaType,
  MediaTypes,
} from './media-types.js';
export { type DockerArchiveImage, parseDockerArchive } from './parse-docker-archive.js';
export {
  CONFIG_LIMIT_BYTES,
  DOCUMENT_LIMIT_BYTES,
  LAYERS_MAX,
  NESTED_INDEXES_MAX,
  parseImageConfig,
  parseLayoutIndex,
  parseManifestDocument,
} from './parse-image.js';
export { type Platform, parsePlatform, renderPlatform, samePlatform } from './platform.js';
export {
  type DaemonReference,
  type FileReference,
  type FileTransport,
  parseReference,
  REFERENCE_FORMS,
  type Reference,
  renderDaemonName,
  renderReference,
  type Transport,
  withTag,
} from './reference.js';
export {
  DOCKER_HUB,
  isRegistryHost,
  isTag,
  parseRegistryReference,
  type RegistryReference,
  renderRegistryReference,
  TAG_FORM,
} from './registry-reference.js';
export { parseStrictJson } from './strict-json.js';
