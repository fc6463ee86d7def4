/** A place in a text file that a person wrote. Lines and columns count from 1; columns count UTF-16 code units. */
export interface SourceSpan {
  /** The file as the user named it. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Length of the marked text on that line, in UTF-16 code units; at least 1. */
  readonly length: number;
  /** The text of the line, so that a code frame can be drawn without reading the file again. */
  readonly text?: string;
}
