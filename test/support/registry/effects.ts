import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { apiError, html } from './answers.js';
import type { Answer, Reply } from './exchange.js';
import type { Effect } from './faults.js';

export type { Effect };

/** An answer after the request's body was read, as most servers do. */
export const answering = (reply: Reply): Effect => ({
  instead: async (exchange) => {
    await exchange.drain();
    return reply;
  },
});

/** An answer while the body of the request may still be on its way. */
export const answeringAtOnce = (reply: Reply): Effect => ({ instead: () => reply });

/** Another answer than the registry's, after it did what was asked. */
export const changing = (change: (answer: Answer) => Reply): Effect => ({ change });

/** 429; Retry-After in seconds, as a date, or not at all. */
export function tooManyRequests(retryAfter?: number | Date): Effect {
  const value = retryAfter instanceof Date ? retryAfter.toUTCString() : retryAfter;
  const answer = apiError(429, 'TOOMANYREQUESTS');
  return answering({
    ...answer,
    headers: { ...answer.headers, ...(value === undefined ? {} : { 'retry-after': String(value) }) },
  });
}

/** An error without a body, such as 500 or 503. */
export const failing = (status: number): Effect => answering({ status });

/** HTML, as a proxy before the registry answers. */
export const htmlError = (status: number): Effect => answering(html(status));

/** An error as the specification has it. */
export const refusing = (status: number, code: string, detail?: unknown): Effect =>
  answering(apiError(status, code, detail));

/** No answer: the connection is closed when the request's head is there. */
export const hangingUp: Effect = answeringAtOnce('cut');

/** No answer for ever. */
export const neverAnswering: Effect = answering('stall');

/** The connection is cut when so many bytes of the request's body have come. */
export const cuttingUploadAt = (bytes: number): Effect => ({ cutBodyAt: bytes });

/** The registry did what was asked, but its answer is lost. */
export const losingAnswer: Effect = changing(() => 'cut');

/** The connection is cut after so many bytes of the answer's body. */
export const cuttingAnswerAt = (bytes: number): Effect => changing((answer) => ({ ...answer, cutAfter: bytes }));

/** Nothing more comes after so many bytes of the answer's body. */
export const stallingAnswerAt = (bytes: number): Effect => changing((answer) => ({ ...answer, stallAfter: bytes }));

/** 1 KiB at a time, with a pause before each. */
export const dripping = (pauseMs: number): Effect => changing((answer) => ({ ...answer, dripMs: pauseMs }));

/** The answer comes late. */
export const delaying = (ms: number): Effect => ({
  change: async (answer) => {
    await sleep(ms);
    return answer;
  },
});

/** Adds or, with undefined, removes headers. Lower-case names. */
export const withHeaders = (headers: Readonly<Record<string, string | undefined>>): Effect =>
  changing((answer) => {
    const merged = { ...answer.headers, ...headers };
    const left = Object.entries(merged).filter(([, value]) => value !== undefined);
    return { ...answer, headers: Object.fromEntries(left) as NonNullable<Answer['headers']> };
  });

/** Another status. */
export const withStatus = (status: number): Effect => changing((answer) => ({ ...answer, status }));

/** Another body, with the headers of the right one. */
export const withBody = (change: (body: Buffer) => Uint8Array): Effect =>
  changing((answer) => {
    if (!(answer.body instanceof Uint8Array)) return answer;
    const { 'content-length': _, ...headers } = answer.headers ?? {};
    return { ...answer, headers, body: change(Buffer.from(answer.body)) };
  });

/** One bit of the body is another. */
export const wrongBody: Effect = withBody((body) => {
  if (body.length > 0) body[body.length >> 1]! ^= 1;
  return body;
});

/** Less than there should be, and an end as if that were all. */
export const shortBody = (missingBytes = 1): Effect => withBody((body) => body.subarray(0, -missingBytes));

/** More than there should be. */
export const longBody = (extraBytes = 1): Effect => withBody((body) => Buffer.concat([body, Buffer.alloc(extraBytes)]));

async function* endlessZeros(first: Uint8Array): AsyncGenerator<Uint8Array> {
  yield first;
  for (const zeros = Buffer.alloc(64 * 1024); ; ) yield zeros;
}

/** The body, and then zeros without end. */
export const endlessBody: Effect = changing((answer) => {
  if (!(answer.body instanceof Uint8Array)) return answer;
  const { 'content-length': _, ...headers } = answer.headers ?? {};
  return { ...answer, headers, body: endlessZeros(answer.body) };
});

/** The body compressed, whether the client accepts that or not. */
export const gzipEncoding: Effect = changing((answer) => {
  if (!(answer.body instanceof Uint8Array)) return answer;
  const body = gzipSync(answer.body);
  return {
    ...answer,
    headers: { ...answer.headers, 'content-encoding': 'gzip', 'content-length': `${body.length}` },
    body,
  };
});

/** Docker-Content-Digest of something else. */
export const wrongDigestHeader: Effect = withHeaders({
  'docker-content-digest': `sha256:${createHash('sha256').update('something else').digest('hex')}`,
});

/** A warning in the form of the specification. */
export const warning = (text: string): Effect => withHeaders({ warning: `299 - "${text}"` });

/** Elsewhere; relative to the request, or absolute. */
export const redirecting = (location: string, status = 307): Effect => answering({ status, headers: { location } });

/** To itself, for ever. */
export const redirectLoop: Effect = {
  instead: async (exchange) => {
    await exchange.drain();
    return { status: 307, headers: { location: exchange.log.url } };
  },
};

/** To another URL of the server every time. */
export const redirectChain: Effect = {
  instead: async (exchange) => {
    await exchange.drain();
    const hop = Number(exchange.query('hop') ?? 0) + 1;
    return { status: 302, headers: { location: `${exchange.path}?hop=${hop}` } };
  },
};
