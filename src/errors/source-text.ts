import type { SourceSpan } from './source-span.js';

/** A part of a text: UTF-16 offsets of its start and of what follows it. */
export type TextRange = readonly [start: number, end: number];

/** A longer line is not shown: it would fill the screen, and the report of every problem on it. */
const LONGEST_SHOWN = 1000;

/** What a terminal could take for a command; shown as another character of the same width, so that columns stay. */
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/** The text of a file, with lines that end in LF, and where things are in it. */
export class SourceText {
  /** The file as the user named it. */
  readonly file: string;
  readonly text: string;
  readonly #lineStarts: readonly number[];

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    const starts = [0];
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    this.#lineStarts = starts;
  }

  /** The place of a range; of one that goes over several lines, the part on the first. */
  spanOf([start, end]: TextRange): SourceSpan {
    const line = this.#lineAt(start);
    const lineStart = this.#lineStarts[line]!;
    const next = this.#lineStarts[line + 1];
    const text = this.text.slice(lineStart, next === undefined ? undefined : next - 1);
    const marked = text.slice(start - lineStart, end - lineStart).trimEnd();
    const span = { file: this.file, line: line + 1, column: start - lineStart + 1, length: Math.max(1, marked.length) };
    return text.length > LONGEST_SHOWN ? span : { ...span, text: text.replace(CONTROLS, '\ufffd') };
  }

  /** Index of the line that holds the offset. */
  #lineAt(offset: number): number {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#lineStarts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
