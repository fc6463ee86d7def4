import { CODES, type ErrorCode } from './codes.js';
import type { SourceSpan } from './source-span.js';

/** A second place that belongs to an error: "the other input is declared here". */
export interface RelatedPlace {
  readonly message: string;
  readonly at: SourceSpan;
}

/** Plain JSON that scripts can read: expected and found digests, paths, limits. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

export interface TbuildErrorFacts {
  /** What went wrong, with its particulars: `Cannot read "a": permission denied`. No final full stop. */
  readonly message: string;
  /** What to do about it, as a sentence. */
  readonly hint?: string | undefined;
  readonly at?: SourceSpan | undefined;
  readonly related?: readonly RelatedPlace[];
  readonly details?: ErrorDetails;
  /** The single problems of a collection, sorted by position. */
  readonly problems?: readonly TbuildError[];
  readonly cause?: unknown;
}

/**
 * The one class of expected failures. It carries facts; the command line renders them. An error that is
 * not a TbuildError is a bug and is printed as one.
 */
export class TbuildError extends Error {
  override readonly name = 'TbuildError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly at: SourceSpan | undefined;
  readonly related: readonly RelatedPlace[];
  readonly details: ErrorDetails;
  readonly problems: readonly TbuildError[];

  constructor(code: ErrorCode, facts: TbuildErrorFacts) {
    super(facts.message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.hint = facts.hint;
    this.at = facts.at;
    this.related = facts.related ?? [];
    this.details = facts.details ?? {};
    this.problems = facts.problems ?? [];
  }

  /** Process exit status for this error. */
  get exit(): number {
    return CODES[this.code].exit;
  }
}

/** Shorthand that reads well at the place of the failure: `throw fail('input-missing', { message })`. */
export function fail(code: ErrorCode, facts: TbuildErrorFacts): TbuildError {
  return new TbuildError(code, facts);
}
