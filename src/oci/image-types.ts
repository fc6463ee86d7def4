import type { Json } from './canonical-json.js';
import type { DiffId, Digest } from './digest.js';
import type { Platform } from './platform.js';

/** OCI image-spec, "Content Descriptors". */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** What an artifact is that is no image: a signature, a list of contents. */
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: Platform;
}

/** OCI image-spec, "Image Manifest". */
export interface ImageManifest {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  /** What it is where it is no image. */
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** OCI image-spec, "Image Index". */
export interface ImageIndex {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface HistoryEntry {
  readonly created?: string;
  readonly created_by?: string;
  readonly empty_layer?: boolean;
  readonly [unknown: string]: Json | undefined;
}

/** The `config` object of an image config: what a runtime starts. Unknown members are kept. */
export interface RuntimeConfig {
  readonly Entrypoint?: readonly string[] | null;
  readonly Cmd?: readonly string[] | null;
  readonly Env?: readonly string[] | null;
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly ExposedPorts?: Readonly<Record<string, Json>> | null;
  readonly Volumes?: Readonly<Record<string, Json>> | null;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly StopSignal?: string;
  readonly [unknown: string]: Json | undefined;
}

/** OCI image-spec, "Image Configuration". Unknown members are kept, so that a derived image loses nothing. */
export interface ImageConfig {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
  readonly created?: string;
  readonly config?: RuntimeConfig | null;
  readonly rootfs: { readonly type: 'layers'; readonly diff_ids: readonly DiffId[] };
  readonly history?: readonly HistoryEntry[];
  readonly [unknown: string]: Json | undefined;
}
