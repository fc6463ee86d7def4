import { fail, type SourceSpan, TbuildError } from '../../errors/index.js';

/** An error with the place in image.yaml that it is about, where it has none. */
export function placed(error: unknown, at: SourceSpan): unknown {
  if (!(error instanceof TbuildError) || error.at !== undefined) return error;
  const { code, message, hint, details } = error;
  return fail(code, { message, hint, at, details, cause: error });
}
