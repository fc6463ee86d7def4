import { fail, type TbuildError } from '../errors/index.js';
import { decodeUtf8, escapeBytes } from '../util/index.js';

const SHOWN_BYTES = 200;

/**
 * Makes the error about one member. `problem` goes on from its name: `has a negative size`. The code is
 * `archive-ambiguous` unless given.
 */
export type Refuse = (problem: string, code?: 'archive-ambiguous' | 'archive-limit') => TbuildError;

/** A name for people: as text where it is UTF-8, else with its bytes escaped; never longer than a line or two. */
export function showName(name: Uint8Array): string {
  const shown = name.subarray(0, SHOWN_BYTES);
  const more = name.length > SHOWN_BYTES ? '…' : '';
  const text = more === '' ? decodeUtf8(shown) : undefined;
  return text === undefined ? `"${escapeBytes(shown)}${more}"` : JSON.stringify(text);
}

/** The errors about the member called `name`, whose header starts at byte `offset` of the archive. */
export function refuserFor(name: Uint8Array, offset: number): Refuse {
  return (problem, code = 'archive-ambiguous') =>
    fail(code, {
      message: `Member ${showName(name)} at byte ${offset} ${problem}`,
      details: { member: decodeUtf8(name) ?? escapeBytes(name), offset },
    });
}

/** An error about the archive as a whole, at byte `offset`. */
export function refuseArchive(problem: string, offset: number): TbuildError {
  return fail('archive-ambiguous', { message: `The archive ${problem} at byte ${offset}`, details: { offset } });
}

/** Throws `archive-limit` where a content ends beyond what the whole archive may have. */
export function checkReach(end: number, maxBytes: number, refuse: Refuse): void {
  if (end > maxBytes) throw refuse(`reaches beyond the limit of ${maxBytes} bytes`, 'archive-limit');
}
