import { SourceText } from '../errors/index.js';

export type { TextRange } from '../errors/index.js';

/** A kind of file that people write. */
export interface ManifestFormat {
  /** What it is called: `image.yaml`. */
  readonly name: string;
  /** True where its texts may hold `${…}`. */
  readonly hasVariables: boolean;
  /** False where it is of another tool, and has no `version` of ours. Default: true. */
  readonly isVersioned?: false;
}

/** Where a text comes from. */
export interface ManifestOrigin {
  /** The file as the user named it. */
  readonly file: string;
  readonly format: ManifestFormat;
}

/** The decoded text of a file: lines end in LF, and there is no byte order mark. */
export class ManifestText extends SourceText {
  readonly format: ManifestFormat;

  constructor({ file, format }: ManifestOrigin, text: string) {
    super(file, text);
    this.format = format;
  }
}
