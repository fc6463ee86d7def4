import {
  canonicalJson,
  type Descriptor,
  type DiffId,
  digestOf,
  type HistoryEntry,
  type ImageConfig,
  type ImageIndex,
  type ImageManifest,
  isManifestType,
  type Json,
  layerCompression,
  layerMediaType,
  MediaTypes,
  type Platform,
} from '../oci/index.js';
import { type ConfigEdits, editRuntimeConfig } from './runtime-config.js';

/** A JSON document of an image, with the exact bytes that its descriptor names. */
export interface Document<T> {
  readonly value: T;
  readonly bytes: Uint8Array;
  readonly descriptor: Descriptor;
}

/** What a new image is put on top of. */
export interface BaseImage {
  /** As written in image.yaml; of a registry in full, with its host and tag. */
  readonly reference: string;
  /** Of the manifest for this platform. */
  readonly descriptor: Descriptor;
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
}

export interface NewLayer {
  readonly name: string;
  readonly descriptor: Descriptor;
  readonly diffId: DiffId;
}

export interface ImageParts {
  readonly platform: Platform;
  readonly base: BaseImage | undefined;
  readonly layers: readonly NewLayer[];
  readonly config: ConfigEdits;
  readonly annotations: Readonly<Record<string, string>>;
  /** Seconds since the epoch. */
  readonly created: number;
}

/** An image for one platform. */
export interface ComposedImage {
  readonly platform: Platform;
  readonly manifest: Document<ImageManifest>;
  readonly config: Document<ImageConfig>;
}

function documentOf<T>(value: T, mediaType: string): Document<T> {
  const bytes = Buffer.from(canonicalJson(value as Json));
  return { value, bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length } };
}

/** RFC 3339 in UTC, whole seconds. */
function renderTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

/** The base's history, padded so that every layer of the base has an entry (format 1, "Config"). */
function baseHistory(base: BaseImage | undefined, created: string): HistoryEntry[] {
  if (base === undefined) return [];
  const history = [...(base.config.history ?? [])];
  const described = history.filter((entry) => entry.empty_layer !== true).length;
  for (let i = described; i < base.manifest.layers.length; i++)
    history.push({ created, created_by: 'layer of the base' });
  return history;
}

function composeConfig(parts: ImageParts): ImageConfig {
  const { base, platform, layers } = parts;
  const created = renderTime(parts.created);
  const added = layers.map((layer) => ({ created, created_by: `tbuild layer ${layer.name}` }));
  return {
    ...(base?.config ?? platform),
    created,
    config: editRuntimeConfig(base?.config.config ?? {}, parts.config),
    rootfs: {
      type: 'layers',
      diff_ids: [...(base?.config.rootfs.diff_ids ?? []), ...layers.map((layer) => layer.diffId)],
    },
    history: [...baseHistory(base, created), ...added],
  };
}

/** A layer of a base as an OCI descriptor: the bytes stay, a Docker media type gets its OCI name. */
function ociLayer(descriptor: Descriptor): Descriptor {
  const compression = layerCompression(descriptor.mediaType);
  if (compression === undefined) return descriptor;
  const { digest, size, annotations } = descriptor;
  const known = { mediaType: layerMediaType(compression), digest, size };
  return annotations === undefined ? known : { ...known, annotations };
}

function annotationsOf(parts: ImageParts): Readonly<Record<string, string>> {
  if (parts.base === undefined) return parts.annotations;
  return {
    'org.opencontainers.image.base.name': parts.base.reference,
    'org.opencontainers.image.base.digest': parts.base.descriptor.digest,
    ...parts.annotations,
  };
}

function withAnnotations<T extends object>(value: T, annotations: Readonly<Record<string, string>>): T {
  return Object.keys(annotations).length === 0 ? value : { ...value, annotations };
}

/** Config and manifest of one platform. The base's layers come first, byte for byte what they were. */
export function composeImage(parts: ImageParts): ComposedImage {
  const config = documentOf(composeConfig(parts), MediaTypes.config);
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: MediaTypes.manifest,
    config: config.descriptor,
    layers: [...(parts.base?.manifest.layers ?? []).map(ociLayer), ...parts.layers.map((layer) => layer.descriptor)],
  };
  const document = documentOf(withAnnotations(manifest, annotationsOf(parts)), MediaTypes.manifest);
  return { platform: parts.platform, manifest: document, config };
}

/** The index over several platforms, in their order (format 1, "Config, manifest, index"). */
export function composeIndex(
  images: readonly ComposedImage[],
  annotations: Readonly<Record<string, string>>,
): Document<ImageIndex> {
  const index: ImageIndex = {
    schemaVersion: 2,
    mediaType: MediaTypes.index,
    manifests: images.map((image) => ({ ...image.manifest.descriptor, platform: image.platform })),
  };
  return documentOf(withAnnotations(index, annotations), MediaTypes.index);
}

/** True for a manifest whose layers tbuild can put others on: an image, not an artifact of another kind. */
export function isImageManifest(manifest: ImageManifest): boolean {
  const configType = manifest.config.mediaType;
  return (
    isManifestType(manifest.mediaType) && (configType === MediaTypes.config || configType === MediaTypes.dockerConfig)
  );
}
