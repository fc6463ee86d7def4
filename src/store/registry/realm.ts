import { checkFollowUp, isLocalAddress, isLoopback } from '../../network/index.js';
import { serverInvalid } from './registry-errors.js';

/**
 * Where tokens are given, by the words of a registry. It may be another host; but nobody on the network may listen in,
 * and a registry far away must not send us to a service of this machine or its neighbours.
 *
 * @param origin of the registry
 * @throws TbuildError `server-invalid`
 */
export function realmOf(origin: URL, realm: string, task: string): URL {
  const url = checkFollowUp(origin, realm, { what: `${task}: the address that gives tokens` });
  const shown = JSON.stringify(url.host);
  if (url.protocol === 'http:' && !(isLoopback(origin.hostname) && isLoopback(url.hostname))) {
    throw serverInvalid(task, `the registry sends us for a token to ${shown} over plain HTTP`);
  }
  const isNeighbour = url.hostname === origin.hostname || (isLoopback(origin.hostname) && isLoopback(url.hostname));
  if (isLocalAddress(url.hostname) && !isNeighbour) {
    throw serverInvalid(task, `the registry sends us for a token to ${shown}, an address of a local network`);
  }
  url.hash = '';
  return url;
}
