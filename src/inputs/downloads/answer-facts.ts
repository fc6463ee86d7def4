import { fail, type TbuildError } from '../../errors/index.js';
import { type NetworkResponse, redactUrl } from '../../network/index.js';
import { type Download, taskOf } from './download-request.js';

/** The error that tells of an answer without the file. */
export function refusal(answer: NetworkResponse, request: Download): TbuildError {
  const { status } = answer;
  const url = answer.hide(redactUrl(answer.url));
  const shown = `${taskOf(request)}: ${url}`;
  const details = { url, status };
  if (status === 404 || status === 410) {
    return fail('input-missing', { message: `${shown} does not exist (${status})`, details });
  }
  if (status === 401 || status === 403) {
    const hint =
      'Headers with secrets are declared with "headers"; user names and passwords are looked for in ~/.netrc.';
    return fail('input-denied', { message: `${shown}: access is denied (${status})`, hint, details });
  }
  const code = status >= 500 || status === 408 || status === 429 ? 'server-unavailable' : 'input-unreadable';
  return fail(code, { message: `${shown}: the server answered ${status}`, details });
}

/**
 * RFC 9110, "Content-Range": bytes of the whole file, where the answer is to hold it from this byte to its end; undefined
 * where it is not, or where the file had another size before.
 */
export function wholeOfRest(answer: NetworkResponse, from: number, total: number | undefined): number | undefined {
  const match = /^bytes ([0-9]+)-([0-9]+)\/([0-9]+)$/.exec(answer.header('content-range') ?? '');
  if (match === null) return undefined;
  const [first, last, whole] = match.slice(1).map(Number) as [number, number, number];
  return first === from && last === whole - 1 && (total ?? whole) === whole ? whole : undefined;
}

/** Content-Length, where there is one that can be believed. */
export function lengthOf(answer: NetworkResponse): number | undefined {
  const text = answer.header('content-length');
  return text !== undefined && /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
}

/** A validator that only byte for byte equal files share (RFC 9110, "Strong and Weak Validators"). */
export function validatorOf(answer: NetworkResponse): string | undefined {
  const tag = answer.header('etag');
  return tag !== undefined && /^"[\x21\x23-\x7e\x80-\xff]*"$/.test(tag) ? tag : undefined;
}
