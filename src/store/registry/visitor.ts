import type { FoundCredentials } from '../../credentials/index.js';
import { type NetworkRequest, type NetworkResponse, sameOrigin } from '../../network/index.js';
import { type Asker, type Authorization, authorise, chooseChallenge, hintOfDenial } from './authorise.js';
import { parseChallenges } from './challenge.js';
import type { RegistryContext } from './context.js';
import { refusalOf, serverInvalid } from './registry-errors.js';
import type { Scopes } from './scopes.js';

/** Who talks to a registry, and with what. */
export interface Visitor {
  readonly context: RegistryContext;
  /** As users write it. */
  readonly registry: string;
  readonly origin: URL;
  /** Asked only when the registry wants credentials. */
  found(): Promise<FoundCredentials>;
}

export interface Visit {
  readonly request: Omit<NetworkRequest, 'authorization'>;
  readonly scopes: Scopes;
  readonly isReading: boolean;
}

async function authorizationOf(visitor: Visitor, visit: Visit): Promise<Authorization | undefined> {
  const { context, registry, origin } = visitor;
  const challenge = context.challenges.get(origin.origin);
  if (challenge === undefined) return undefined;
  const { request, scopes, isReading } = visit;
  const asker: Asker = { registry, origin, found: await visitor.found(), isReading, task: request.task };
  return authorise(challenge, asker, { tokens: context.tokens, scopes: scopes.list() });
}

/**
 * Learns from an answer 401 what the registry wants.
 * @returns true where asking again, with an authorization made anew, may help
 */
function learn(visitor: Visitor, visit: Visit, answer: NetworkResponse, sent: Authorization | undefined): boolean {
  const { context, origin } = visitor;
  const challenge = chooseChallenge(parseChallenges(answer.headers('www-authenticate')));
  if (challenge === undefined) return false;
  context.challenges.set(origin.origin, challenge);
  const isWider = visit.scopes.widen(challenge.parameters.get('scope') ?? '');
  if (sent?.token !== undefined) context.tokens.forget(sent.token);
  return sent === undefined || isWider || !sent.isFinal;
}

const UNASKED = 'The registry did not ask for credentials of a kind that is known.';

async function denial(visitor: Visitor, visit: Visit, answer: NetworkResponse): Promise<Error> {
  const { registry, context, origin } = visitor;
  if (!sameOrigin(answer.url, origin)) {
    const who = JSON.stringify(answer.url.host);
    return refusalOf(answer, visit.request.task, { who, hint: `${registry} sent us there.` });
  }
  const { task } = visit.request;
  if (!context.challenges.has(origin.origin)) return refusalOf(answer, task, { hint: UNASKED });
  const found = await visitor.found();
  return refusalOf(answer, task, { hint: hintOfDenial({ registry, found, isReading: visit.isReading }) });
}

/** One more than can be needed: without a token, with one that ended or allows too little, with a new one. */
const TRIES_MAX = 3;

/**
 * Sends a request to the registry with what it wants to see. Where that is not known yet, or a token ended, the request
 * is sent again, its body opened again.
 *
 * @throws TbuildError `registry-unauthorised` for 401 and 403; as `Network.send` and `authorise`
 */
export async function sendAuthorised(visitor: Visitor, visit: Visit): Promise<NetworkResponse> {
  const { context, registry, origin } = visitor;
  const { request } = visit;
  const isOurs = sameOrigin(request.url, origin);
  for (let tries = 1; ; tries++) {
    const authorization = isOurs ? await authorizationOf(visitor, visit) : undefined;
    const answer = await context.network().send({ ...request, authorization: authorization?.value });
    if (sameOrigin(answer.url, origin)) context.warn(registry, answer.headers('warning').map(answer.hide));
    if (answer.status === 403) throw await denial(visitor, visit, answer);
    if (answer.status !== 401) return checked(answer, request.task);
    const isOwnAnswer = isOurs && sameOrigin(answer.url, origin);
    const mayHelp = isOwnAnswer && learn(visitor, visit, answer, authorization);
    if (!mayHelp || tries === TRIES_MAX) throw await denial(visitor, visit, answer);
    await answer.discard();
  }
}

/** Digests are of the bytes as they were stored, so nothing on the way may pack them. */
async function checked(answer: NetworkResponse, task: string): Promise<NetworkResponse> {
  const encoding = answer.header('content-encoding') ?? 'identity';
  if (answer.status >= 300 || encoding.trim().toLowerCase() === 'identity') return answer;
  await answer.discard();
  throw serverInvalid(task, 'the registry sent its answer compressed, although that was not asked for');
}
