import type { Difference, DiffResult } from '../../operations/index.js';
import { renderInside, renderLikely } from './difference.js';
import type { FindingsView } from './findings.js';
import { limited, renderHidden } from './limit.js';
import { counted } from './numbers.js';
import { SYMBOLS } from './plan-changes.js';
import { shortened } from './short.js';
import { renderRowsApart, renderTable } from './table.js';
import { bold, green, Text, text } from './text.js';

const ABSENT = 'absent';
const INDENT = '  ';

/** Of two descriptions of an entry, `file 0644 0:0 sha256:…`, the words that are not the same. */
function apart(expected: string, found: string): readonly [string, string] {
  const [left, right] = [expected.split(' '), found.split(' ')];
  const differing = left.flatMap((word, i) => (word === right[i] ? [] : [i]));
  if (left.length !== right.length || differing.length === 0) return [expected, found];
  const pick = (words: readonly string[]): string => differing.map((i) => words[i]).join(' ');
  return [pick(left), pick(right)];
}

function renderSides({ path, expected, found }: Difference, view: FindingsView): Text {
  if (expected === ABSENT) return Text.of(shortened(found, view));
  if (found === ABSENT) return Text.of(shortened(expected, view));
  const isEntry = path?.startsWith('/') === true && !view.verbose;
  const [before, after] = isEntry ? apart(expected, found) : [expected, found];
  return text`${shortened(before, view)} → ${shortened(after, view)}`;
}

function differenceRow(difference: Difference, view: FindingsView): Text[] {
  const { path, expected, found } = difference;
  const symbol = expected === ABSENT ? SYMBOLS.added : found === ABSENT ? SYMBOLS.removed : SYMBOLS.changed;
  const sides = renderSides(difference, view);
  const cells = path === undefined ? [text`${symbol} ${sides}`] : [text`${symbol} ${path}`, sides];
  return [...cells, renderLikely(difference)];
}

function renderGroup(where: string, differences: readonly Difference[], view: FindingsView): Text[] {
  const { shown, hidden } = limited(differences, view.verbose);
  const columns = (view.columns ?? Number.POSITIVE_INFINITY) - INDENT.length;
  const rows = shown.map((difference) => differenceRow(difference, view));
  const lines = renderRowsApart(rows, columns).flatMap((row, i) => [
    ...row.map((line) => text`${INDENT}${line}`),
    ...renderInside(shown[i]!, view),
  ]);
  return [bold(where), ...lines, ...(hidden === 0 ? [] : [text`${INDENT}${renderHidden(hidden)}`])];
}

/** Two images for people: which they are, and their differences, those in one place together. */
export function renderDiff({ before, after, isSame, differences }: DiffResult, view: FindingsView): Text[] {
  if (isSame) return [text`${green('Same.')} Both are ${before.digest}`];
  const groups = new Map<string, Difference[]>();
  for (const difference of differences) {
    groups.set(difference.where, [...(groups.get(difference.where) ?? []), difference]);
  }
  return [
    ...renderTable([
      [bold('before'), Text.of(before.digest), Text.of(before.reference)],
      [bold('after'), Text.of(after.digest), Text.of(after.reference)],
    ]),
    Text.of(),
    ...[...groups].flatMap(([where, group]) => renderGroup(where, group, view)),
    Text.of(),
    text`${bold('Different:')} ${counted(differences.length, 'difference')} in ${counted(groups.size, 'place')}.`,
  ];
}
