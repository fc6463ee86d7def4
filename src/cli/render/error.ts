import { type ErrorDetails, TbuildError } from '../../errors/index.js';
import { VERSION } from '../version.js';
import { renderFrameIn } from './code-frame.js';
import { fitsTable, renderProblemTable } from './problem-table.js';
import { bold, cyan, dim, red, Text, text } from './text.js';

export interface ErrorView {
  /** Shows every detail, and where in the program the error was thrown. */
  readonly verbose: boolean;
  /** Width of the terminal. */
  readonly columns: number;
}

/** Lines of a list that are shown; the end of a log is where the reason is. */
const LIST_LIMIT = 20;
/** Details that are always worth a line, by what they are called there. */
const ALWAYS: Readonly<Record<string, string>> = { expected: 'expected', found: 'found', log: 'log' };
/** Of artifacts also what is kept of a run that failed. */
const OF_ARTIFACTS: Readonly<Record<string, string>> = {
  ...ALWAYS,
  logFile: 'whole log',
  directory: 'build directory',
  command: 'to look around',
};

function linesOf(value: ErrorDetails[string]): readonly string[] | undefined {
  if (Array.isArray(value)) return value as readonly string[];
  return typeof value === 'string' && value.includes('\n') ? value.trimEnd().split(/\r?\n/) : undefined;
}

function renderList(name: string, lines: readonly string[], view: ErrorView): Text[] {
  const hidden = view.verbose ? 0 : Math.max(0, lines.length - LIST_LIMIT);
  const title = hidden === 0 ? name : `${name} (the last ${LIST_LIMIT} of ${lines.length})`;
  return [text`  ${dim('=')} ${bold(title)}:`, ...lines.slice(hidden).map((line) => text`    ${dim('|')} ${line}`)];
}

function renderDetails({ code, details }: TbuildError, view: ErrorView): Text[] {
  const titles = code.startsWith('artifact-') ? OF_ARTIFACTS : ALWAYS;
  const shown = Object.entries(details)
    .filter(([name]) => view.verbose || Object.hasOwn(titles, name))
    .map(([name, value]) => ({ title: titles[name] ?? name, value, lines: linesOf(value) }));
  const width = Math.max(0, ...shown.filter(({ lines }) => lines === undefined).map(({ title }) => title.length));
  return shown.flatMap(({ title, value, lines }) => {
    if (lines !== undefined) return lines.length === 0 ? [] : renderList(title, lines, view);
    return [text`  ${dim('=')} ${bold(`${title}:`)}${' '.repeat(width - title.length + 1)}${String(value)}`];
  });
}

function renderOne(error: TbuildError, view: ErrorView): Text[] {
  const title = text`${bold(red(`error[${error.code}]`))}${bold(`: ${error.message}`)}`;
  return [
    title,
    ...(error.at === undefined ? [] : renderFrameIn(error.at, view.columns)),
    ...error.related.flatMap(({ message, at }) => [
      text`${bold(cyan('note'))}: ${message}`,
      ...renderFrameIn(at, view.columns),
    ]),
    ...(fitsTable(error.problems) ? renderProblemTable(error.problems, view) : []),
    ...renderDetails(error, view),
    ...(error.hint === undefined ? [] : [text`  ${dim('=')} ${bold('hint:')} ${error.hint}`]),
  ];
}

function renderCauses(error: TbuildError): Text[] {
  const lines = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const shown = lines.map((line) => dim(line));
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) {
    shown.push(
      ...(cause.stack ?? String(cause)).split('\n').map((line, i) => dim(i === 0 ? `caused by ${line}` : line)),
    );
  }
  return shown;
}

function renderExpected(error: TbuildError, view: ErrorView): Text[] {
  const listed = fitsTable(error.problems) ? [] : error.problems;
  const problems = listed.flatMap((problem) => [...renderOne(problem, view), Text.of()]);
  return [...problems, ...renderOne(error, view), ...(view.verbose ? renderCauses(error) : [])];
}

/** An error for people. Anything but a TbuildError is a bug of this program and is shown with its stack. */
export function renderError(error: unknown, view: ErrorView): Text[] {
  if (error instanceof TbuildError) return renderExpected(error, view);
  const stack = error instanceof Error ? (error.stack ?? String(error)) : String(error);
  return [
    text`${bold(red('bug'))}${bold(': tbuild did not expect this error')}`,
    ...stack.split('\n').map((line) => text`  ${line}`),
    text`  ${dim('=')} ${bold('hint:')} Please report it with the lines above and what you ran (tbuild ${VERSION}, Node ${process.version}, ${process.platform} ${process.arch}).`,
  ];
}
