import type { SourceSpan } from '../../errors/index.js';
import { dim, red, Text, text } from './text.js';

const TAB = '    ';
const ELLIPSIS = '…';
/** Columns of a source line that are shown before the marked text where the line is too long. */
const LEAD = 20;

export interface FrameLimits {
  /** Columns for the source line. */
  readonly columns: number;
}

/** What stands before a source line. */
const MARGIN = 8;
const MIN_COLUMNS = 40;
const MAX_COLUMNS = 120;

function shown(source: string): Text {
  return Text.of(source.replaceAll('\t', TAB));
}

/** The last `columns` columns of a text, cut at a character. */
function tail(source: string, columns: number): string {
  const characters = [...source];
  let start = characters.length;
  let width = 0;
  while (start > 0) {
    width += shown(characters[start - 1]!).width;
    if (width > columns) break;
    start--;
  }
  return characters.slice(start).join('');
}

interface Parts {
  readonly before: Text;
  readonly marked: Text;
  readonly after: Text;
}

/** The line around the marked text, cut on both sides to what fits. */
function partsOf(line: string, span: SourceSpan, columns: number): Parts {
  const start = Math.min(span.column - 1, line.length);
  const end = Math.min(start + Math.max(1, span.length), line.length);
  const whole = shown(line.slice(0, start));
  const isLong = whole.width + shown(line.slice(start)).width > columns;
  const before = isLong && whole.width > LEAD ? Text.of(ELLIPSIS, shown(tail(line.slice(0, start), LEAD - 1))) : whole;
  const marked = shown(line.slice(start, end)).truncate(Math.max(1, columns - before.width));
  const after = shown(line.slice(end)).truncate(Math.max(0, columns - before.width - marked.width));
  return { before, marked, after };
}

/**
 * The place, the source line, and carets below the marked text:
 *
 *       --> image.yaml:12:3
 *        |
 *     12 |   entrypont: ["/x"]
 *        |   ^^^^^^^^^
 *
 * Without the text of the line only the place.
 */
export function renderCodeFrame(span: SourceSpan, limits: FrameLimits): Text[] {
  const number = String(span.line);
  const margin = ' '.repeat(number.length);
  const arrow = text`${margin}${dim('-->')} ${span.file}:${span.line}:${span.column}`;
  if (span.text === undefined) return [arrow];
  const { before, marked, after } = partsOf(span.text.replace(/\r?\n?$/, ''), span, limits.columns);
  const carets = red('^'.repeat(Math.max(1, marked.width)));
  return [
    arrow,
    dim(`${margin} |`),
    text`${dim(`${number} |`)} ${before}${marked}${after}`,
    text`${dim(`${margin} |`)} ${' '.repeat(before.width)}${carets}`,
  ];
}

/** As `renderCodeFrame`, for a terminal of so many columns. */
export function renderFrameIn(span: SourceSpan, columns: number): Text[] {
  return renderCodeFrame(span, { columns: Math.max(MIN_COLUMNS, Math.min(columns, MAX_COLUMNS) - MARGIN) });
}
