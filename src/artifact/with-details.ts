import { type ErrorDetails, fail, type TbuildError } from '../errors/index.js';

/** The same error, which tells more. */
export function withDetails(error: TbuildError, details: ErrorDetails): TbuildError {
  const { message, hint, at, related, problems, cause } = error;
  return fail(error.code, { message, hint, at, related, problems, cause, details: { ...error.details, ...details } });
}
