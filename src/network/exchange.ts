import { fail } from '../errors/index.js';
import { type Host, HttpFailure, type HttpLimits, type HttpRequest, type HttpRoute } from '../host/index.js';
import { type Counts, countSent, receive } from './counted.js';
import type { Circumstances } from './explain.js';
import { hidingSecretsOf } from './hide-secrets.js';
import type { Haste, NetworkRequest, NetworkResponse } from './network.js';
import { checkPrivate } from './private.js';
import { networkResponse } from './response.js';

const CONNECT_MS = 10_000;
const USUAL_MS = 30_000;
/** A server may have to store and check a body before it answers: 4 MiB in a second. */
const STORED_PER_MS = (4 * 1024 * 1024) / 1000;

/** A failure, and where it happened. */
export class Lost extends Error {
  constructor(
    readonly failure: HttpFailure,
    readonly circumstances: Circumstances,
  ) {
    super(failure.message, { cause: failure });
  }
}

export function limitsOf({ timeoutMs, connectMs }: Haste, bodyBytes = 0): HttpLimits {
  const usual = timeoutMs ?? USUAL_MS;
  return {
    connectMs: Math.min(connectMs ?? CONNECT_MS, usual),
    headersMs: Math.max(usual, Math.ceil(bodyBytes / STORED_PER_MS)),
    progressMs: usual,
  };
}

/** What a request needs besides itself. */
export interface Surroundings extends Haste {
  readonly host: Host;
  readonly counts: Counts;
  routeTo(url: URL): HttpRoute;
  /** To find out what is spoken there, and for nothing else: every certificate will do, so no authorities are read. */
  probeRouteTo(url: URL): HttpRoute;
}

/** Headers that only their own origin may see. Lower-case names. */
export type SecretHeaders = Readonly<Record<string, string>>;

function headersOf(request: NetworkRequest, secrets: SecretHeaders): Readonly<Record<string, string>> {
  const size = request.body?.size;
  const headers = {
    ...(size !== undefined && { 'content-length': String(size) }),
    ...request.headers,
    ...secrets,
  };
  for (const [name, value] of Object.entries(headers)) {
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) {
      throw fail('server-invalid', {
        message: `${request.task}: a value for the header ${name} holds characters that cannot be sent`,
      });
    }
  }
  return headers;
}

/**
 * One request, one answer.
 * @throws Lost, and what the body of the request throws
 */
export async function exchange(
  request: NetworkRequest,
  hop: { readonly url: URL; readonly secrets: SecretHeaders },
  surroundings: Surroundings,
): Promise<NetworkResponse> {
  const { host, counts } = surroundings;
  const { url, secrets } = hop;
  if (Object.keys(secrets).length > 0) checkPrivate(url, request.task);
  const hide = hidingSecretsOf(request);
  const circumstances = { task: request.task, url, route: surroundings.routeTo(url), hide };
  const headers = headersOf(request, secrets);
  const body = request.body === undefined ? undefined : countSent(await request.body.open(), counts);
  const sent: HttpRequest = {
    method: request.method,
    url,
    headers,
    ...(body !== undefined && { body }),
    route: circumstances.route,
    limits: limitsOf(surroundings, request.body?.size),
    interruption: host.interruption,
  };
  counts.requests++;
  try {
    const answer = await host.http.request(sent);
    const received = receive(answer.body, { host, counts, circumstances });
    return networkResponse(answer, { ...circumstances, body: received });
  } catch (error) {
    throw error instanceof HttpFailure ? new Lost(error, circumstances) : error;
  }
}
