import type { Difference } from '../compare/index.js';
import type { Digest, ImageConfig, ImageManifest, Platform, Reference } from '../oci/index.js';
import type { Plan } from '../plan/index.js';
import type { GarbageOptions } from '../store/index.js';
import type { Report } from './events.js';

export type {
  CacheStats as CacheStatsResult,
  CacheVerification as CacheVerifyResult,
  GarbageReport as CacheGcResult,
} from '../store/index.js';

/** What every operation gets besides the host. */
export interface OperationOptions {
  /** Root of the cache, absolute; default `$XDG_CACHE_HOME/tbuild`, else `~/.cache/tbuild`. */
  readonly cacheDirectory?: string;
  readonly report?: Report;
}

export interface BuildRequest extends OperationOptions {
  /** image.yaml, or a directory that holds one; relative to the working directory. */
  readonly file: string;
  /** Which compressor may run: `fastest` is the native one where it gives the pinned bytes. Never changes a digest. */
  readonly codec?: 'fastest' | 'pinned';
}

export interface PlanRequest extends BuildRequest {
  /** Compare with this image instead of the last apply. */
  readonly against?: Reference;
}

export interface ApplyRequest extends BuildRequest {
  /** Where the image goes, besides the cache. Without a tag in it, every tag of image.yaml (or none) is used. */
  readonly destinations: readonly Reference[];
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
  }[];
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
  readonly images: readonly InspectedImage[];
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
}

export type CacheGcRequest = OperationOptions & GarbageOptions;
