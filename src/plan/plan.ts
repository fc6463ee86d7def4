import type { SourceSpan } from '../errors/index.js';
import type { PinChange } from '../lock/index.js';
import type { SandboxLevel } from '../manifest/index.js';
import type { ArtifactKey, DiffId, Digest, Json, LayerKey } from '../oci/index.js';

/** Where a change comes from, in words for people and as a place in image.yaml where there is one. */
export interface Cause {
  /** `server/main.go changed`, `artifact server`, `text`, `base moved`. */
  readonly text: string;
  readonly at?: SourceSpan;
}

/** What kind of change: `same` only occurs for whole layers. */
export type ChangeKind = 'added' | 'changed' | 'removed';

/** The facts of one side of a changed entry that people want to see. */
export interface EntrySide {
  readonly kind: string;
  readonly mode: string;
  readonly owner: string;
  readonly digest?: Digest;
  readonly sizeBytes?: number;
  readonly target?: string;
  /** `major:minor`. */
  readonly device?: string;
  /** Extended attributes by name, in hexadecimal; absent where there are none. */
  readonly xattrs?: Readonly<Record<string, string>>;
}

export interface EntryChange {
  readonly change: ChangeKind;
  /** With leading slash. */
  readonly path: string;
  readonly before?: EntrySide;
  readonly after?: EntrySide;
  /** What differs: `content`, `mode`, `owner`, `target`, `kind`, `device`, `xattrs`. Empty unless `changed`. */
  readonly differs: readonly string[];
  readonly cause: Cause;
  /** What differs inside the file, where both contents were at hand and no input explains it. */
  readonly findings?: readonly Finding[];
}

/** One thing that differs inside two versions of a file. */
export interface Finding {
  /** What the file was read as. */
  readonly kind: 'text' | 'json' | 'elf' | 'archive' | 'gzip' | 'pyc' | 'bytes';
  /** `line 12`, `$.build.id`, `section .rodata`, `member lib/a.py`, `header`. */
  readonly where: string;
  /** Bytes from the start of the file; absent where that means nothing. */
  readonly offset?: number;
  /** Short, printable; null for nothing. */
  readonly before: string | null;
  readonly after: string | null;
  /** The likely reason where no input changed; null where nothing points to one. */
  readonly likely: LikelyCause | null;
}

/** Why a program gives other bytes for the same inputs. */
export interface LikelyCause {
  readonly kind: 'time' | 'path' | 'order' | 'random' | 'host' | 'user' | 'locale' | 'compression' | 'build-id';
  /** A sentence without its full stop: `the time of the build, 2026-11-24 14:03:11, is written into it`. */
  readonly text: string;
}

/** Why something is in a layer that nobody asked for by name. */
export interface Reason {
  /** `package libpcre2-8-0 10.42-1`, `/usr/lib/x86_64-linux-gnu/libz.so.1.2.13`. */
  readonly what: string;
  /** The way to it: `nginx-light → libpcre2-8-0`, `/usr/bin/curl → libz.so.1`. */
  readonly why: string;
}

export interface LayerPlan {
  readonly name: string;
  /** Against the image that was there before; `unknown` behind an artifact that has not run. */
  readonly status: 'same' | ChangeKind | 'unknown';
  /** True where the layer's bytes were in the cache before this run. */
  readonly cached: boolean;
  readonly key: LayerKey | null;
  readonly digest: Digest | null;
  /** Of the layer that was there before, under this name or, where only that changed, under another one. */
  readonly previousDigest: Digest | null;
  readonly diffId: DiffId | null;
  /** Compressed bytes. */
  readonly sizeBytes: number | null;
  readonly files: number;
  /** Sum of file sizes. */
  readonly contentBytes: number;
  /** Bytes of lower layers that this layer hides: shipped, but never seen. */
  readonly shippedTwiceBytes: number;
  readonly changes: readonly EntryChange[];
  /** Sorted by `what`. */
  readonly reasons: readonly Reason[];
  /** Why it is not the same, in one line; null for `same`. */
  readonly cause: Cause | null;
}

export interface InputChange {
  readonly change: ChangeKind;
  /** `command`, `env CGO_ENABLED`, `tool go`, `input cmd/main.go`, `artifact assets`. */
  readonly what: string;
  /** The facts as they were and are (digests, short values); null for nothing. */
  readonly before: string | null;
  readonly after: string | null;
}

export interface ArtifactPlan {
  readonly name: string;
  /** `cached`: its output is known. `runs`: apply will run it. `waits`: an artifact it needs has not run. */
  readonly status: 'cached' | 'runs' | 'waits';
  readonly key: ArtifactKey | null;
  readonly sandbox: SandboxState;
  /** Against what was there before; empty where nothing changed or nothing is known. */
  readonly changes: readonly InputChange[];
}

/** How far an artifact's command is shut in. */
export interface SandboxState {
  readonly level: SandboxLevel;
  /** Why it is relaxed where nobody asked for that: `bubblewrap is not installed`. */
  readonly reason?: string;
}

export interface BasePlan {
  /** As written in image.yaml; of a registry in full, with its host and tag. */
  readonly reference: string;
  /** Null for the image of another image.yaml that waits for an artifact. */
  readonly digest: Digest | null;
  readonly previousDigest: Digest | null;
  readonly layers: number;
  readonly sizeBytes: number;
}

/** What the image was put on before, where it is put on nothing now. */
export interface RemovedBase {
  readonly reference: string;
  readonly digest: Digest;
}

/** One line of the config, manifest annotations or index that changes. */
export interface ConfigChange {
  readonly change: ChangeKind;
  /** `env.PORT`, `entrypoint`, `labels.org.example`, `annotations.…`, `created`. */
  readonly field: string;
  readonly before: Json;
  readonly after: Json;
  readonly cause: Cause;
}

export interface PlatformPlan {
  readonly platform: string;
  /** Manifest digest; null while it is known only after apply. */
  readonly digest: Digest | null;
  readonly previousDigest: Digest | null;
  /** Null for scratch. */
  readonly base: BasePlan | null;
  readonly removedBase: RemovedBase | null;
  readonly artifacts: readonly ArtifactPlan[];
  readonly layers: readonly LayerPlan[];
  readonly config: readonly ConfigChange[];
}

/** A platform that the image had before and has no longer. */
export interface RemovedPlatform {
  readonly platform: string;
  readonly previousDigest: Digest;
}

/** What `apply` will do, as plain data: printable, sorted, with a stable schema. No absolute path, no time. */
export interface Plan {
  readonly version: 1;
  /** Number of the byte format (format 1). */
  readonly format: 1;
  /** The manifest file as the user named it. */
  readonly file: string;
  readonly name: string | null;
  readonly tags: readonly string[];
  /** Digest that `apply` will produce: of the index for several platforms, else of the manifest. */
  readonly digest: Digest | null;
  readonly mediaType: string;
  /** What the plan was compared with; null where nothing was there. */
  readonly previous: { readonly digest: Digest; readonly from: string } | null;
  readonly platforms: readonly PlatformPlan[];
  readonly removedPlatforms: readonly RemovedPlatform[];
  /** What this run pinned. */
  readonly pins: readonly PinChange[];
  readonly summary: {
    readonly changed: boolean;
    readonly layersToBuild: number;
    readonly layersReused: number;
    readonly layersRemoved: number;
    readonly artifactsToRun: number;
    readonly configChanged: boolean;
    readonly baseChanged: boolean;
    readonly platformsRemoved: number;
  };
  readonly warnings: readonly { readonly message: string; readonly at?: SourceSpan }[];
}
