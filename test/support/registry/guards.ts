import { apiErrors } from './answers.js';
import type { Answer, Exchange } from './exchange.js';

/** What a request needs to be allowed: `repository:NAME:ACTIONS`. */
export interface NeededScope {
  readonly repository: string;
  readonly actions: readonly string[];
}

/** Lets a request pass (undefined), or answers instead. */
export type Guard = (exchange: Exchange, needs: readonly NeededScope[]) => Answer | undefined;

/** Who knows tokens. */
export interface TokenJudge {
  readonly realm: string;
  readonly service: string;
  /** What is wrong with a token, as in RFC 6750. */
  judge(token: string, needs: readonly NeededScope[]): 'good' | 'invalid_token' | 'insufficient_scope';
}

export const basicHeader = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** 401 with one header line for each challenge. */
export function unauthorised(challenges: readonly string[]): Answer {
  return apiErrors(401, [{ code: 'UNAUTHORIZED' }], { 'www-authenticate': challenges });
}

export function basicGuard(users: Readonly<Record<string, string>>, realm = 'test'): Guard {
  const allowed = Object.entries(users).map(([user, password]) => basicHeader(user, password));
  return (exchange) =>
    allowed.includes(exchange.headers.authorization ?? '') ? undefined : unauthorised([`Basic realm="${realm}"`]);
}

const rendered = (needs: readonly NeededScope[]): string =>
  needs.map(({ repository, actions }) => `repository:${repository}:${actions.join(',')}`).join(' ');

/** @param before challenges before that of Bearer, which then is in lower case and in the same header line */
export function bearerGuard(judge: TokenJudge, before: readonly string[] = []): Guard {
  return (exchange, needs) => {
    const token = /^Bearer (.+)$/i.exec(exchange.headers.authorization ?? '')?.[1];
    const verdict = token === undefined ? undefined : judge.judge(token, needs);
    if (verdict === 'good') return undefined;
    const scope = needs.length === 0 ? '' : `,scope="${rendered(needs)}"`;
    const error = verdict === undefined ? '' : `,error="${verdict}"`;
    const scheme = before.length === 0 ? 'Bearer' : 'bearer';
    const challenge = `${scheme} realm="${judge.realm}",service="${judge.service}"${scope}${error}`;
    return unauthorised([[...before, challenge].join(', ')]);
  };
}

/** What the distribution-spec's requests need. */
export function needsOf(exchange: Exchange, repository: string): readonly NeededScope[] {
  const reads = exchange.method === 'GET' || exchange.method === 'HEAD';
  const actions = reads ? ['pull'] : exchange.method === 'DELETE' ? ['delete'] : ['pull', 'push'];
  const from = exchange.query('mount') === undefined ? undefined : exchange.query('from');
  return [{ repository, actions }, ...(from === undefined ? [] : [{ repository: from, actions: ['pull'] }])];
}
