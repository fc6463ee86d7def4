import { fail, type TbuildError } from '../errors/index.js';
import type { HttpFailure, HttpFailureKind } from '../host/index.js';
import { exchange, Lost, type SecretHeaders, type Surroundings } from './exchange.js';
import { explain } from './explain.js';
import { checkFollowUp, sameOrigin } from './follow-up.js';
import type { NetworkRequest, NetworkResponse } from './network.js';
import { openPatience } from './patience.js';
import { redactUrl } from './redact.js';

const MAX_REDIRECTS = 5;
/** Answers that may be another one next time: RFC 9110, 6585; 499 and 522 are of nginx and Cloudflare. */
const PASSING: ReadonlySet<number> = new Set([408, 429, 499, 500, 502, 503, 504, 522]);
const TOO_MANY = 429;
/** A server that was silent for the whole of a time-out is asked three times, not five. */
const TIMEOUT_COST = 2;
/** Failures that may not be there next time. */
const PASSING_FAILURES: ReadonlySet<HttpFailureKind> = new Set(['refused', 'timeout', 'closed']);

function isRedirect(request: NetworkRequest, status: number): boolean {
  if (request.redirects === 'return') return false;
  const isSafe = request.method === 'GET' || request.method === 'HEAD';
  return status === 307 || status === 308 || (isSafe && (status === 301 || status === 302 || status === 303));
}

function nextOf(request: NetworkRequest, answer: NetworkResponse, redirects: number): URL {
  const refuse = (reason: string): TbuildError =>
    fail('server-invalid', { message: `${request.task}: ${answer.url.origin} ${reason}` });
  const location = answer.header('location');
  if (location === undefined) throw refuse(`answered ${answer.status} without saying where to go`);
  const next = checkFollowUp(answer.url, location, { what: 'a redirect', hide: answer.hide });
  if (redirects === MAX_REDIRECTS)
    throw refuse(`redirects once more after ${redirects} redirects: ${answer.hide(redactUrl(next))}`);
  return next;
}

function secretsOf({ authorization, secretHeaders }: NetworkRequest): SecretHeaders {
  return { ...secretHeaders, ...(authorization !== undefined && { authorization }) };
}

/** One attempt, redirects included. Secrets stay behind for good where the origin changes. */
async function follow(request: NetworkRequest, surroundings: Surroundings): Promise<NetworkResponse> {
  let { url } = request;
  let secrets = secretsOf(request);
  for (let redirects = 0; ; redirects++) {
    const answer = await exchange(request, { url, secrets }, surroundings);
    if (!isRedirect(request, answer.status)) return answer;
    await answer.discard();
    const next = nextOf(request, answer, redirects);
    if (!sameOrigin(url, next)) secrets = {};
    url = next;
  }
}

export function isPassing(failure: HttpFailure): boolean {
  if (PASSING_FAILURES.has(failure.kind)) return true;
  // The name server is not there at the moment; that there is no such name does not pass.
  return failure.kind === 'name' && (failure.cause as { code?: unknown } | undefined)?.code === 'EAI_AGAIN';
}

function mayRepeatAfter(repeat: NetworkRequest['repeat'], what: number | HttpFailure): boolean {
  if (repeat === 'never') return false;
  if (typeof what === 'number') return repeat === 'safely' ? PASSING.has(what) : what === TOO_MANY;
  return isPassing(what) && (repeat === 'safely' || what.isBeforeSending);
}

/** Sends a request as often as it takes and may be. */
export async function send(request: NetworkRequest, surroundings: Surroundings): Promise<NetworkResponse> {
  const { host } = surroundings;
  const patience = openPatience(host, surroundings);
  for (;;) {
    let delay: number | undefined;
    try {
      const answer = await follow(request, surroundings);
      if (mayRepeatAfter(request.repeat, answer.status)) delay = patience.next(answer);
      if (delay === undefined) return answer;
      await answer.discard();
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
      const cost = error.failure.kind === 'timeout' ? TIMEOUT_COST : 1;
      if (mayRepeatAfter(request.repeat, error.failure)) delay = patience.next(undefined, cost);
      if (delay === undefined) throw explain(host, error.failure, error.circumstances);
    }
    await host.clock.sleep(delay, host.interruption);
  }
}
