export { cacheDirectoryOf } from './content/cache-directory.js';
export { cacheFailed, failedOf } from './content/cache-files.js';
export { type CacheStats, cacheStats } from './content/cache-stats.js';
export { collectGarbage, type GarbageOptions, type GarbageReport } from './content/collect-garbage.js';
export type { ContentStore, PositionedBlob } from './content/content-store.js';
export { openContentStore } from './content/open-content-store.js';
export { type CacheHost, readBlob } from './content/read-blob.js';
export type { RecordKind, Records } from './content/records.js';
export type { PlacedContent, UnpackedWriter } from './content/unpacked-file.js';
export { createUnpacked } from './content/unpacked-files.js';
export { type CacheVerification, verifyCache } from './content/verify-cache.js';
export { type CopyEvent, type CopyOptions, copyImage } from './copy-image.js';
export { type ReadDocument, readConfig, readDocument } from './documents.js';
export type { ImageSink, ImageSource, Written } from './image-transport.js';
export { openImageSink, openImageSource, type SinkOptions, type Surroundings } from './open-image.js';
export { openRegistries } from './registry/open-registries.js';
export type {
  PulledDocument,
  Registries,
  RegistrySettings,
  Repository,
  UploadSessions,
} from './registry/registries.js';
export { verifyLogin } from './registry/verify-login.js';
export { replaceFile } from './replace-file.js';
export { type Content, PIECE_BYTES } from './verified-chunks.js';
