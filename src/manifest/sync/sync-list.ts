import type { SourceSpan } from '../../errors/index.js';
import type { Digest, Platform, RegistryReference } from '../../oci/index.js';
import type { TextPattern } from '../patterns/text-pattern.js';
import type { SyncTarget } from './sync-target.js';

/** A checked sync.yaml: what to copy, and where. */
export interface SyncList {
  /** The file as the user named it. */
  readonly file: string;
  readonly target: SyncTarget;
  /** At least one. */
  readonly entries: readonly SyncEntry[];
}

/** A tag that is written in the list. */
export interface ExactTag {
  readonly name: string;
  /** What it has to name. */
  readonly digest: Digest | undefined;
  readonly at: SourceSpan;
}

/** One repository, and which of its tags. */
export interface SyncEntry {
  /** Without tag and digest. */
  readonly source: RegistryReference;
  /** Where below the target its images go: `library/alpine`. */
  readonly repository: string;
  /** No two of one name, in the order of the file. */
  readonly tags: readonly ExactTag[];
  readonly match: TextPattern | undefined;
  /** A range of versions, in the notation of npm. */
  readonly semver: string | undefined;
  /** Only so many of the newest versions that `semver` chose. */
  readonly latest: number | undefined;
  /** Of what `match` and `semver` chose. */
  readonly exclude: TextPattern | undefined;
  /** Undefined: everything that a tag names. */
  readonly platform: Platform | undefined;
  readonly at: SourceSpan;
}
