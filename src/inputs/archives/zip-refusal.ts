import { type ErrorCode, fail, type TbuildError } from '../../errors/index.js';
import { decodeUtf8, escapeBytes } from '../../util/index.js';

const SHOWN_BYTES = 200;

/** Makes the error about one member of a zip; `problem` goes on from its name. The code is `archive-ambiguous` unless given. */
export type RefuseMember = (problem: string, code?: ErrorCode) => TbuildError;

export function memberRefuser(name: Uint8Array, offset: number): RefuseMember {
  const text = name.length > SHOWN_BYTES ? undefined : decodeUtf8(name);
  const shown = text === undefined ? `"${escapeBytes(name.subarray(0, SHOWN_BYTES))}"` : JSON.stringify(text);
  return (problem, code = 'archive-ambiguous') =>
    fail(code, { message: `Member ${shown} at byte ${offset} ${problem}`, details: { offset } });
}

export function refuseZip(problem: string, code: ErrorCode = 'archive-ambiguous'): TbuildError {
  return fail(code, { message: `The zip archive ${problem}` });
}
