import type { SourceSpan } from '../errors/index.js';
import type { Digest, Reference } from '../oci/index.js';

/** Which files of a directory. Globs relative to it; no `include` means all. */
export interface Selection {
  readonly include: readonly Pattern[] | undefined;
  readonly exclude: readonly Pattern[];
}

export interface Pattern {
  readonly glob: string;
  readonly at: SourceSpan;
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** A place in the image. */
export interface Destination {
  /** Without leading or trailing slash, no `.` or `..`; empty for the root. */
  readonly path: string;
  /** Written with a trailing slash: a single file keeps its name below it. */
  readonly intoDirectory: boolean;
}

interface ContentFacts {
  /** The content's own, else the layer's, else 0:0. */
  readonly owner: Owner;
  /** True: this content may override what an earlier one of the layer put at its paths. */
  readonly replace: boolean;
  /** The whole content in image.yaml. */
  readonly at: SourceSpan;
}

export interface FilesContent extends ContentFacts {
  readonly kind: 'files';
  /** File or directory, as written. */
  readonly source: string;
  readonly sourceAt: SourceSpan;
  readonly to: Destination;
  readonly selection: Selection;
  /** For regular files; undefined: 0644, or 0755 where the owner may execute. */
  readonly mode: number | undefined;
  /** Linux capabilities for regular files, lower case without `cap_`. */
  readonly capabilities: readonly string[];
  /** Takes the source directory for a root file system and adds what the selected files need from it; undefined: nothing is added. */
  readonly closure: ClosureDeclaration | undefined;
}

/** Adds to files what they need to run: shared libraries, loader, interpreters, and the symlinks on the way to them. */
export interface ClosureDeclaration {
  /** What is loaded at run time, which nothing in the files names: absolute paths (globs) in the same tree. */
  readonly extras: readonly PlacePattern[];
  /** Also what glibc loads by itself to look up users and hosts: libnss_files, libnss_dns, libresolv. */
  readonly nameService: boolean;
}

/** An absolute path in a tree, without its leading slash; a glob. */
export interface PlacePattern {
  readonly glob: string;
  readonly at: SourceSpan;
}

/** A file from the web, as it is or taken apart. */
export interface FetchContent extends ContentFacts {
  readonly kind: 'fetch';
  /** Where it is, tried in this order; the first is its name in the lock. http or https, without user information. */
  readonly urls: readonly { readonly url: URL; readonly at: SourceSpan }[];
  /** Undefined: the lock says. */
  readonly digest: Digest | undefined;
  /** Most bytes of the download. */
  readonly limitBytes: number;
  /** Request headers whose values are secrets of the environment. Names in lower case. */
  readonly headers: readonly SecretHeader[];
  /** Undefined: the file is put into the image as it is. */
  readonly extract: { readonly strip: number; readonly selection: Selection } | undefined;
  readonly to: Destination;
  readonly mode: number | undefined;
  readonly capabilities: readonly string[];
}

export interface SecretHeader {
  readonly name: string;
  /** Environment variable with the value. */
  readonly variable: string;
  /** What stands before the value: `Bearer `. */
  readonly prefix: string;
  readonly at: SourceSpan;
}

/** Packages of Debian or a derivative, with those they depend on. */
export interface DebianContent extends ContentFacts {
  readonly kind: 'debian';
  /** Where packages come from; of equal versions the first has it. */
  readonly sources: readonly DebianSource[];
  /** File with OpenPGP keys, as written; undefined: that of this machine. */
  readonly keyring: { readonly path: string; readonly at: SourceSpan } | undefined;
  /** `name` or `name=version`, in the order of the file. */
  readonly packages: readonly PackageRequest[];
  /** Names that never come in, whatever depends on them. */
  readonly exclude: readonly string[];
  /** Also what packages recommend. */
  readonly recommends: boolean;
  /** Also every package that is marked `Essential: yes`, as debootstrap takes them. */
  readonly essential: boolean;
  /** Leaves out documentation, manual pages and translations; copyright files stay. */
  readonly slim: boolean;
  /** Only these files and directories of the packages; undefined: everything. */
  readonly paths: readonly PlacePattern[] | undefined;
  /** Only with `paths`: what they need from the packages. */
  readonly closure: ClosureDeclaration | undefined;
}

/** One suite of one archive. */
export interface DebianSource {
  /** The archive, with a trailing slash: `http://deb.debian.org/debian/`; several are mirrors of each other. */
  readonly mirrors: readonly URL[];
  readonly suite: string;
  readonly components: readonly string[];
  /** True where the mirror shows the archive as it once was, so that `Valid-Until` does not matter. */
  readonly isSnapshot: boolean;
  readonly at: SourceSpan;
}

export interface PackageRequest {
  readonly name: string;
  /** Exactly this version; undefined: the newest. */
  readonly version: string | undefined;
  readonly at: SourceSpan;
}

/** Files of another image, with the owners and modes they have there. */
export interface ImageContent extends ContentFacts {
  readonly kind: 'image';
  readonly reference: Reference;
  /** As written. */
  readonly text: string;
  readonly paths: readonly PlacePattern[];
  /** Undefined: everything at the path it has there. */
  readonly to: Destination | undefined;
  readonly closure: ClosureDeclaration | undefined;
}

/** Users and groups, merged into those that are there. */
export interface AccountsContent extends ContentFacts {
  readonly kind: 'accounts';
  readonly users: readonly UserDeclaration[];
  readonly groups: readonly GroupDeclaration[];
}

export interface UserDeclaration {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** Absolute. */
  readonly home: string;
  readonly shell: string;
  readonly at: SourceSpan;
}

export interface GroupDeclaration {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
  readonly at: SourceSpan;
}

/** Certificates that programs in the image shall trust, besides those of the base or of the package ca-certificates. */
export interface CertificatesContent extends ContentFacts {
  readonly kind: 'certificates';
  /** PEM files, as written. May be empty: only those that a package brings. */
  readonly sources: readonly { readonly path: string; readonly at: SourceSpan }[];
}

/** What lower layers have and the image shall not. */
export interface RemoveContent extends ContentFacts {
  readonly kind: 'remove';
  readonly paths: readonly { readonly path: string; readonly at: SourceSpan }[];
}

export interface TextContent extends ContentFacts {
  readonly kind: 'text';
  readonly text: string;
  readonly to: Destination;
  readonly mode: number;
}

export interface DirectoryContent extends ContentFacts {
  readonly kind: 'directory';
  readonly to: Destination;
  readonly mode: number;
}

export interface SymlinkContent extends ContentFacts {
  readonly kind: 'symlink';
  readonly target: string;
  readonly to: Destination;
}

export interface ArtifactContent extends ContentFacts {
  readonly kind: 'artifact';
  readonly artifact: string;
  /** File or directory in the output; empty for the whole output. */
  readonly path: string;
  readonly to: Destination;
  readonly selection: Selection;
  readonly mode: number | undefined;
  readonly capabilities: readonly string[];
}

export type ContentDeclaration =
  | FilesContent
  | TextContent
  | DirectoryContent
  | SymlinkContent
  | ArtifactContent
  | FetchContent
  | DebianContent
  | ImageContent
  | AccountsContent
  | CertificatesContent
  | RemoveContent;
