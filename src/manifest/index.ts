export type {
  AssertedPattern,
  AssertedValue,
  Assertions,
  CommandAssertion,
  ContentAssertion,
  FileAssertion,
  MetadataAssertion,
} from './assertions.js';
export type {
  ArtifactDeclaration,
  ArtifactLimits,
  BaseDeclaration,
  BuildManifest,
  Created,
  InputsDeclaration,
  LayerDeclaration,
  LayerSplit,
  ManifestPath,
  PlatformManifest,
  SandboxLevel,
  ToolDeclaration,
} from './build-manifest.js';
export type {
  AccountsContent,
  ArtifactContent,
  CertificatesContent,
  ClosureDeclaration,
  ContentDeclaration,
  DebianContent,
  DebianSource,
  Destination,
  DirectoryContent,
  FetchContent,
  FilesContent,
  GroupDeclaration,
  ImageContent,
  PackageRequest,
  Pattern,
  PlacePattern,
  RemoveContent,
  SecretHeader,
  Selection,
  SymlinkContent,
  TextContent,
  UserDeclaration,
} from './content-declaration.js';
export type { ForeignFormat, ForeignManifest, ForeignWarning } from './import/foreign-manifest.js';
export { parseForeign } from './import/parse-foreign.js';
export { manifestSchema } from './manifest-schema.js';
export { parseManifest } from './parse-manifest.js';
export { parseTextPattern, type TextPattern } from './patterns/text-pattern.js';
export { parseSyncList, syncSchema } from './sync/parse-sync-list.js';
export type { ExactTag, SyncEntry, SyncList } from './sync/sync-list.js';
export { parseSyncTarget, type SyncTarget, syncDestination } from './sync/sync-target.js';
