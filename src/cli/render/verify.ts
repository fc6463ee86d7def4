import type { Difference, VerifyResult } from '../../operations/index.js';
import { renderFailing } from './assertions.js';
import { renderDifference } from './difference.js';
import type { FindingsView } from './findings.js';
import { counted } from './numbers.js';
import { renderTable } from './table.js';
import { bold, dim, green, red, Text, text } from './text.js';
import { renderVariations } from './variations.js';

const LIMIT = 5;

function renderDifferences(differences: readonly Difference[], view: FindingsView): Text[] {
  if (differences.length === 0) {
    return [Text.of('What is in the expected image is not known here: name the image itself to see what differs.')];
  }
  const shown = view.verbose ? differences : differences.slice(0, LIMIT);
  const hidden = differences.length - shown.length;
  return [
    Text.of(differences.length === 1 ? 'The only difference:' : `The first of ${differences.length} differences:`),
    ...shown.flatMap((difference) => renderDifference(difference, view)),
    ...(hidden === 0 ? [] : [dim(`  … and ${hidden} more (--verbose or --json shows all)`)]),
  ];
}

function renderVerdict(result: VerifyResult, view: FindingsView): Text[] {
  const { reproducible, expected, found, against, differences } = result;
  if (reproducible)
    return [text`${green('reproducible')}: ${found} = ${against === found ? 'the digest given' : against}`];
  const sides = renderTable([
    [Text.of('expected'), against === expected ? Text.of(expected) : text`${expected}  ${dim(against)}`],
    [Text.of('found'), Text.of(found)],
  ]);
  return [
    bold(red('not reproducible')),
    ...sides.map((side) => text`  ${side}`),
    ...renderDifferences(differences, view),
  ];
}

function renderTaken(taken: readonly string[]): Text[] {
  if (taken.length === 0) return [];
  const what = counted(taken.length, 'content');
  return [
    text`${bold('Taken from the image')}, since only its repository has the source: ${what}`,
    ...taken.map((item) => text`  ${item}`),
  ];
}

/** The verdict for people, with the first differences; what could not be built anew; assertions that fail; variations. */
export function renderVerify(result: VerifyResult, view: FindingsView): Text[] {
  const { taken = [], assertions, variations } = result;
  return [
    ...renderVerdict(result, view),
    ...renderTaken(taken),
    ...renderFailing(assertions),
    ...(variations === undefined ? [] : [Text.of(), ...renderVariations(variations, view)]),
  ];
}
