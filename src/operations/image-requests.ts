import type { Difference } from '../compare/index.js';
import type { Descriptor, Digest, ImageConfig, ImageManifest, Platform, Reference } from '../oci/index.js';
import type { OperationOptions } from './operation-options.js';

export interface DiffRequest extends OperationOptions {
  readonly before: Reference;
  readonly after: Reference;
  /** Only this platform. */
  readonly platform?: Platform;
}

export interface DiffResult {
  readonly before: { readonly reference: string; readonly digest: Digest };
  readonly after: { readonly reference: string; readonly digest: Digest };
  /** By digest alone: true means the same bytes. */
  readonly isSame: boolean;
  /** Never empty where not the same. `expected` is before, `found` is after. */
  readonly differences: readonly Difference[];
}

export interface RunRequest extends OperationOptions {
  readonly reference: Reference;
  readonly platform?: Platform;
  /** Instead of the image's cmd; its entrypoint stays. */
  readonly args: readonly string[];
  readonly runtime?: 'podman' | 'runc' | 'crun';
  /** The host's network; default: none. */
  readonly hasNetwork?: boolean;
  /** Added to the image's. */
  readonly env?: Readonly<Record<string, string>>;
  /** What the container writes, as it arrives. */
  readonly onOutput: (chunk: Uint8Array, stream: 'stdout' | 'stderr') => void;
}

export interface RunResult {
  /** `podman`, `runc`, `crun`. */
  readonly runtime: string;
  /** Of the container's program; 128 + n where a signal ended it. */
  readonly status: number;
}

export interface ImageRequest extends OperationOptions {
  readonly reference: Reference;
  /** Only this platform. */
  readonly platform?: Platform;
}

export interface InspectedImage {
  readonly digest: Digest;
  readonly platform: string;
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
}

export interface InspectResult {
  readonly reference: string;
  readonly digest: Digest;
  readonly mediaType: string;
  /** Empty where it is no container image. */
  readonly images: readonly InspectedImage[];
  /** The manifest of what is no container image: a signature, a list of contents. */
  readonly artifact?: ImageManifest;
  /** What refers to the image in its registry; only where it was asked for. */
  readonly referrers?: readonly Descriptor[];
  /** Bytes that came over the network. */
  readonly fetchedBytes: number;
}

export interface InspectRequest extends ImageRequest {
  /** Also lists what refers to the image: signatures, lists of contents. Only of a registry. */
  readonly referrers?: boolean;
}

export interface FilesRequest extends ImageRequest {
  /** Only this layer, from 0 at the bottom; default: the merged tree. */
  readonly layer?: number;
}

export interface ListedEntry {
  /** With leading slash. */
  readonly path: string;
  readonly kind: string;
  /** Four octal digits. */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes?: number;
  readonly digest?: Digest;
  readonly target?: string;
  /** Names of extended attributes. */
  readonly xattrs?: readonly string[];
  /** Layer that brought it, from 0. */
  readonly layer: number;
}

export interface FilesResult {
  readonly digest: Digest;
  readonly platform: string;
  readonly entries: readonly ListedEntry[];
  /** Bytes that came over the network. */
  readonly fetchedBytes: number;
}
