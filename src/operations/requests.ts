import type { Difference } from '../compare/index.js';
import type { PinChange } from '../lock/index.js';
import type { ForeignFormat, ForeignManifest } from '../manifest/index.js';
import type { Descriptor, Digest, ImageConfig, ImageManifest, Platform, Reference } from '../oci/index.js';
import type { Plan } from '../plan/index.js';
import type { GarbageOptions } from '../store/index.js';
import type { OperationOptions } from './operation-options.js';

export type {
  CacheStats as CacheStatsResult,
  CacheVerification as CacheVerifyResult,
  GarbageReport as CacheGcResult,
} from '../store/index.js';
export type * from './operation-options.js';

export interface BuildRequest extends OperationOptions {
  /** image.yaml, or a directory that holds one; relative to the working directory. */
  readonly file: string;
  /** Which compressor may run: `fastest` is the native one where it gives the pinned bytes. Never changes a digest. */
  readonly codec?: 'fastest' | 'pinned';
  /** A pin that the lock lacks, or that is stale, is an error. Default: where the variable CI is set, and not to `false` or `0`. */
  readonly frozen?: boolean;
}

export interface PlanRequest extends BuildRequest {
  /** Compare with this image instead of the last apply; a tag that its registry does not have yet compares as nothing. */
  readonly against?: Reference;
}

export interface ApplyRequest extends BuildRequest {
  /** Where the image goes, besides the cache. Without a tag in it, every tag of image.yaml (or none) is used. */
  readonly destinations: readonly Reference[];
  /** Also to `name` of image.yaml, which is a repository of a registry, under all `tags`. */
  readonly push?: boolean;
}

export interface ApplyResult {
  readonly plan: Plan;
  readonly digest: Digest;
  readonly mediaType: string;
  /** True where the image says what to start: it has an entrypoint or a cmd. */
  readonly isRunnable: boolean;
  readonly destinations: readonly {
    readonly reference: Reference;
    readonly tags: readonly string[];
    readonly blobsWritten: number;
    readonly bytesWritten: number;
    /** Blobs that a registry took over from another of its repositories. */
    readonly blobsMounted: number;
    /** Layers and configs that were there already; 0 for what is written as a whole. */
    readonly blobsThere: number;
    /** Of a registry that is spoken to without TLS, or with any certificate: other programs have to be told. */
    readonly isInsecure?: true;
  }[];
}

export interface LockRequest extends BuildRequest {
  /** Pins to find anew: all, or those that the names name. Default: none; what is missing is added in any case. */
  readonly update?: 'all' | readonly string[];
}

export interface LockResult {
  /** The lock, as the user would name it. */
  readonly file: string;
  readonly changes: readonly PinChange[];
  /** False where the lock was as it has to be, or where there is nothing to pin. */
  readonly isWritten: boolean;
}

export interface ImportRequest extends OperationOptions {
  /** The file of another tool; relative to the working directory. */
  readonly file: string;
  /** Default: what its keys say. */
  readonly format?: ForeignFormat;
  /** Where to write image.yaml; relative to the working directory. Default: nowhere, the text is in the result. */
  readonly output?: string;
  /** Write over what is there. */
  readonly force?: boolean;
}

export interface ImportResult extends ForeignManifest {
  /** Where the text was written, as the user named it. */
  readonly output?: string;
}

export interface VerifyRequest extends BuildRequest {
  /** What the rebuilt image must equal; default: the last apply of this file. */
  readonly expected?:
    | { readonly kind: 'digest'; readonly digest: Digest }
    | { readonly kind: 'image'; readonly reference: Reference };
}

export interface VerifyResult {
  readonly reproducible: boolean;
  readonly expected: Digest;
  readonly found: Digest;
  /** What was compared with, in words: `the last apply`, `oci:DIR`. */
  readonly against: string;
  /** The first difference first. Empty where reproducible, or where the expected image's content is not at hand. */
  readonly differences: readonly Difference[];
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

export type CacheGcRequest = OperationOptions & GarbageOptions;
