import { fail } from '../errors/index.js';
import { HttpFailure } from '../host/index.js';
import { limitsOf, type Surroundings } from './exchange.js';
import { explain } from './explain.js';
import type { Insecure } from './insecure.js';
import type { Network } from './network.js';
import { openPatience } from './patience.js';
import { isPassing } from './send.js';

function urlOf(scheme: 'https' | 'http', authority: string): URL {
  try {
    return new URL(`${scheme}://${authority}/`);
  } catch {
    throw fail('reference-invalid', { message: `${JSON.stringify(authority)} is no host` });
  }
}

/** Undefined where a connection can be made. */
async function attempt(url: URL, surroundings: Surroundings): Promise<HttpFailure | undefined> {
  const { host } = surroundings;
  try {
    const limits = limitsOf(surroundings);
    await host.http.connect({ url, route: surroundings.probeRouteTo(url), limits, interruption: host.interruption });
    return undefined;
  } catch (error) {
    if (error instanceof HttpFailure) return error;
    throw error;
  }
}

interface Choice {
  readonly secure: URL;
  readonly plain: URL;
  readonly task: string;
}

/** Asks which of both is spoken where both are allowed. */
async function choose({ secure, plain, task }: Choice, surroundings: Surroundings): Promise<URL> {
  const { host } = surroundings;
  const patience = openPatience(host, surroundings);
  for (;;) {
    const failure = await attempt(secure, surroundings);
    // Whoever shows a certificate, and be it a wrong one, speaks TLS.
    if (failure === undefined || failure.kind === 'certificate' || failure.kind === 'tls') return secure;
    if (failure.kind === 'not-tls' || failure.kind === 'closed') return plain;
    const mayListenElsewhere = plain.port === '' && secure.port === '';
    const mayBeSilent = failure.kind === 'timeout';
    if ((mayListenElsewhere || mayBeSilent) && (await attempt(plain, surroundings)) === undefined) return plain;
    const delay = isPassing(failure) && !mayBeSilent ? patience.next() : undefined;
    if (delay === undefined) {
      const route = surroundings.routeTo(secure);
      throw explain(host, failure, { task, url: secure, route });
    }
    await host.clock.sleep(delay, host.interruption);
  }
}

/** `Network.originOf`. A failure is not remembered. */
export function openOrigins(surroundings: Surroundings, insecure: Insecure): Network['originOf'] {
  const known = new Map<string, Promise<URL>>();
  const find = async (authority: string, task: string): Promise<URL> => {
    const secure = urlOf('https', authority);
    const plain = urlOf('http', authority);
    return insecure.allowsPlain(plain) ? choose({ secure, plain, task }, surroundings) : secure;
  };
  return (authority, task = 'Cannot connect') => {
    const before = known.get(authority);
    if (before !== undefined) return before;
    const origin = find(authority, task);
    known.set(authority, origin);
    origin.catch(() => known.delete(authority));
    return origin;
  };
}
