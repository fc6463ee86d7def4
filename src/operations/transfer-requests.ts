import type { ErrorCode, SourceSpan } from '../errors/index.js';
import type { Digest, Platform, Reference, RegistryReference } from '../oci/index.js';
import type { OperationOptions } from './requests.js';

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
