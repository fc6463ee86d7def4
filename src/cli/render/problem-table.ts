import type { TbuildError } from '../../errors/index.js';
import { limited, renderHidden } from './limit.js';
import { shortened } from './short.js';
import { renderRows } from './table.js';
import { dim, Text, text } from './text.js';

export interface ProblemView {
  readonly verbose: boolean;
  readonly columns: number;
}

const INDENT = '    ';

/** True for what says no more than what was expected and what was found. */
function isPair({ at, hint, related, details, problems }: TbuildError): boolean {
  const isBare = at === undefined && hint === undefined && related.length === 0 && problems.length === 0;
  return isBare && Object.keys(details).sort().join() === 'expected,found';
}

/** Problems that a table shows better than a list: each is two values that should be one. */
export function fitsTable(problems: readonly TbuildError[]): boolean {
  return problems.length > 0 && problems.every((problem) => isPair(problem));
}

/** `| image.yaml: tool go is not as it was planned  sha256:… → sha256:…`. */
export function renderProblemTable(problems: readonly TbuildError[], view: ProblemView): Text[] {
  const { shown, hidden } = limited(problems, view.verbose);
  const side = (value: unknown): string => shortened(String(value), view);
  const rows = shown.map(({ message, details }) => [
    Text.of(message),
    text`${side(details.expected)} → ${side(details.found)}`,
  ]);
  const lines = renderRows(rows, view.columns - INDENT.length - 2);
  return [...lines, ...(hidden === 0 ? [] : [renderHidden(hidden)])].map((line) => text`${INDENT}${dim('|')} ${line}`);
}
