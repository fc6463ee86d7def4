import { type AddressRange, canonicalName, isInRange, parseAddress, parseRange } from './address.js';
import { portOf } from './port-of.js';

interface Exception {
  matches(host: string): boolean;
  /** Undefined: any. */
  readonly port: string | undefined;
}

/** Splits `host:port`, `[v6]:port`; a bare IPv6 address has no port. */
function splitPort(text: string): readonly [string, string | undefined] {
  const match = /^(\[.*\]|[^:]*):(\d+)$/.exec(text);
  return match === null ? [text, undefined] : [match[1]!, match[2]!];
}

function nameMatcher(pattern: string): (host: string) => boolean {
  const suffix = pattern.replace(/^\*/, '').toLowerCase().replace(/\.$/, '');
  // A leading dot means only what lies below, as in Go, hence in docker and podman.
  return (host) => (suffix.startsWith('.') ? host.endsWith(suffix) : host === suffix || host.endsWith(`.${suffix}`));
}

function addressMatcher(range: AddressRange): (host: string) => boolean {
  return (host) => {
    const address = parseAddress(host);
    return address !== undefined && isInRange(address, range);
  };
}

function parseException(text: string): Exception | undefined {
  if (text === '*') return { matches: () => true, port: undefined };
  const [pattern, port] = splitPort(text);
  if (pattern === '') return undefined;
  const range = parseRange(pattern.replace(/^\[(.*)\]$/, '$1'));
  return { matches: range === undefined ? nameMatcher(pattern) : addressMatcher(range), port };
}

/**
 * Reads NO_PROXY: hosts for which no proxy is used, separated by commas or spaces. `*` is every host; a name matches
 * itself and what lies below it, with a dot or `*.` in front only the latter; addresses and CIDR ranges match addresses. All but `*`
 * and ranges may end with a port.
 */
export function parseNoProxy(value: string): (url: URL) => boolean {
  const exceptions = value.split(/[\s,]+/).flatMap((text) => parseException(text) ?? []);
  return (url) => {
    const host = canonicalName(url.hostname) ?? url.hostname;
    return exceptions.some(({ port, matches }) => (port ?? portOf(url)) === portOf(url) && matches(host));
  };
}
