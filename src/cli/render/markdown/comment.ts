import { counted } from '../numbers.js';
import { fenced, htmlCode } from './escape.js';

/** GitHub refuses comments of more than 65,536 characters. What is below that leaves room for a line of whoever posts it. */
const MAX_CHARACTERS = 65_000;
/** For the note that says what is missing. */
const NOTE_CHARACTERS = 400;
/** Of a block that does not fit, less than so many lines say nothing. */
const MIN_LINES = 5;

/** A comment in Markdown that grows block by block and leaves out what is too much, which it says at its end. */
export class Comment {
  readonly #blocks: string[] = [];
  readonly #missing = { rows: 0, details: 0, lines: 0 };
  #left = MAX_CHARACTERS - NOTE_CHARACTERS;

  /** A short block, for which there is always room. */
  add(block: string): void {
    this.#blocks.push(block);
    this.#left -= block.length + 2;
  }

  /** A table with as many of its rows as fit. */
  addTable(head: string, rows: readonly string[]): void {
    let block = head;
    for (const [i, row] of rows.entries()) {
      if (block.length + row.length + 3 > this.#left) {
        this.#missing.rows = rows.length - i;
        break;
      }
      block = `${block}\n${row}`;
    }
    this.add(block);
  }

  /** A folded block of code with as many of its lines as fit. */
  addDetails(title: string, lines: readonly string[]): void {
    const whole = foldedBlock(title, lines);
    if (whole.length + 2 <= this.#left) this.add(whole);
    else this.#addPart(title, lines);
  }

  #addPart(title: string, lines: readonly string[]): void {
    const kept = this.#fitting(title, lines);
    const missing = lines.length - kept;
    if (kept < MIN_LINES) this.#missing.details++;
    else {
      this.#missing.lines += missing;
      this.add(foldedBlock(title, [...lines.slice(0, kept), `… and ${counted(missing, 'more line')}`]));
    }
  }

  end(): string {
    const { rows, details, lines } = this.#missing;
    const missing = [
      rows > 0 ? `${counted(rows, 'row')} of the table` : '',
      details > 0 ? `the details of ${counted(details, 'image')}` : '',
      lines > 0 ? `${counted(lines, 'line')} of details` : '',
    ].filter((part) => part !== '');
    if (missing.length > 0) {
      this.add(
        `**Cut to the length of a comment.** Left out: ${missing.join(', ')}. \`tbuild plan\` shows everything.`,
      );
    }
    return `${this.#blocks.join('\n\n')}\n`;
  }

  /** How many lines fit, with one that says how many do not. */
  #fitting(title: string, lines: readonly string[]): number {
    let room = this.#left - foldedBlock(title, ['']).length - 40 - longestRun(lines) * 2;
    let kept = 0;
    for (const line of lines) {
      room -= line.length + 1;
      if (room < 0) break;
      kept++;
    }
    return kept;
  }
}

/** Characters that a longer fence takes. */
function longestRun(lines: readonly string[]): number {
  return lines.flatMap((line) => line.match(/`+/g) ?? []).reduce((longest, run) => Math.max(longest, run.length), 0);
}

function foldedBlock(title: string, lines: readonly string[]): string {
  return `<details><summary>${htmlCode(title)}</summary>\n\n${fenced(lines, 'diff')}\n\n</details>`;
}
