import type { Difference, VerifyResult } from '../../operations/index.js';
import { renderPlace } from './cause.js';
import { renderTable } from './table.js';
import { bold, dim, green, red, Text, text } from './text.js';

const LIMIT = 5;

function renderDifference({ where, path, expected, found, cause, at }: Difference): Text[] {
  const sides = renderTable([
    [Text.of('expected'), Text.of(expected)],
    [Text.of('found'), Text.of(found)],
    [Text.of('cause'), at === undefined ? Text.of(cause) : text`${cause}  ${renderPlace(at)}`],
  ]);
  const title = path === undefined ? bold(where) : text`${bold(where)}  ${path}`;
  return [text`  ${title}`, ...sides.map((side) => text`    ${side}`)];
}

/** The verdict for people, with the first differences. */
export function renderVerify(result: VerifyResult, { verbose }: { readonly verbose: boolean }): Text[] {
  const { reproducible, expected, found, against, differences } = result;
  if (reproducible)
    return [text`${green('reproducible')}: ${found} = ${against === found ? 'the digest given' : against}`];
  const sides = renderTable([
    [Text.of('expected'), against === expected ? Text.of(expected) : text`${expected}  ${dim(against)}`],
    [Text.of('found'), Text.of(found)],
  ]);
  const head = [bold(red('not reproducible')), ...sides.map((side) => text`  ${side}`)];
  if (differences.length === 0) {
    const hint = 'What is in the expected image is not known here: name the image itself to see what differs.';
    return [...head, Text.of(hint)];
  }
  const shown = verbose ? differences : differences.slice(0, LIMIT);
  const hidden = differences.length - shown.length;
  return [
    ...head,
    Text.of(differences.length === 1 ? 'The only difference:' : `The first of ${differences.length} differences:`),
    ...shown.flatMap((difference) => renderDifference(difference)),
    ...(hidden === 0 ? [] : [dim(`  … and ${hidden} more (--verbose or --json shows all)`)]),
  ];
}
