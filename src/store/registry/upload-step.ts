import { TbuildError } from '../../errors/index.js';
import type { NetworkResponse } from '../../network/index.js';
import type { Content } from '../verified-chunks.js';
import type { ApiRequest, Endpoint } from './endpoint.js';
import { refusalOf, serverInvalid } from './registry-errors.js';
import { checkDigestHeader } from './upload-check.js';
import { acceptedBytes, closingUrl, continued, type UploadSession } from './upload-session.js';
import type { UploadSource } from './upload-source.js';

/** One blob on its way to one repository. */
export interface Upload {
  readonly endpoint: Endpoint;
  readonly target: Content;
  readonly source: UploadSource;
  /** Begins messages. */
  readonly task: string;
}

/** A request that did not do what it should. */
export interface Setback {
  readonly kind: 'setback';
  /**
   * `repeat`: the registry has not taken the bytes. `ask`: it must say how many it has. `anew`: the session is of no use
   * any more. `smaller`: the request was too large. `reject`: the content is not what its digest says. `stop`.
   */
  readonly remedy: 'repeat' | 'ask' | 'anew' | 'smaller' | 'reject' | 'stop';
  readonly error: TbuildError;
  readonly answer?: NetworkResponse;
  /** With the newest Location. */
  readonly session: UploadSession;
  /** The session is there, but wrong. */
  readonly isOdd?: boolean;
}

/** What became of one request of an upload. */
export type Step = { readonly kind: 'done' } | { readonly kind: 'onward'; readonly session: UploadSession } | Setback;

const isPassing = (status: number): boolean => status === 408 || status >= 499;

async function setbackOf({ task }: Upload, response: NetworkResponse, session: UploadSession): Promise<Setback> {
  const error = await refusalOf(response, task);
  const { status } = response;
  const codes = (error.details.codes ?? []) as readonly string[];
  const has = (...names: readonly string[]): boolean => names.some((name) => codes.includes(name));
  const setback = (remedy: Setback['remedy']): Setback => ({
    kind: 'setback',
    remedy,
    error,
    answer: response,
    session,
  });
  if (status === 413) return setback('smaller');
  if (status === 429) return setback('repeat');
  if (isPassing(status)) return setback('ask');
  if (status === 416 || has('RANGE_INVALID')) {
    return { ...setback('ask'), session: continued(session, response, session.offset) };
  }
  if (status === 404 || has('BLOB_UPLOAD_UNKNOWN', 'BLOB_UPLOAD_INVALID')) return setback('anew');
  return setback(has('DIGEST_INVALID', 'SIZE_INVALID') ? 'reject' : 'stop');
}

/** The session is there and says what cannot be. */
function odd({ task }: Upload, session: UploadSession, range: string | undefined): Setback {
  const shown = range === undefined ? 'nothing' : JSON.stringify(range.slice(0, 100));
  const error = serverInvalid(task, `the registry says of the upload that it has ${shown}, which cannot be`);
  return { kind: 'setback', remedy: 'anew', error, session, isOdd: true };
}

/** Sends a request; failures after which the upload may go on are setbacks. */
async function exchange(
  upload: Upload,
  session: UploadSession,
  request: Pick<ApiRequest, 'method' | 'url' | 'headers' | 'body'>,
): Promise<NetworkResponse | Setback> {
  const { endpoint, source, task } = upload;
  try {
    return await endpoint.send({ ...request, access: 'push', repeat: 'never', task });
  } catch (error) {
    source.throwIfBroken();
    if (!(error instanceof TbuildError) || error.code !== 'server-unavailable') throw error;
    return { kind: 'setback', remedy: 'ask', error, session };
  }
}

const isSetback = (answer: NetworkResponse | Setback): answer is Setback => 'kind' in answer;

/** Sends the bytes from the session's offset to `end`. */
export async function sendPiece(upload: Upload, session: UploadSession, end: number): Promise<Step> {
  const start = session.offset;
  const response = await exchange(upload, session, {
    method: 'PATCH',
    url: session.url,
    headers: { 'content-type': 'application/octet-stream', 'content-range': `${start}-${end - 1}` },
    body: upload.source.piece(start, end),
  });
  if (isSetback(response)) return response;
  if (![200, 201, 202, 204].includes(response.status)) return setbackOf(upload, response, session);
  await response.discard();
  const accepted = acceptedBytes(response) ?? end;
  // One byte of several is what docker-registry says of none.
  const isRight = accepted > start && accepted <= end && (accepted > 1 || end === 1);
  return isRight
    ? { kind: 'onward', session: continued(session, response, accepted) }
    : odd(upload, continued(session, response, start), response.header('range'));
}

/** Ends the upload; with all bytes where the registry has none. */
export async function sendLast(upload: Upload, session: UploadSession): Promise<Step> {
  const { target, source, task } = upload;
  const isEmpty = session.offset === target.size;
  const response = await exchange(upload, session, {
    method: 'PUT',
    url: closingUrl(session, target.digest),
    headers: isEmpty ? { 'content-length': '0' } : { 'content-type': 'application/octet-stream' },
    ...(isEmpty ? {} : { body: source.piece(0, target.size) }),
  });
  if (isSetback(response)) return response;
  if (![200, 201, 204].includes(response.status)) return setbackOf(upload, response, session);
  await response.discard();
  checkDigestHeader(response, target.digest, task);
  return { kind: 'done' };
}

/**
 * Asks how much the registry has.
 * @param sentTo the end of what was sent, at most
 */
export async function askProgress(upload: Upload, session: UploadSession, sentTo: number): Promise<Step> {
  const response = await exchange(upload, session, { method: 'GET', url: session.url });
  if (isSetback(response)) return response;
  const { status } = response;
  if (![200, 202, 204].includes(status)) {
    const setback = await setbackOf(upload, response, session);
    return isPassing(status) || status === 429 ? { ...setback, remedy: 'ask' } : { ...setback, remedy: 'anew' };
  }
  await response.discard();
  const accepted = acceptedBytes(response);
  const isNone = (accepted === undefined || accepted === 1) && sentTo === 0;
  const offset = isNone ? 0 : accepted;
  const isUnclear = offset === undefined || (offset === 1 && session.offset === 0);
  if (isUnclear || offset < session.offset || offset > sentTo) {
    return odd(upload, continued(session, response, session.offset), response.header('range'));
  }
  return { kind: 'onward', session: continued(session, response, offset) };
}
