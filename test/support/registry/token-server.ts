import { randomUUID } from 'node:crypto';
import { json } from './answers.js';
import type { Answer, Exchange, LoggedRequest, Reply } from './exchange.js';
import { Faults } from './faults.js';
import { basicHeader, type NeededScope, type TokenJudge } from './guards.js';
import { type ServerOptions, startServer, type TestServer } from './server.js';

export interface TokenServerOptions {
  /** Passwords by user. */
  readonly users?: Readonly<Record<string, string>>;
  /** Secrets that are exchanged by POST; of the user `robot`. */
  readonly identityTokens?: readonly string[];
  /** What nobody in particular may do. None by default: 401. */
  readonly anonymous?: readonly string[];
  /** How long tokens are good, milliseconds. One minute by default. */
  readonly lifetimeMs?: number;
  /** Which of several scopes are granted: there are servers that look at one only. */
  readonly scopes?: 'all' | 'first' | 'last';
  /** What is granted of the actions asked for; less than asked is no error. All by default. */
  readonly granted?: (repository: string, action: string, user: string | undefined) => boolean;
  /** What is said about a token, besides or instead of `token` and `expires_in`. */
  readonly answer?: (token: string, lifetimeMs: number) => Answer;
  /** False: POST is answered with 404. */
  readonly posts?: boolean;
  readonly log?: LoggedRequest[];
  readonly name?: string;
  readonly tls?: ServerOptions['tls'];
}

interface Token {
  readonly user: string | undefined;
  readonly access: readonly NeededScope[];
  readonly expiresAt: number;
}

/** The options may be changed at any time. */
export interface TokenServer extends TestServer, TokenJudge {
  readonly options: { -readonly [Name in keyof TokenServerOptions]: TokenServerOptions[Name] };
  readonly faults: Faults;
  /** All that were given out. */
  readonly tokens: readonly string[];
  /** Makes every token that was given out invalid. */
  revokeAll(): void;
  revoke(token: string): void;
}

const SERVICE = 'test.registry';

/** `repository:NAME:ACTIONS`; the name may have colons (a port). */
function parseScope(text: string): NeededScope | undefined {
  const match = /^repository:(.+):([^:]+)$/.exec(text);
  return match === null ? undefined : { repository: match[1]!, actions: match[2]!.split(',') };
}

class TokenStore {
  readonly options: TokenServerOptions;
  readonly #tokens = new Map<string, Token>();
  readonly #live = new Set<string>();

  constructor(options: TokenServerOptions) {
    this.options = options;
  }

  get all(): readonly string[] {
    return [...this.#tokens.keys()];
  }

  revokeAll(): void {
    this.#live.clear();
  }

  revoke(token: string): void {
    this.#live.delete(token);
  }

  judge(text: string, needs: readonly NeededScope[]): ReturnType<TokenJudge['judge']> {
    const token = this.#tokens.get(text);
    if (token === undefined || !this.#live.has(text) || token.expiresAt <= Date.now()) return 'invalid_token';
    const has = (repository: string, action: string): boolean =>
      token.access.some((item) => item.repository === repository && item.actions.includes(action));
    const isEnough = needs.every(({ repository, actions }) => actions.every((action) => has(repository, action)));
    return isEnough ? 'good' : 'insufficient_scope';
  }

  issue(user: string | undefined, scopes: readonly string[]): Answer {
    const { lifetimeMs = 60_000, granted = () => true, anonymous = [], answer } = this.options;
    const asked = scopes.flatMap((text) => text.split(' ')).map(parseScope);
    const all = asked.filter((scope) => scope !== undefined);
    const chosen =
      this.options.scopes === 'first' ? all.slice(0, 1) : this.options.scopes === 'last' ? all.slice(-1) : all;
    const may = (repository: string, action: string): boolean =>
      (user !== undefined || anonymous.includes(action)) && granted(repository, action, user);
    const access = chosen.map(({ repository, actions }) => ({
      repository,
      actions: actions.filter((action) => may(repository, action)),
    }));
    const text = `token-${randomUUID()}`;
    this.#tokens.set(text, { user, access, expiresAt: Date.now() + lifetimeMs });
    this.#live.add(text);
    return answer?.(text, lifetimeMs) ?? json(200, { token: text, expires_in: Math.floor(lifetimeMs / 1000) });
  }

  async handle(exchange: Exchange): Promise<Reply> {
    if (exchange.path !== '/token') return { status: 404 };
    if (exchange.method === 'POST') return this.#post(exchange);
    if (exchange.method !== 'GET') return { status: 405 };
    const { authorization } = exchange.headers;
    const { users = {}, anonymous = [] } = this.options;
    const scopes = exchange.url.searchParams.getAll('scope');
    if (authorization === undefined) {
      return anonymous.length > 0 ? this.issue(undefined, scopes) : this.#unauthorised();
    }
    const user = Object.keys(users).find((name) => basicHeader(name, users[name]!) === authorization);
    return user === undefined ? this.#unauthorised() : this.issue(user, scopes);
  }

  /** OAuth2 as registries have it: `grant_type=refresh_token` or `password`. */
  async #post(exchange: Exchange): Promise<Reply> {
    const form = new URLSearchParams((await exchange.wholeBody()).toString());
    if (this.options.posts === false) return { status: 404 };
    const { users = {}, identityTokens = [] } = this.options;
    const scopes = form.getAll('scope');
    if (form.get('client_id') === null || form.get('service') === null) return json(400, { error: 'invalid_request' });
    if (form.get('grant_type') === 'refresh_token' && identityTokens.includes(form.get('refresh_token') ?? '')) {
      return asAccessToken(this.issue('robot', scopes));
    }
    const user = form.get('username') ?? '';
    const isUser = Object.hasOwn(users, user) && users[user] === form.get('password');
    if (form.get('grant_type') === 'password' && isUser) return asAccessToken(this.issue(user, scopes));
    return this.#unauthorised();
  }

  #unauthorised(): Answer {
    return json(401, { details: 'incorrect username or password' });
  }
}

/** RFC 6749 has `access_token`. */
function asAccessToken(answer: Answer): Answer {
  const { token, ...rest } = JSON.parse(Buffer.from(answer.body as Uint8Array).toString());
  return token === undefined ? answer : json(answer.status, { access_token: token, token_type: 'Bearer', ...rest });
}

/** A server of tokens that are no JWTs: the registry of the same process asks it whether they are good. */
export async function startTokenServer(options: TokenServerOptions = {}): Promise<TokenServer> {
  const store = new TokenStore({ ...options });
  const faults = new Faults();
  const server = await startServer({
    name: options.name ?? 'tokens',
    ...(options.log === undefined ? {} : { log: options.log }),
    ...(options.tls === undefined ? {} : { tls: options.tls }),
    handle: (exchange) => faults.answer(exchange, () => store.handle(exchange)),
  });
  const own = {
    options: store.options,
    faults,
    realm: `${server.origin}/token`,
    service: SERVICE,
    get tokens() {
      return store.all;
    },
    judge: (token: string, needs: readonly NeededScope[]) => store.judge(token, needs),
    revokeAll: () => store.revokeAll(),
    revoke: (token: string) => store.revoke(token),
  };
  return Object.create(
    {},
    { ...Object.getOwnPropertyDescriptors(server), ...Object.getOwnPropertyDescriptors(own) },
  ) as TokenServer;
}

/** Answers of token servers that a client must survive. */
export const hostileTokenAnswers: readonly {
  readonly name: string;
  /** True: the token in it is to be used. */
  readonly isUsable: boolean;
  readonly answer: (token: string) => Answer;
}[] = [
  { name: 'not JSON', isUsable: false, answer: (token) => ({ status: 200, body: Buffer.from(token) }) },
  {
    name: 'HTML',
    isUsable: false,
    answer: () => ({ status: 200, headers: { 'content-type': 'text/html' }, body: Buffer.from('<html>log in</html>') }),
  },
  { name: 'nothing', isUsable: false, answer: () => ({ status: 200 }) },
  { name: 'an object without a token', isUsable: false, answer: () => json(200, {}) },
  { name: 'a list', isUsable: false, answer: (token) => json(200, [token]) },
  { name: 'a token that is a number', isUsable: false, answer: () => json(200, { token: 7 }) },
  { name: 'an empty token', isUsable: false, answer: () => json(200, { token: '' }) },
  {
    name: 'a token with a line end',
    isUsable: false,
    answer: (token) => json(200, { token: `${token}\r\nX-Injected: yes` }),
  },
  {
    name: 'ten megabytes',
    isUsable: false,
    answer: (token) => json(200, { padding: 'x'.repeat(10 * 1024 * 1024), token }),
  },
  { name: 'access_token only', isUsable: true, answer: (token) => json(200, { access_token: token }) },
  { name: 'no expires_in', isUsable: true, answer: (token) => json(200, { token }) },
  { name: 'expires_in 0', isUsable: true, answer: (token) => json(200, { token, expires_in: 0 }) },
  { name: 'expires_in -1', isUsable: true, answer: (token) => json(200, { token, expires_in: -1 }) },
  { name: 'expires_in 2^40', isUsable: true, answer: (token) => json(200, { token, expires_in: 2 ** 40 }) },
  { name: 'expires_in "soon"', isUsable: true, answer: (token) => json(200, { token, expires_in: 'soon' }) },
];
