import type { Host } from '../host/index.js';
import type { FileDigests } from '../inputs/index.js';
import type { PlatformPins } from '../lock/index.js';
import type { ArtifactDeclaration } from '../manifest/index.js';
import type { Platform } from '../oci/index.js';
import type { ContentStore } from '../store/index.js';
import type { FileTree } from '../tree/index.js';
import type { Sandboxes } from './sandbox/sandboxes.js';
import type { Circumstance } from './variation.js';

/** What building artifacts needs. */
export interface ArtifactContext {
  readonly host: Host;
  /** Absolute; what inputs are relative to: the directory of image.yaml. */
  readonly directory: string;
  readonly store: ContentStore;
  readonly digests: FileDigests;
  /** The one time of the image, in seconds since the epoch. */
  readonly created: number;
  /** What this machine allows; found out once for a build. */
  readonly sandboxes: Sandboxes;
  /** Of artifacts that reach the network: what the lock says their output is. */
  readonly pins: PlatformPins;
  /** What is deliberately made different for the command; empty but where reproducibility is tried. */
  readonly varied: ReadonlySet<Circumstance>;
  /** Called with the bytes of tools that were read since the last call: more than a little of them takes a while. */
  progress?(bytes: number): void;
  /** What a command writes, as it arrives; lines of any length are cut to 64 KiB. */
  onOutput(artifact: ArtifactDeclaration, chunk: Uint8Array): void;
}

/** One artifact for one platform. */
export interface ArtifactRequest {
  readonly declaration: ArtifactDeclaration;
  readonly platform: Platform;
  /** Outputs of artifacts that are known, by name. */
  readonly outputs: ReadonlyMap<string, FileTree>;
}
