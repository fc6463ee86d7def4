import { createPrivateKey, randomUUID, sign, X509Certificate } from 'node:crypto';
import { json } from './answers.js';
import type { Exchange, LoggedRequest, Reply } from './exchange.js';
import { basicHeader } from './guards.js';
import { labUser } from './laboratory.js';
import { startServer, type TestServer } from './server.js';

export interface JwtServerOptions {
  /** PEM, of an ES256 key. */
  readonly signer: { readonly certificate: string; readonly key: string };
  readonly lifetimeSeconds: number;
  readonly log?: LoggedRequest[];
}

export interface JwtServer extends TestServer {
  readonly issuer: string;
}

const ISSUER = 'test-issuer';

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** `repository:a/b:pull,push` as distribution's tokens have it. */
function accessOf(scope: string): { type: string; name: string; actions: readonly string[] } {
  const parts = scope.split(':');
  const actions = parts.at(-1)!.split(',');
  return { type: parts[0]!, name: parts.slice(1, -1).join(':'), actions };
}

function tokenOf({ signer, lifetimeSeconds }: JwtServerOptions, { url }: Exchange): Reply {
  const scopes = url.searchParams.getAll('scope').flatMap((text) => text.split(' '));
  const now = Math.floor(Date.now() / 1000);
  const x5c = [new X509Certificate(signer.certificate).raw.toString('base64')];
  const claims = {
    iss: ISSUER,
    sub: labUser.name,
    aud: url.searchParams.get('service'),
    iat: now,
    nbf: now - 61,
    exp: now + lifetimeSeconds,
    jti: randomUUID(),
    access: scopes.filter((scope) => scope !== '').map(accessOf),
  };
  const text = `${encoded({ typ: 'JWT', alg: 'ES256', x5c })}.${encoded(claims)}`;
  const signature = sign('sha256', Buffer.from(text), { key: createPrivateKey(signer.key), dsaEncoding: 'ieee-p1363' });
  const token = `${text}.${signature.toString('base64url')}`;
  // Less than a minute would not be said: Docker's documentation of tokens forbids it for the sake of old clients.
  return json(200, { token, expires_in: Math.max(lifetimeSeconds, 60), issued_at: new Date(now * 1000).toISOString() });
}

/** A server of tokens as distribution's registry takes them: JSON Web Tokens with the certificate in `x5c`. */
export async function startJwtServer(options: JwtServerOptions): Promise<JwtServer> {
  const server = await startServer({
    name: 'tokens',
    ...(options.log === undefined ? {} : { log: options.log }),
    handle: (exchange) => {
      if (exchange.path !== '/token' || exchange.method !== 'GET') return { status: 404 };
      const isUser = exchange.headers.authorization === basicHeader(labUser.name, labUser.password);
      return isUser ? tokenOf(options, exchange) : json(401, { details: 'incorrect username or password' });
    },
  });
  return Object.create({}, { ...Object.getOwnPropertyDescriptors(server), issuer: { value: ISSUER } }) as JwtServer;
}
