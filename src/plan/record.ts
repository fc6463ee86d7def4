import type { ArtifactKey, DiffId, Digest, ImageConfig, LayerKey } from '../oci/index.js';

/**
 * What an apply made, as data: enough to say later what changed and why. Holds no time, no absolute path, no contents.
 * The entries of a layer are kept apart, under its key and the path of image.yaml, because they are needed only where the layer changed.
 */
export interface ImageRecord {
  readonly version: 1;
  /** Number of the byte format that the digests belong to. */
  readonly format: number;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly platforms: readonly PlatformRecord[];
}

export interface PlatformRecord {
  readonly platform: string;
  readonly digest: Digest;
  readonly base: { readonly reference: string; readonly digest: Digest } | null;
  readonly artifacts: readonly ArtifactRecord[];
  readonly layers: readonly LayerRecord[];
  readonly config: ImageConfig;
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * Everything an artifact's key was made of, by name: `command`, `env CGO_ENABLED`, `tool go`, `input cmd/main.go`,
 * `artifact assets` → a digest or a short value. Two of them explain why a key changed.
 */
export type ArtifactFacts = Readonly<Record<string, string>>;

export interface ArtifactRecord {
  readonly name: string;
  readonly key: ArtifactKey;
  /** Digest of the output tree. */
  readonly output: Digest;
  readonly facts: ArtifactFacts;
}

export interface LayerRecord {
  readonly name: string;
  /** Null for a layer that this cache did not build (it was read from an image). */
  readonly key: LayerKey | null;
  readonly digest: Digest;
  readonly diffId: DiffId;
}
