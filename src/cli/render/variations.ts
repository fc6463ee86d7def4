import type { VariationResult } from '../../operations/index.js';
import { renderDifference } from './difference.js';
import type { FindingsView } from './findings.js';
import { limited, renderHidden } from './limit.js';
import { renderTable } from './table.js';
import { bold, dim, green, red, Text, text, yellow } from './text.js';

type Variation = VariationResult['variation'];

/** In this order; what a command that is not reproducible then depends on. */
const VARIATIONS: Readonly<Record<Variation, { readonly title: string; readonly what: string }>> = {
  none: { title: 'once more', what: 'changes from one run to the next' },
  time: { title: 'time', what: 'depends on the time' },
  path: { title: 'path', what: 'depends on the directory that it is built in' },
  order: { title: 'order', what: 'depends on the order in which directories list their files' },
  cpus: { title: 'cpus', what: 'depends on the number of processors' },
  locale: { title: 'locale', what: 'depends on language or time zone' },
};

/** True where builds of tbuild may come out differently by this. */
export function isHarmful({ outcome, isHeld }: VariationResult): boolean {
  return outcome === 'differs' && !isHeld;
}

function renderOutcome(result: VariationResult | undefined): Text {
  if (result === undefined) return dim('-');
  if (result.outcome === 'unavailable') return dim('not tried');
  if (result.outcome === 'same') return green('same');
  return isHarmful(result) ? red('differs') : yellow('differs, held');
}

function nameOf({ artifact, base, platform }: VariationResult): string {
  return `${base === undefined ? '' : `${base}: `}${artifact} (${platform})`;
}

/** A row for each artifact, a column for each variation. */
function renderMatrix(results: readonly VariationResult[]): Text[] {
  const columns = (Object.keys(VARIATIONS) as Variation[]).filter((name) =>
    results.some(({ variation }) => variation === name),
  );
  const head = [bold('artifact'), ...columns.map((name) => bold(VARIATIONS[name].title)), Text.of()];
  const rows = [...new Set(results.map((result) => nameOf(result)))].map((name) => {
    const own = results.filter((result) => nameOf(result) === name);
    const cells = columns.map((variation) => renderOutcome(own.find((result) => result.variation === variation)));
    return [Text.of(name), ...cells, Text.of()];
  });
  return renderTable([head, ...rows]);
}

function renderCulprit(result: VariationResult, view: FindingsView): Text[] {
  const { shown, hidden } = limited(result.differences, view.verbose);
  const held = result.isHeld ? ', which tbuild holds fixed: no build of it differs by this' : '';
  return [
    text`${bold(nameOf(result))} ${VARIATIONS[result.variation].what}${held}`,
    ...shown.flatMap((difference) => renderDifference(difference, view)),
    ...(hidden === 0 ? [] : [text`  ${renderHidden(hidden)}`]),
  ];
}

/** Each reason once: a machine lacks a thing for all artifacts. */
function renderUntried(results: readonly VariationResult[]): Text[] {
  const reasons = new Map<string, Set<string>>();
  for (const { outcome, variation, reason = 'this machine cannot vary it' } of results) {
    if (outcome !== 'unavailable') continue;
    reasons.set(reason, (reasons.get(reason) ?? new Set()).add(VARIATIONS[variation].title));
  }
  return [...reasons].map(([reason, titles]) => text`${dim('not tried:')} ${[...titles].join(', ')}: ${reason}`);
}

/** How artifacts took to other circumstances: a table, what their outputs depend on and where that shows, what was not tried. */
export function renderVariations(results: readonly VariationResult[], view: FindingsView): Text[] {
  if (results.length === 0) return [Text.of('There is no artifact to vary.')];
  const culprits = results.filter(({ outcome }) => outcome === 'differs');
  return [
    ...renderMatrix(results),
    ...culprits.flatMap((result) => renderCulprit(result, view)),
    ...renderUntried(results),
  ];
}
