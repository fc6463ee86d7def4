export type {
  ArtifactContent,
  ArtifactDeclaration,
  BaseDeclaration,
  BuildManifest,
  CompressionChoice,
  ConfigDeclaration,
  ContentDeclaration,
  Created,
  Destination,
  DirectoryContent,
  FilesContent,
  LayerDeclaration,
  ManifestPath,
  Owner,
  Pattern,
  PlatformManifest,
  Selection,
  SymlinkContent,
  TextContent,
} from './build-manifest.js';
export { manifestSchema } from './manifest-schema.js';
export { type ParseOptions, parseManifest } from './parse-manifest.js';
