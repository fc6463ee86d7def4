import type { Credentials } from '../../credentials/index.js';
import { fail, type TbuildError } from '../../errors/index.js';
import type { Clock } from '../../host/index.js';
import type { Network, NetworkResponse } from '../../network/index.js';
import { bytesOf, decodeUtf8 } from '../../util/index.js';
import { refusalOf, serverInvalid } from './registry-errors.js';

/** What a token is asked for. */
export interface TokenRequest {
  /** Origin of the registry that gets the token. No other gets it, even where it names the same realm and service. */
  readonly registry: URL;
  /** Where tokens are given; checked. */
  readonly realm: URL;
  readonly service: string | undefined;
  /** `repository:a/b:pull,push` */
  readonly scopes: readonly string[];
  readonly credentials: Credentials | undefined;
  readonly task: string;
}

export interface Token {
  readonly value: string;
  /** True where it was made for this call. */
  readonly isFresh: boolean;
}

/** Bearer tokens of this process: nowhere else are they kept. */
export interface Tokens {
  /**
   * @throws TbuildError `registry-unauthorised` (the credentials are not accepted), `server-invalid`,
   * `server-unavailable`, `registry-refused`
   */
  get(request: TokenRequest): Promise<Token>;
  /** The registry did not take this token: the next call gets another. */
  forget(token: string): void;
}

/** Distribution, "Token Authentication Specification": the life of a token that does not tell its own, in seconds. */
const DEFAULT_LIFE_S = 60;
const LONGEST_LIFE_S = 60 * 60;
/** A token is not used in the last tenth of its life, so that it does not end on its way. */
const USABLE_PART = 0.9;
const ANSWER_BYTES = 64 * 1024;
const CLIENT_ID = 'tbuild';
/** RFC 6750, "Authorization Request Header Field": what may stand in a header. */
const TOKEN = /^[\x21-\x7e]+$/;

interface Kept {
  readonly token: string;
  /** Of the monotonic clock. */
  readonly endsMs: number;
}

/** Value of Authorization for a name and password. RFC 7617. */
export function basicAuthorization(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function keyOf({ registry, realm, service, scopes, credentials }: TokenRequest): string {
  const who = credentials === undefined ? null : [credentials.kind, credentials.from, nameOf(credentials)];
  return JSON.stringify([registry.origin, realm.href, service ?? null, [...scopes].sort(), who]);
}

function nameOf(credentials: Credentials): string {
  return credentials.kind === 'password' ? credentials.username : '';
}

/** How messages call credentials: `the credentials of "me" from ~/.docker/config.json`. */
export function shownCredentials(credentials: Credentials): string {
  const name = nameOf(credentials);
  return `the credentials${name === '' ? '' : ` of ${JSON.stringify(name)}`} from ${credentials.from}`;
}

/** The realm with the question. What it asks for by itself does not count. */
function urlOf({ realm, service, scopes }: TokenRequest): URL {
  const url = new URL(realm);
  for (const name of ['scope', 'service']) if (url.searchParams.has(name)) url.searchParams.delete(name);
  if (service !== undefined) url.searchParams.append('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  return url;
}

function parseToken(bytes: Uint8Array, { realm, task }: TokenRequest): { token: string; lifeS: number } {
  const who = JSON.stringify(realm.host);
  let body: unknown;
  try {
    body = JSON.parse(decodeUtf8(bytes) ?? '');
  } catch {
    throw serverInvalid(task, `${who} did not answer with a token but with something that is not JSON`);
  }
  const { token, access_token, expires_in } = (body ?? {}) as Readonly<Record<string, unknown>>;
  const value = [token, access_token].find((item) => typeof item === 'string' && item !== '');
  if (typeof value !== 'string') throw serverInvalid(task, `${who} answered without a token`);
  if (!TOKEN.test(value)) throw serverInvalid(task, `${who} answered with a token that no header can hold`);
  const isLife = typeof expires_in === 'number' && expires_in > 0;
  return { token: value, lifeS: isLife ? Math.min(expires_in, LONGEST_LIFE_S) : DEFAULT_LIFE_S };
}

async function refusal(response: NetworkResponse, request: TokenRequest): Promise<TbuildError> {
  const { credentials, realm, task } = request;
  const { status } = response;
  const error = await refusalOf(response, task, { who: `${JSON.stringify(realm.host)}, which gives the tokens,` });
  // RFC 6749, "Error Response": 400 is what a refresh token that ended gets.
  const isDenied = status === 401 || status === 403 || (status === 400 && credentials?.kind === 'identity-token');
  if (!isDenied || credentials === undefined) return error;
  const { message, details } = error;
  return fail('registry-unauthorised', { message: `${message}; it got ${shownCredentials(credentials)}`, details });
}

/** OAuth 2 for identity tokens; undefined where the server does not know it. The token is in the body: no redirect. */
async function askWithIdentity(network: Network, request: TokenRequest): Promise<NetworkResponse | undefined> {
  const { realm, service, scopes, credentials, task } = request;
  if (credentials?.kind !== 'identity-token') return undefined;
  const form = new URLSearchParams({ grant_type: 'refresh_token', client_id: CLIENT_ID });
  if (service !== undefined) form.set('service', service);
  form.set('scope', scopes.join(' '));
  form.set('refresh_token', credentials.token);
  const bytes = Buffer.from(form.toString());
  const response = await network.send({
    method: 'POST',
    url: realm,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: { size: bytes.length, open: async () => bytesOf(bytes) },
    secrets: [credentials.token],
    repeat: 'safely',
    redirects: 'return',
    task,
  });
  if (response.status !== 404 && response.status !== 405) return response;
  await response.discard();
  return undefined;
}

function ask(network: Network, request: TokenRequest): Promise<NetworkResponse> {
  const { credentials, task } = request;
  let authorization: string | undefined;
  if (credentials?.kind === 'password') {
    authorization = basicAuthorization(credentials.username, credentials.password);
  } else if (credentials?.kind === 'identity-token') {
    authorization = basicAuthorization('<token>', credentials.token);
  }
  return network.send({ method: 'GET', url: urlOf(request), authorization, repeat: 'safely', task });
}

export function openTokens(network: () => Network, clock: Pick<Clock, 'monotonic'>): Tokens {
  const kept = new Map<string, { readonly asked: Promise<Kept>; token?: string }>();
  const fetch = async (request: TokenRequest): Promise<Kept> => {
    const askedMs = clock.monotonic();
    const response = (await askWithIdentity(network(), request)) ?? (await ask(network(), request));
    if (response.status !== 200) throw await refusal(response, request);
    const { token, lifeS } = parseToken(await response.whole(ANSWER_BYTES), request);
    return { token, endsMs: askedMs + lifeS * 1000 * USABLE_PART };
  };
  const askAnew = async (key: string, request: TokenRequest): Promise<Token> => {
    const entry: { readonly asked: Promise<Kept>; token?: string } = { asked: fetch(request) };
    kept.set(key, entry);
    try {
      const { token } = await entry.asked;
      entry.token = token;
      return { value: token, isFresh: true };
    } catch (error) {
      if (kept.get(key) === entry) kept.delete(key);
      throw error;
    }
  };
  const get = async (request: TokenRequest): Promise<Token> => {
    const key = keyOf(request);
    const entry = kept.get(key);
    if (entry === undefined) return askAnew(key, request);
    const { token, endsMs } = await entry.asked;
    if (clock.monotonic() < endsMs) return { value: token, isFresh: false };
    if (kept.get(key) === entry) kept.delete(key);
    return get(request);
  };
  return {
    get,
    forget(token) {
      for (const [key, entry] of kept) if (entry.token === token) kept.delete(key);
    },
  };
}
