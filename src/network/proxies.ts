import { fail } from '../errors/index.js';
import type { Env, HttpRoute } from '../host/index.js';
import { isLoopback } from './local-address.js';
import { parseNoProxy } from './no-proxy.js';
import { redactUrl } from './redact.js';

type Proxy = NonNullable<HttpRoute['proxy']>;

/** The first variable that is set, lower case first, since CGI makes HTTP_PROXY out of a header of a request. */
function firstOf(env: Env, ...names: readonly string[]): { readonly name: string; readonly value: string } | undefined {
  for (const name of names.flatMap((upper) => [upper.toLowerCase(), upper])) {
    const value = env.variable(name);
    if (value !== undefined) return { name, value };
  }
  return undefined;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function parseProxy(name: string, value: string): Proxy {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const invalid = (reason: string) =>
    fail('network-settings-invalid', {
      message: `${name} does not name a usable proxy: ${reason}: ${JSON.stringify(redactUrl(value))}`,
      hint: 'Name an HTTP proxy: http://HOST:PORT.',
    });
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw invalid('it is no URL');
  }
  if (url.protocol !== 'http:') throw invalid(`${url.protocol.slice(0, -1)} proxies are not supported`);
  const user = `${decode(url.username)}:${decode(url.password)}`;
  return {
    url: url.origin,
    ...(user !== ':' && { authorization: `Basic ${Buffer.from(user).toString('base64')}` }),
  };
}

/** Which proxy leads to a URL, by the variables that curl, docker and podman know. Never one to loopback. */
export function openProxies(env: Env): (url: URL) => Proxy | undefined {
  const isException = parseNoProxy(firstOf(env, 'NO_PROXY')?.value ?? '');
  return (url) => {
    const setting = firstOf(env, url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY', 'ALL_PROXY');
    if (setting === undefined || isLoopback(url.hostname) || isException(url)) return undefined;
    return parseProxy(setting.name, setting.value);
  };
}
