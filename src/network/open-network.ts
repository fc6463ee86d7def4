import type { Host, HttpRoute } from '../host/index.js';
import { openCertificates } from './certificates.js';
import type { Surroundings } from './exchange.js';
import { openInsecure } from './insecure.js';
import type { Network, NetworkSettings } from './network.js';
import { openOrigins } from './origins.js';
import { openPatience } from './patience.js';
import { openProxies } from './proxies.js';
import { send } from './send.js';

/**
 * The network as the user set it up: proxies, certificates, exceptions. Nothing is opened or read before the first request.
 * @throws TbuildError `network-settings-invalid`
 */
export function openNetwork(host: Host, settings: NetworkSettings): Network {
  const insecure = openInsecure(settings.insecure);
  const proxyTo = openProxies(host.env);
  const tlsTo = openCertificates(host, settings);
  const counts = { requests: 0, sentBytes: 0, receivedBytes: 0 };
  const routes = new Map<string, HttpRoute>();
  const findRoute = (url: URL, verify: boolean): HttpRoute => {
    const proxy = proxyTo(url);
    const tls = url.protocol === 'https:' ? tlsTo(url, verify) : undefined;
    return { ...(proxy !== undefined && { proxy }), ...(tls !== undefined && { tls }) };
  };
  const surroundings: Surroundings = {
    host,
    counts,
    timeoutMs: settings.timeoutMs,
    connectMs: settings.connectMs,
    attempts: settings.attempts,
    routeTo(url) {
      const route = routes.get(url.origin) ?? findRoute(url, !insecure.isNamed(url));
      routes.set(url.origin, route);
      return route;
    },
    probeRouteTo: (url) => findRoute(url, false),
  };
  return {
    send: (request) => send(request, surroundings),
    originOf: openOrigins(surroundings, insecure),
    isVouchedFor: (url) => url.protocol === 'https:' && !insecure.isNamed(url),
    patience: () => openPatience(host, settings),
    traffic: counts,
    close: () => host.http.close(),
  };
}
