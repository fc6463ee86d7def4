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
