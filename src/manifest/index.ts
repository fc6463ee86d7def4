export type {
  ArtifactContent,
  ArtifactDeclaration,
  BaseDeclaration,
  BuildManifest,
  ContentDeclaration,
  Created,
  Destination,
  DirectoryContent,
  FilesContent,
  LayerDeclaration,
  ManifestPath,
  Pattern,
  PlatformManifest,
  Selection,
  SymlinkContent,
  TextContent,
} from './build-manifest.js';
export { manifestSchema } from './manifest-schema.js';
export { parseManifest } from './parse-manifest.js';
export { parseSyncList, syncSchema } from './sync/parse-sync-list.js';
export type { ExactTag, SyncEntry, SyncList } from './sync/sync-list.js';
export { parseSyncTarget, type SyncTarget, syncDestination } from './sync/sync-target.js';
export { parseTagPattern, type TagPattern } from './sync/tag-pattern.js';
