import { fail, type TbuildError } from '../errors/index.js';
import { isLocalAddress, isNeighbour } from './local-address.js';
import { redactUrl } from './redact.js';

/** True where both have the same scheme, host and port. */
export function sameOrigin(a: URL, b: URL): boolean {
  return a.origin === b.origin;
}

/** Why nobody should go there, or undefined. */
function objection(from: URL, to: URL): string | undefined {
  if (to.protocol !== 'https:' && to.protocol !== 'http:') return `${to.protocol.slice(0, -1)} is not HTTP`;
  if (to.username !== '' || to.password !== '') return 'it holds user information';
  if (from.protocol === 'https:' && to.protocol === 'http:') return 'it leads from TLS to plain HTTP';
  if (isLocalAddress(to.hostname) && !isNeighbour(from.hostname, to.hostname)) return 'it leads to a local address';
  return undefined;
}

/** How messages tell of a place to go on. */
export interface FollowUpNaming {
  /** `the Location of an upload` */
  readonly what: string;
  /** `NetworkResponse.hide` of the answer: there are servers that repeat secrets in such places. */
  readonly hide?: (text: string) => string;
}

/**
 * Where a server says to go on, resolved against the URL it says it for.
 * @throws TbuildError `server-invalid` where it leads to another scheme, holds user information, leaves TLS, or names
 * a local address though the server has none, loopback though it is elsewhere, or a link-local address
 */
export function checkFollowUp(from: URL, to: string, { what, hide = String }: FollowUpNaming): URL {
  const refuse = (reason: string): TbuildError =>
    fail('server-invalid', {
      message: `Server ${JSON.stringify(from.host)} gave ${what} that is not followed: ${reason}: ${JSON.stringify(hide(redactUrl(to)))}`,
      details: { from: hide(redactUrl(from)), to: hide(redactUrl(to)) },
    });
  let url: URL;
  try {
    url = new URL(to, from);
  } catch {
    throw refuse('it is no URL');
  }
  const reason = objection(from, url);
  if (reason !== undefined) throw refuse(reason);
  url.hash = '';
  return url;
}
