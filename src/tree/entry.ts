import type { SourceSpan } from '../errors/index.js';
import type { Digest } from '../oci/index.js';
import type { Chunks } from '../util/index.js';

/**
 * Where an entry came from, so that every change and every clash can name its cause. Plain data; it never reaches
 * the image. `at` is the place in image.yaml, absent for what a base brought.
 */
export interface Origin {
  /**
   * What declared it: the kind of the content in image.yaml (`files`, `text`, `debian`, …), `base`, or `parent` (made
   * because something lies below).
   */
  readonly kind: string;
  /** In the words of the user: `files ./src`, `artifact server`, `layer 2 of oci:base`. */
  readonly label: string;
  /** The file behind the entry, relative to the directory of image.yaml, or inside the artifact's output. */
  readonly source?: string;
  readonly at?: SourceSpan;
  /** The package that brought it. */
  readonly package?: {
    readonly name: string;
    readonly version: string /** Of the source package. */;
    readonly source: string;
  };
  /** Why it is there where nobody asked for it by name: `nginx → libpcre2-8-0`, `/usr/bin/curl → libz.so.1`. */
  readonly why?: string;
}

interface EntryFacts {
  /** Relative to `/`, with `/` between names: `usr/bin/env`. Never empty, no `.` or `..`, no slash at an end. Well-formed Unicode. */
  readonly path: string;
  /** Permission bits, `& 0o7777`. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Extended attributes, raw bytes: `security.capability`. Absent is the same as empty. */
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
  readonly origin: Origin;
}

/** Where the bytes of a file lie on this machine, for those who read them in another thread and check their digest. */
export interface Extent {
  /** Absolute. */
  readonly path: string;
  /** Where in that file they begin; undefined where they are all of it. */
  readonly position?: number;
}

export interface FileEntry extends EntryFacts {
  readonly kind: 'file';
  /** Bytes. */
  readonly size: number;
  readonly digest: Digest;
  /** Absent where the content is only to be had by `open`. */
  readonly extent?: Extent;
  /** The content. Throws `input-changed` or `blob-mismatch` while streaming if it is no longer what `digest` says. */
  open(): Chunks;
}

/**
 * How much a directory entry insists on its metadata. `declared`: it was asked for by name, or a base holds it.
 * `walked`: found while walking an input; yields to what a lower layer has. `implied`: exists only because something
 * lies below; yields to everything.
 */
export type DirectoryClaim = 'declared' | 'walked' | 'implied';

export interface DirectoryEntry extends EntryFacts {
  readonly kind: 'directory';
  readonly claim: DirectoryClaim;
}

export interface SymlinkEntry extends EntryFacts {
  readonly kind: 'symlink';
  /** As `readlink` gives it; never resolved. */
  readonly target: string;
}

/** A device or fifo. Only a base can bring one; inputs cannot. */
export interface SpecialEntry extends EntryFacts {
  readonly kind: 'character-device' | 'block-device' | 'fifo';
  readonly deviceMajor: number;
  readonly deviceMinor: number;
}

/**
 * Removes something of the layers below (OCI image-spec, "Whiteouts"). Its own path is that of the marker file, so that
 * it sorts where the marker stands in the tar and leaves room for a new entry at the removed path.
 */
export interface WhiteoutEntry {
  readonly kind: 'whiteout';
  /** `a/.wh.x`, or `a/.wh..wh..opq` for an opaque one. */
  readonly path: string;
  /** `a/x` goes with all below it; with `opaque`, all below the directory `a` goes (`''` is the root). */
  readonly removes: string;
  readonly opaque: boolean;
  readonly origin: Origin;
}

/** The whiteout of `path`, or of everything below the directory `path`. */
export function whiteoutOf(path: string, opaque: boolean, origin: Origin): WhiteoutEntry {
  const slash = path.lastIndexOf('/') + 1;
  const below = path === '' ? '' : `${path}/`;
  const marker = opaque ? `${below}.wh..wh..opq` : `${path.slice(0, slash)}.wh.${path.slice(slash)}`;
  return { kind: 'whiteout', path: marker, removes: path, opaque, origin };
}

export type Entry = FileEntry | DirectoryEntry | SymlinkEntry | SpecialEntry | WhiteoutEntry;
