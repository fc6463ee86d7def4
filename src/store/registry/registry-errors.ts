import { type ErrorCode, fail, type TbuildError } from '../../errors/index.js';
import type { NetworkResponse } from '../../network/index.js';
import { serverText } from './server-text.js';

/** OCI distribution-spec, "Error Codes". */
export interface ErrorEntry {
  /** In capitals: `MANIFEST_UNKNOWN`; `UNKNOWN` where the registry gives none. */
  readonly code: string;
  readonly message: string;
  readonly detail: unknown;
}

export interface RefusalOptions {
  readonly hint?: string | undefined;
  /** How the message calls who answered; default `the registry`. */
  readonly who?: string;
}

const READ_BYTES = 64 * 1024;
const CODE = /^[A-Z][A-Z0-9_]{0,63}$/;
/** Words of servers that do not know the specification, such as those that give tokens. */
const OTHER_WORDS = ['error_description', 'message', 'details', 'error'];

interface Explanation {
  readonly entries: readonly ErrorEntry[];
  /** What a body without entries says. */
  readonly words: string;
}

function entryOf(value: unknown, hide: NetworkResponse['hide']): ErrorEntry {
  const { code, message, detail } = (value ?? {}) as { code?: unknown; message?: unknown; detail?: unknown };
  const upper = typeof code === 'string' ? code.toUpperCase() : '';
  return {
    code: CODE.test(upper) ? upper : 'UNKNOWN',
    message: typeof message === 'string' ? hide(message) : '',
    detail,
  };
}

function wordsOfMembers(body: Readonly<Record<string, unknown>>): string {
  const words = OTHER_WORDS.map((name) => body[name]).find((value) => typeof value === 'string' && value !== '');
  return typeof words === 'string' ? words : '';
}

/** Pages for browsers say what they say in their title. */
function wordsOfText(text: string): string {
  if (!/^\s*</.test(text)) return text;
  return /<title[^>]*>([^<]*)</i.exec(text)?.[1] ?? '';
}

async function explanationOf(response: NetworkResponse): Promise<Explanation> {
  const isPlain = (response.header('content-encoding') ?? 'identity') === 'identity';
  const text = Buffer.from(await response.excerpt(READ_BYTES)).toString();
  await response.discard();
  if (!isPlain) return { entries: [], words: '' };
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return { entries: [], words: response.hide(wordsOfText(text)) };
  }
  if (typeof body !== 'object' || body === null) return { entries: [], words: '' };
  const { errors } = body as { errors?: unknown };
  if (Array.isArray(errors) && errors.length > 0) {
    return { entries: errors.map((value) => entryOf(value, response.hide)), words: '' };
  }
  return { entries: [], words: response.hide(wordsOfMembers(body as Readonly<Record<string, unknown>>)) };
}

/** The `errors` of an answer; empty where its body is something else. Reads at most 64 KiB and ends the answer. */
export async function errorEntries(response: NetworkResponse): Promise<readonly ErrorEntry[]> {
  return (await explanationOf(response)).entries;
}

function errorCodeOf(status: number, codes: readonly string[]): ErrorCode {
  if (status < 400) return 'server-invalid';
  if (status === 401 || status === 403) return 'registry-unauthorised';
  if (status === 408 || status === 429 || status >= 500 || codes.includes('TOOMANYREQUESTS')) {
    return 'server-unavailable';
  }
  return codes.includes('UNAUTHORIZED') || codes.includes('DENIED') ? 'registry-unauthorised' : 'registry-refused';
}

const HINTS: Readonly<Record<number, string>> = {
  413: 'A server in front of the registry takes no requests of this size. Blobs can be sent in smaller pieces.',
  429: 'The registry limits how often it may be asked. It may allow more to those who log in.',
};

function wordsOf({ entries, words }: Explanation): string {
  if (entries.length === 0) return words === '' ? '' : `: ${serverText(words)}`;
  const shown = entries.slice(0, 5).map(({ code, message }) => (message === '' ? code : `${code}: ${message}`));
  return ` ${serverText(shown.join('; '))}`;
}

/**
 * The error for an answer that is not what was asked for. Reads at most 64 KiB of it and ends it. 401 and 403 are
 * `registry-unauthorised`; 408, 429 and 5xx `server-unavailable`; other 4xx `registry-refused`; anything below 400
 * `server-invalid`. Details: `status`, `codes`.
 *
 * @param task begins the message: `Cannot read "docker://ghcr.io/a/b:1"`
 */
export async function refusalOf(
  response: NetworkResponse,
  task: string,
  options: RefusalOptions = {},
): Promise<TbuildError> {
  const { status } = response;
  const explanation = await explanationOf(response);
  const codes = explanation.entries.map(({ code }) => code);
  const code = errorCodeOf(status, codes);
  const who = options.who ?? 'the registry';
  const surprise = code === 'server-invalid' ? ', which is no answer to this' : wordsOf(explanation);
  return fail(code, {
    message: `${task}: ${who} answered ${status}${surprise}`,
    hint: options.hint ?? HINTS[status],
    details: { status, codes },
  });
}

/** An answer that breaks the protocol. @param problem the end of a sentence: `the registry answered without …` */
export function serverInvalid(task: string, problem: string): TbuildError {
  return fail('server-invalid', { message: `${task}: ${problem}` });
}
