import { fail, type SourceSpan, TbuildError } from '../../errors/index.js';

/** These are about this run or this machine, and not about a place in image.yaml. */
const OF_MACHINE = /^(interrupted$|cache-)/;

/** An error with the place in image.yaml that it is about, where it has none. */
export function placed(error: unknown, at: SourceSpan): unknown {
  if (!(error instanceof TbuildError) || error.at !== undefined || OF_MACHINE.test(error.code)) return error;
  const { code, message, hint, details } = error;
  return fail(code, { message, hint, at, details, cause: error });
}
