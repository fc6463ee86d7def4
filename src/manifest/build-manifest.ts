import type { SourceSpan } from '../errors/index.js';
import type { Compression, Platform, Reference } from '../oci/index.js';
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
}

export type BaseDeclaration =
  | { readonly kind: 'scratch' }
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
  readonly inputs: Selection;
  /** Names to find on PATH, in the order of the file. */
  readonly tools: readonly { readonly name: string; readonly at: SourceSpan }[];
  readonly env: Readonly<Record<string, string>>;
  /** Name under `$IN` → artifact whose output is there. */
  readonly needs: Readonly<Record<string, string>>;
  /** True where the declaration uses `${platform.…}`, or needs an artifact that does: it is then built for each platform. */
  readonly perPlatform: boolean;
  readonly at: SourceSpan;
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
