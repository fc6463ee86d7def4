import type { Difference } from '../../operations/index.js';
import { renderPlace } from './cause.js';
import { type FindingsView, renderFindings } from './findings.js';
import { renderTable } from './table.js';
import { bold, Text, text } from './text.js';

const INDENT = '  ';
const FINDING_INDENT = '      ';

/** The likely cause and, where it is known, the line of image.yaml. */
export function renderLikely({ cause, at }: Difference): Text {
  return at === undefined ? Text.of(cause) : text`${cause}  ${renderPlace(at)}`;
}

/** What differs inside the file, indented. */
export function renderInside({ findings, cause }: Difference, { verbose, columns }: FindingsView): Text[] {
  const room = columns === undefined ? undefined : columns - FINDING_INDENT.length;
  return renderFindings(findings, { verbose, columns: room, above: cause }).map(
    (line) => text`${FINDING_INDENT}${line}`,
  );
}

/** A difference in full: where, both sides, the likely cause, and what differs inside the file. */
export function renderDifference(difference: Difference, view: FindingsView): Text[] {
  const { where, path, expected, found } = difference;
  const sides = renderTable([
    [Text.of('expected'), Text.of(expected)],
    [Text.of('found'), Text.of(found)],
    [Text.of('cause'), renderLikely(difference)],
  ]);
  const title = path === undefined ? bold(where) : text`${bold(where)}  ${path}`;
  return [
    text`${INDENT}${title}`,
    ...sides.map((side) => text`${INDENT}${INDENT}${side}`),
    ...renderInside(difference, view),
  ];
}
