import type { Finding } from '../../plan/index.js';
import { limited, renderHidden } from './limit.js';
import { shortened } from './short.js';
import { renderRows } from './table.js';
import { Text, text, yellow } from './text.js';

export interface FindingsView {
  /** Shows all of them, whole. */
  readonly verbose: boolean;
  /** Columns for a line; absent where no line is too long. */
  readonly columns?: number | undefined;
  /** What stands above them; a reason that it names is not named again. */
  readonly above?: string;
}

const VALUE_COLUMNS = 60;

function renderSide(side: string | null, view: FindingsView): Text {
  if (side === null) return Text.of('nothing');
  const whole = Text.of(shortened(side, view));
  return view.verbose ? whole : whole.truncate(VALUE_COLUMNS);
}

/** `section .rodata, byte 8208  Nov 24 2026 → Nov 25 2026  the time of the build is written into it`. */
function findingRow({ where, offset, before, after, likely }: Finding, view: FindingsView): Text[] {
  const place = offset === undefined ? where : `${where}, byte ${offset}`;
  const sides = text`${renderSide(before, view)} → ${renderSide(after, view)}`;
  const isNews = likely !== null && view.above?.includes(likely.text) !== true;
  return [Text.of(place), sides, ...(isNews ? [yellow(likely.text)] : [])];
}

/** What differs inside a file, a line each: where, what was and is there, and why that may be. */
export function renderFindings(findings: readonly Finding[] | undefined, view: FindingsView): Text[] {
  const { shown, hidden } = limited(findings ?? [], view.verbose);
  const rows = shown.map((finding) => findingRow(finding, view));
  const lines = renderRows(rows, view.columns ?? Number.POSITIVE_INFINITY);
  return hidden === 0 ? lines : [...lines, renderHidden(hidden)];
}
