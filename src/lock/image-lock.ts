import type { Descriptor, Digest } from '../oci/index.js';

/**
 * image.lock.json: what the names in image.yaml meant when they were looked up. Machine-written, sorted, with no time,
 * no absolute path and no secret in it.
 */
export interface ImageLock {
  readonly version: 1;
  /** Number of the byte format (format 1). */
  readonly format: 1;
  /** By the first URL of a content. */
  readonly fetches: Readonly<Record<string, FilePin>>;
  /** By platform: `linux/amd64`. */
  readonly platforms: Readonly<Record<string, PlatformLock>>;
}

export interface FilePin {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

export interface PlatformLock {
  readonly base?: ImagePin;
  /** Images that files are copied from, by reference, written in full. */
  readonly images: Readonly<Record<string, ImagePin>>;
  /** By layer; of the second and further ones of a layer `LAYER#2`. */
  readonly debian: Readonly<Record<string, PackagesPin>>;
  /** Outputs of artifacts that reach the network, by name; absent where there are none. */
  readonly artifacts?: Readonly<Record<string, ArtifactPin>>;
}

/** What a command that reaches the network made. */
export interface ArtifactPin {
  /** The command and all that it is given but tools, as a digest: with another request the pin is stale. */
  readonly request: Digest;
  /** Of the tree of its output. */
  readonly output: Digest;
}

/** The image of one platform behind a name of a registry or of the docker daemon. */
export interface ImagePin {
  /** As in `renderReference`, in full. */
  readonly reference: string;
  /** Of the platform's manifest. */
  readonly manifest: Descriptor;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  /** Of a base: what a build asked of its tree, so that the next one need not read its layers. */
  readonly tree?: TreeFacts;
}

/**
 * What stands at paths of a tree, without leading slash; null for nothing, and then nothing stands below either.
 * `["directory", "0755", "0:0"]`, `["symlink", "0777", "0:0", target]`, `["file", "0644", "0:0", digest, size]`,
 * `[kind, mode, owner, "major:minor"]` of a device or fifo; extended attributes come last as a map of name → base64.
 */
export type TreeFacts = Readonly<Record<string, readonly TreeFact[] | null>>;
export type TreeFact = string | number | Readonly<Record<string, string>>;

/** The packages of one `debian` content. */
export interface PackagesPin {
  /** What was asked for, as a digest: with another request the pin is stale. */
  readonly request: Digest;
  /** Sorted by name, then architecture. */
  readonly packages: readonly PackagePin[];
}

export interface PackagePin {
  readonly name: string;
  readonly version: string;
  /** `amd64`, or `all`. */
  readonly architecture: string;
  /** Of the archive it comes from: `suite` of one of the content's sources. */
  readonly suite: string;
  /** Relative to the archive: `pool/main/n/nginx/nginx_1.22.1-9_amd64.deb`. */
  readonly path: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/** A pin that was added, moved or dropped. */
export interface PinChange {
  readonly change: 'added' | 'changed' | 'removed';
  /** `base debian:12`, `image busybox:1.36`, `fetch https://…`, `package libc6`, `artifact deps`. */
  readonly what: string;
  /** Absent where it is the same for all. */
  readonly platform?: string;
  /** Digests, and versions of packages; null for nothing. */
  readonly before: string | null;
  readonly after: string | null;
}
