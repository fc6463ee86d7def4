import type { Difference } from '../compare/index.js';
import type { ErrorCode, SourceSpan } from '../errors/index.js';
import type {
  Descriptor,
  Digest,
  ImageConfig,
  ImageManifest,
  Platform,
  Reference,
  RegistryReference,
} from '../oci/index.js';
import type { Plan } from '../plan/index.js';
import type { GarbageOptions } from '../store/index.js';
import type { Report } from './events.js';

export type {
  CacheStats as CacheStatsResult,
  CacheVerification as CacheVerifyResult,
  GarbageReport as CacheGcResult,
} from '../store/index.js';

/** How registries are reached. */
export interface NetworkOptions {
  /** Registries, `host` or `host:port`, that may be spoken to over plain HTTP or with a certificate nobody vouches for. */
  readonly insecure?: readonly string[];
  /** Directory with `*.crt`, `*.cert` and `*.key` for every registry; relative to the working directory. */
  readonly certificateDirectory?: string;
  /** The only file with credentials; relative to the working directory. Default: where docker and podman keep theirs. */
  readonly authFile?: string;
  /** How long to wait for an answer and for the next byte, in milliseconds; default 30 000. */
  readonly timeoutMs?: number;
  /** Upload blobs in pieces of so many bytes; default: only where the registry needs it. */
  readonly chunkBytes?: number;
}

/** What every operation gets besides the host. */
export interface OperationOptions {
  /** Root of the cache, absolute; default `$XDG_CACHE_HOME/tbuild`, else `~/.cache/tbuild`. */
  readonly cacheDirectory?: string;
  readonly network?: NetworkOptions;
  readonly report?: Report;
}

export interface BuildRequest extends OperationOptions {
  /** image.yaml, or a directory that holds one; relative to the working directory. */
  readonly file: string;
  /** Which compressor may run: `fastest` is the native one where it gives the pinned bytes. Never changes a digest. */
  readonly codec?: 'fastest' | 'pinned';
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

export interface CopyRequest extends OperationOptions {
  readonly from: Reference;
  /** Without a tag in it: the tag of `from`, if any. */
  readonly to: Reference;
  /**
   * Of an index: everything (`all`, the digest stays that of the index), or the image of one platform. Default: the
   * image for this machine where there is an index, as skopeo does.
   */
  readonly platform?: Platform | 'all';
  /** More tags at the destination. */
  readonly tags?: readonly string[];
}

/** What a transfer moved. */
export interface Transfer {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly blobsWritten: number;
  readonly bytesWritten: number;
  readonly blobsMounted: number;
  /** Layers and configs that were there already; 0 for what is written as a whole. */
  readonly blobsThere: number;
}

export interface CopyResult extends Transfer {
  readonly from: string;
  readonly to: string;
  readonly tags: readonly string[];
}

export interface TagsRequest extends OperationOptions {
  /** Its tag and digest do not matter. */
  readonly reference: RegistryReference;
}

export interface TagsResult {
  /** `ghcr.io/a/b`. */
  readonly repository: string;
  /** Sorted by bytes. */
  readonly tags: readonly string[];
}

export interface DeleteRequest extends OperationOptions {
  readonly reference: RegistryReference;
  /** Where the registry can only delete the image, also though other tags name it. */
  readonly withOtherTags?: boolean;
}

export interface DeleteResult {
  readonly reference: string;
  readonly digest: Digest;
  /** `tag`: only the tag is gone. `image`: the manifest is, with every tag that named it. */
  readonly deleted: 'tag' | 'image';
  /** Tags that are gone, as far as it could be seen: that of the reference first. */
  readonly tags: readonly string[];
}

export interface LoginRequest extends OperationOptions {
  readonly registry: string;
  readonly username: string;
  readonly password: string;
}

export interface LoginResult {
  readonly registry: string;
  readonly username: string;
  /** File or helper that keeps the credentials. */
  readonly where: string;
  readonly isPlainText: boolean;
}

export interface LogoutRequest extends OperationOptions {
  readonly registry: string;
}

export interface LogoutResult {
  readonly registry: string;
  /** Where credentials were removed from; empty where there were none. */
  readonly where: readonly string[];
}

export interface SyncRequest extends OperationOptions {
  /** The list; relative to the working directory. */
  readonly file: string;
  /** Instead of `to` of the list. */
  readonly to?: string;
  /** Only says what would be copied. */
  readonly dryRun?: boolean;
}

export interface SyncedImage {
  readonly from: string;
  readonly to: string;
  readonly digest: Digest;
  /** `new`: the tag is not there; `moved`: it names another image; `same`: nothing to do. */
  readonly change: 'new' | 'moved' | 'same';
  /** What the tag named before it is moved. */
  readonly previous?: Digest;
  /** The only platform that is copied. */
  readonly platform?: string;
  readonly bytesWritten: number;
}

/** An image, or a whole repository, that could not be copied. */
export interface SyncFailure {
  readonly from: string;
  readonly to: string;
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  /** Where the list asks for it. */
  readonly at: SourceSpan;
}

export interface SyncResult {
  readonly dryRun: boolean;
  readonly images: readonly SyncedImage[];
  /** What could not be copied; the others were. In the order of the list. */
  readonly failures: readonly SyncFailure[];
}
