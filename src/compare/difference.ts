import type { SourceSpan } from '../errors/index.js';
import type { LayerMember } from '../layer/index.js';
import type { Descriptor, ImageConfig, ImageIndex, ImageManifest, Platform } from '../oci/index.js';
import type { Finding, ImageRecord, LayerRecord } from '../plan/index.js';
import type { FileTree } from '../tree/index.js';

/** One difference between an expected and a found image. */
export interface Difference {
  /** `layer app (linux/amd64)`, `config (linux/amd64)`, `manifest (linux/amd64)`, `packages (linux/amd64)`, `index`. */
  readonly where: string;
  /** Path of the entry with leading slash, or the field of the document; absent where the bytes differ and no entry does. */
  readonly path?: string;
  readonly expected: string;
  readonly found: string;
  /** The likely cause, as a sentence. */
  readonly cause: string;
  /** No input that is known accounts for it: what differs inside the file may say why. */
  readonly isUnexplained?: true;
  /** Its entries are the same: times and order in the tar may say why the layer is not. */
  readonly isOfTar?: true;
  /** What differs inside the file, where both contents were at hand. */
  readonly findings?: readonly Finding[];
  /** Where image.yaml says it. */
  readonly at?: SourceSpan;
}

/** An image to compare: what is in it, and the entries of its layers where they are at hand. */
export interface ComparedImage {
  readonly record: ImageRecord;
  readonly listingOf: (layer: LayerRecord) => FileTree | undefined;
  /** The documents themselves, of which the record tells a part. */
  readonly documents?: ImageDocuments;
  /** Times and order of the entries of a layer, as its tar has them; undefined where it was not read for them. */
  readonly membersOf?: (layer: LayerRecord) => readonly LayerMember[] | undefined;
  /** What is installed in the image for this platform (see `readPackages`); undefined where nothing is known of that. */
  readonly packagesOf?: (platform: string) => Packages | undefined;
}

/** Name of a package → its version. */
export type Packages = ReadonlyMap<string, string>;

export interface ImageDocuments {
  /** The outermost one; absent where the image is a single manifest. */
  readonly index?: ImageIndex;
  readonly images: readonly PlatformDocuments[];
}

export interface PlatformDocuments {
  readonly platform: Platform;
  /** Of the manifest. */
  readonly descriptor: Descriptor;
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
}

/** The rebuilt image, and where image.yaml says what is in it. */
export interface RebuiltImage extends ComparedImage {
  placeOf(field: string): SourceSpan | undefined;
}
