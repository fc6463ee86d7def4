import type { SourceSpan } from '../../errors/index.js';

/** Other tools whose files become image.yaml. */
export const FOREIGN_FORMATS = ['smith', 'apko'] as const;

/** `smith`: smith.yaml of Oracle Smith. `apko`: apko.yaml of Chainguard apko. */
export type ForeignFormat = (typeof FOREIGN_FORMATS)[number];

/** Something of the file that image.yaml does not say, or says in another way. */
export interface ForeignWarning {
  readonly message: string;
  /** In the file of the other tool. */
  readonly at: SourceSpan;
}

/** A file of another tool as image.yaml. */
export interface ForeignManifest {
  readonly format: ForeignFormat;
  /** Text of image.yaml, which `parseManifest` takes. Safe to show on a terminal. */
  readonly text: string;
  /** Sorted by position. */
  readonly warnings: readonly ForeignWarning[];
}

/** What an importer needs to know besides the file. */
export interface ImportPlace {
  /** From the directory of image.yaml to that of the file: `.`, `../smith`. With slashes. */
  readonly directory: string;
  /** Whether a directory of this name is beside the file. */
  readonly hasDirectory: (name: string) => boolean;
}
