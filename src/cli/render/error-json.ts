import { CODES, ExitStatus, type SourceSpan, TbuildError } from '../../errors/index.js';

interface ErrorDocument {
  readonly code: string;
  readonly summary: string;
  readonly message: string;
  readonly hint: string | null;
  readonly at: SourceSpan | null;
  readonly related: readonly { readonly message: string; readonly at: SourceSpan }[];
  readonly details: Readonly<Record<string, unknown>>;
  readonly problems: readonly ErrorDocument[];
  readonly exit: number;
}

function documentOf(error: TbuildError, exit: number): ErrorDocument {
  return {
    code: error.code,
    summary: CODES[error.code].summary,
    message: error.message,
    hint: error.hint ?? null,
    at: error.at ?? null,
    related: error.related,
    details: error.details,
    problems: error.problems.map((problem) => documentOf(problem, problem.exit)),
    exit,
  };
}

/** An error under `--json`: every member is always there. `exit` is the exit status of the process. */
export function errorJson(error: unknown, exit: number): { readonly error: ErrorDocument } {
  if (error instanceof TbuildError) return { error: documentOf(error, exit) };
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  return {
    error: {
      code: 'bug',
      summary: 'tbuild did not expect this error',
      message: error instanceof Error ? error.message : String(error),
      hint: null,
      at: null,
      related: [],
      details: { stack: stack.split('\n') },
      problems: [],
      exit: ExitStatus.failed,
    },
  };
}
