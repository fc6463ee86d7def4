import type { PinChange } from '../lock/index.js';
import type { ForeignFormat, ForeignManifest } from '../manifest/index.js';
import type { Digest, Reference } from '../oci/index.js';
import type { Plan } from '../plan/index.js';
import type { GarbageOptions } from '../store/index.js';
import type { AssertionResult, BuildRequest } from './build-request.js';
import type { OperationOptions } from './operation-options.js';

export type {
  CacheStats as CacheStatsResult,
  CacheVerification as CacheVerifyResult,
  GarbageReport as CacheGcResult,
} from '../store/index.js';
export type * from './build-request.js';
export type * from './image-requests.js';
export type * from './operation-options.js';
export type * from './verify-requests.js';

/** What a plan is compared with. In this order: `against`, the published image, the last apply. */
interface Comparison {
  /** Compare with this image; a tag that its registry does not have yet compares as nothing. */
  readonly against?: Reference;
  /** Do not ask the registry what is published under `name` and the first of `tags`. */
  readonly isLocal?: boolean;
}

export interface PlanRequest extends BuildRequest, Comparison {}

/** Several images at once; `against` only for one. */
export interface PlanImagesRequest extends Omit<BuildRequest, 'file'>, Comparison {
  /** Each an image.yaml, or a directory that holds one; a directory without one stands for all that lie below it. */
  readonly files: readonly string[];
  /** Where to save what `applyPlan` takes; relative to the working directory. */
  readonly output?: string;
}

export interface PlannedImage {
  /** The manifest as the user would name it. */
  readonly file: string;
  /** `base`: nobody asked for it, but an image that was asked for is put on it. */
  readonly role: 'asked' | 'base';
  /** Files of the images of this run that it is put on. */
  readonly needs: readonly string[];
  readonly plan: Plan;
}

export interface PlanSet {
  readonly version: 1;
  /** In the order in which apply builds them: bases first, otherwise by name. */
  readonly images: readonly PlannedImage[];
  readonly summary: {
    readonly images: number;
    readonly changed: number;
    readonly unchanged: number;
    readonly layersToBuild: number;
    readonly layersReused: number;
    readonly artifactsToRun: number;
  };
  /** Where the plan was saved, as the user named it. */
  readonly output?: string;
}

export interface ApplyRequest extends BuildRequest {
  /** Where the image goes, besides the cache. Without a tag in it, every tag of image.yaml (or none) is used. */
  readonly destinations: readonly Reference[];
  /** Also to `name` of image.yaml, which is a repository of a registry, under all `tags`. */
  readonly push?: boolean;
  /** Attach no record to what goes to a registry. */
  readonly withoutRecord?: boolean;
}

/** Several images at once. With more than one, destinations are not allowed: `push` takes each to its own name. */
export interface ApplyImagesRequest extends Omit<ApplyRequest, 'file'> {
  /** As in `PlanImagesRequest`. */
  readonly files: readonly string[];
}

export interface ApplySet {
  readonly version: 1;
  /** In the order in which they were built. */
  readonly images: readonly (Omit<PlannedImage, 'plan'> & { readonly result: ApplyResult })[];
  readonly summary: PlanSet['summary'];
}

/** A saved plan, built exactly as it says or not at all. */
export interface ApplyPlanRequest extends Omit<ApplyRequest, 'file'> {
  /** What `planImages` wrote; relative to the working directory. */
  readonly plan: string;
}

export interface ApplyResult {
  readonly plan: Plan;
  readonly digest: Digest;
  readonly mediaType: string;
  /** True where the image says what to start: it has an entrypoint or a cmd. */
  readonly isRunnable: boolean;
  /** What image.yaml asserts; all hold, or were not looked at for want of a runtime. */
  readonly assertions: readonly AssertionResult[];
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
    /** Digest of the record that was attached there. */
    readonly record?: Digest;
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

export type CacheGcRequest = OperationOptions & GarbageOptions;
