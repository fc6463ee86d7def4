import type { SourceSpan } from '../errors/index.js';
import type { Digest } from '../oci/index.js';
import type { Bytes } from '../util/index.js';

/**
 * Where an entry came from, so that every change and every clash can name its cause. Plain data; it never reaches
 * the image. `at` is the place in image.yaml, absent for what a base brought.
 */
export interface Origin {
  /** What declared it: `files`, `text`, `directory`, `symlink`, `artifact`, `base` or `parent` (made because something lies below). */
  readonly kind: string;
  /** In the words of the user: `files ./src`, `artifact server`, `layer 2 of oci:base`. */
  readonly label: string;
  /** The file behind the entry, relative to the directory of image.yaml, or inside the artifact's output. */
  readonly source?: string;
  readonly at?: SourceSpan;
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

export interface FileEntry extends EntryFacts {
  readonly kind: 'file';
  /** Bytes. */
  readonly size: number;
  readonly digest: Digest;
  /** The content. Throws `input-changed` or `blob-mismatch` while streaming if it is no longer what `digest` says. */
  open(): Bytes;
}

export interface DirectoryEntry extends EntryFacts {
  readonly kind: 'directory';
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

/** Removes `path` of the layers below (OCI image-spec, "Whiteouts"). `opaque` removes all below the directory `path`. */
export interface WhiteoutEntry {
  readonly kind: 'whiteout';
  readonly path: string;
  readonly opaque: boolean;
  readonly origin: Origin;
}

export type Entry = FileEntry | DirectoryEntry | SymlinkEntry | SpecialEntry | WhiteoutEntry;
