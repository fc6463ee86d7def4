import type { SourceSpan } from '../errors/index.js';
import type { Compression, Platform, Reference } from '../oci/index.js';
import type { Assertions } from './assertions.js';
import type { ContentDeclaration, Selection } from './content-declaration.js';

/** Keys and list positions from the top of image.yaml down to a value: `['layers', 0, 'contents', 2, 'to']`. */
export type ManifestPath = readonly (string | number)[];

/**
 * A checked image.yaml: everything that is the same for all platforms. Paths in it are as written, relative to the
 * directory of the file. It never depends on comments, key order, line ends or quoting.
 */
export interface BuildManifest {
  /** The file as the user named it. */
  readonly file: string;
  /** Repository to publish to, without tag. */
  readonly name: string | undefined;
  readonly tags: readonly string[];
  /** At least one, no two the same, in the order of the file. */
  readonly platforms: readonly Platform[];
  readonly created: Created;
  readonly compression: CompressionChoice;
  /** What `${platform.…}` decides. */
  forPlatform(platform: Platform): PlatformManifest;
  /** Where a value stands; the nearest enclosing value where that one is not written. */
  spanOf(path: ManifestPath): SourceSpan;
  /** False where the value is not written, so that a default stands for it. */
  isWritten(path: ManifestPath): boolean;
}

/** The one time of an image. `git` is the committer time of HEAD. */
export type Created =
  | { readonly kind: 'epoch'; readonly seconds: number }
  | { readonly kind: 'git'; readonly at: SourceSpan };

export interface CompressionChoice {
  readonly type: Compression;
  /** gzip 1–9, zstd 1–19; 0 for none. */
  readonly level: number;
}

/** image.yaml for one platform, every variable replaced. */
export interface PlatformManifest {
  readonly platform: Platform;
  readonly base: BaseDeclaration;
  /** In an order in which every artifact comes after those it needs. */
  readonly artifacts: readonly ArtifactDeclaration[];
  readonly layers: readonly LayerDeclaration[];
  readonly config: ConfigDeclaration;
  readonly annotations: Readonly<Record<string, string>>;
  /** What must be true of the image; all empty where nothing is asserted. */
  readonly assertions: Assertions;
}

export type BaseDeclaration =
  | { readonly kind: 'scratch' }
  | {
      /** The image that another image.yaml describes. */
      readonly kind: 'manifest';
      /** That file, or a directory with an image.yaml; relative to the directory of this one. As written. */
      readonly path: string;
      readonly at: SourceSpan;
    }
  | {
      readonly kind: 'image';
      readonly reference: Reference;
      /** As written. */
      readonly text: string;
      readonly at: SourceSpan;
    };

export interface ArtifactDeclaration {
  readonly name: string;
  /** A string is a script for `sh -eu`; a list is run without a shell. */
  readonly run:
    | { readonly kind: 'script'; readonly script: string }
    | { readonly kind: 'command'; readonly args: readonly string[] };
  readonly inputs: InputsDeclaration;
  /** In the order of the file. */
  readonly tools: readonly ToolDeclaration[];
  readonly env: Readonly<Record<string, string>>;
  /** Name under `$IN` → artifact whose output is there. */
  readonly needs: Readonly<Record<string, string>>;
  /** The command reaches the network; then its output is pinned. */
  readonly network: boolean;
  /** Undefined: strict where this machine allows it, else relaxed. */
  readonly sandbox: SandboxLevel | undefined;
  readonly limits: ArtifactLimits;
  /** True where the declaration uses `${platform.…}`, or needs an artifact that does: it is then built for each platform. */
  readonly perPlatform: boolean;
  readonly at: SourceSpan;
}

/** What an artifact's command gets a copy of. */
export interface InputsDeclaration extends Selection {
  /**
   * The directory that patterns start from and whose copy the command gets: `.`, `..`, `../..`, … from image.yaml. The
   * command begins in the copy of the directory of image.yaml.
   */
  readonly from: string;
}

/** A program of this machine that a command may call. */
export interface ToolDeclaration {
  /** Found on PATH. */
  readonly name: string;
  /**
   * Files and directories that it needs besides its libraries and interpreter: absolute, or relative to the directory that the
   * program lies in, links resolved (`..` of `/usr/local/go/bin/go`); may be patterns.
   */
  readonly with: readonly string[];
  /** Installed Debian packages, with what these depend on, whose files it needs. */
  readonly packages: readonly string[];
  readonly at: SourceSpan;
}

/**
 * `strict`: the command sees its inputs, its tools with what they need, and nothing else of this machine. `relaxed`: it has a clean
 * environment and a private copy of its inputs, but can look around.
 */
export type SandboxLevel = 'strict' | 'relaxed';

/** What a command may use up. Undefined stands for the default. */
export interface ArtifactLimits {
  /** Wall time, seconds. */
  readonly time: number | undefined;
  /** Bytes of memory of all its processes. */
  readonly memory: number | undefined;
  /** Processes and threads at one time. */
  readonly processes: number | undefined;
  /** Bytes that it may leave in `$OUT`, and as many again in its temporary directories. */
  readonly output: number | undefined;
  /** Bytes of standard output and error. */
  readonly log: number | undefined;
}

export interface LayerDeclaration {
  readonly name: string;
  readonly contents: readonly ContentDeclaration[];
  /** How its packages are spread over several layers; undefined: all is one layer. */
  readonly split: LayerSplit | undefined;
  readonly at: SourceSpan;
}

/**
 * One layer for each package, or for each source package (Debian Policy 5.6.1), and one for all that is of no package.
 * With a budget, names are spread over so many layers by their hash, so that a package that comes or goes changes one of them.
 */
export interface LayerSplit {
  readonly by: 'package' | 'source';
  /** Most layers for packages. */
  readonly budget: number | undefined;
  readonly at: SourceSpan;
}

/** Changes to the base's config. Undefined leaves what the base has; null removes it. */
export interface ConfigDeclaration {
  readonly entrypoint?: readonly string[] | null;
  readonly cmd?: readonly string[] | null;
  readonly env: Readonly<Record<string, string | null>>;
  readonly user?: string | null;
  readonly workdir?: string | null;
  /** `8080/tcp` */
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly labels: Readonly<Record<string, string | null>>;
  readonly stopSignal?: string | null;
}
