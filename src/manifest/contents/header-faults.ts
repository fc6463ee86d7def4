import { isMap, type Plain } from '../source-node.js';
import type { Fault } from './fault.js';

/** Headers of one connection (RFC 9110, 7.6.1), and those for a proxy. */
const OF_CONNECTION = [
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
  ...['proxy-authenticate', 'proxy-authorization'],
];
/** What a download decides: where it goes, which part it asks for, in which form, and whether at all. */
const OF_DOWNLOAD = [
  ...['host', 'range', 'if-range', 'if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'],
  ...['accept-encoding', 'user-agent', 'content-length', 'content-type', 'content-encoding', 'expect'],
];
/** What a server gives to come back. */
const OF_BROWSER = ['cookie', 'cookie2', 'set-cookie'];

const REASONS: readonly (readonly [names: readonly string[], reason: string])[] = [
  [OF_CONNECTION, 'belongs to the connection and not to the request'],
  [OF_DOWNLOAD, 'is set by tbuild itself'],
  [OF_BROWSER, 'is state of a browser and no secret that lets a request in'],
];

/** Rules for the names of `headers`. */
export function headerFaults(headers: Plain): readonly Fault[] {
  if (!isMap(headers)) return [];
  return Object.keys(headers).flatMap((name) => {
    const reason = REASONS.find(([names]) => names.includes(name.toLowerCase()))?.[1];
    const hint = 'Headers are for what lets the request in: authorization, private-token.';
    return reason === undefined
      ? []
      : [{ key: [name], isKey: true, reason: `has ${JSON.stringify(name)}, which ${reason}`, hint }];
  });
}
