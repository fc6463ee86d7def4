import type { Host } from '../host/index.js';
import type { FileDigests } from '../inputs/index.js';
import type { ArtifactDeclaration } from '../manifest/index.js';
import type { Platform } from '../oci/index.js';
import type { ContentStore } from '../store/index.js';
import type { FileTree } from '../tree/index.js';

/** What building artifacts needs. */
export interface ArtifactContext {
  readonly host: Host;
  /** Absolute; what inputs are relative to: the directory of image.yaml. */
  readonly directory: string;
  readonly store: ContentStore;
  readonly digests: FileDigests;
  /** The one time of the image, in seconds since the epoch. */
  readonly created: number;
  /** What a command writes, as it arrives; lines of any length are cut to 64 KiB. */
  onOutput(artifact: string, chunk: Uint8Array): void;
}

/** One artifact for one platform. */
export interface ArtifactRequest {
  readonly declaration: ArtifactDeclaration;
  readonly platform: Platform;
  /** Outputs of artifacts that are known, by name. */
  readonly outputs: ReadonlyMap<string, FileTree>;
}
