import type { SourceSpan } from '../errors/index.js';
import type { BlobSource, Platform } from '../oci/index.js';
import type { RecordSource } from '../plan/index.js';
import type { FoundImage } from './select-image.js';

/** Another image.yaml, as `base` names it. */
export interface OtherManifest {
  /** Relative to the directory of the file that names it, as written. */
  readonly path: string;
  readonly at: SourceSpan;
}

/** The image that another image.yaml describes, built in the same run. */
export interface OtherImage {
  /** How an image that is put on it names its base. */
  readonly reference: string;
  /** Where its blobs can be read until the run ends. */
  readonly blobs: BlobSource;
  /** Its image of the platform; `unknown` behind an artifact that has not run; undefined where it has no such platform. */
  forPlatform(platform: Platform): FoundImage | 'unknown' | undefined;
  /** As rendered, in its order. */
  readonly platforms: readonly string[];
  /** What it was built from. */
  readonly source: RecordSource;
}

/** The images of one run that others are put on. */
export interface OtherImages {
  /**
   * Builds it, unless that is done.
   * @throws TbuildError what reading and building it reports, at the place where it is named if there is no other
   */
  image(other: OtherManifest): Promise<OtherImage>;
}
