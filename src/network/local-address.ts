import { type Address, type AddressRange, canonicalName, isInRange, parseAddress, parseRange } from './address.js';

const ranges = (...texts: readonly string[]): readonly AddressRange[] => texts.map((text) => parseRange(text)!);

const LOOPBACK = ranges('127.0.0.0/8', '::1/128');
/** IANA's registries of special-purpose addresses: whatever is not reachable from everywhere. */
const LOCAL = ranges(
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '255.255.255.255/32',
  '::/128',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
);
/** Link-local, where clouds tell secrets to their machines (and once in IPv6 elsewhere), and unspecified. */
const UNSHARED = ranges('0.0.0.0/8', '169.254.0.0/16', '::/128', 'fe80::/10', 'fd00:ec2::254/128');
/** IPv6 addresses that carry one of IPv4 in their last bytes: mapped, compatible, translated (RFC 4291, 6052, 8215). */
const CARRIERS = ranges('::ffff:0:0/96', '::/96', '64:ff9b::/96', '64:ff9b:1::/48');

function carried(address: Address): Address | undefined {
  return CARRIERS.some((range) => isInRange(address, range)) ? address.slice(-4) : undefined;
}

function isIn(hostname: string, list: readonly AddressRange[]): boolean {
  const name = canonicalName(hostname);
  if (name === undefined) return false;
  if (name === 'localhost' || name.endsWith('.localhost')) return true; // RFC 6761, section 6.3
  const address = parseAddress(name);
  if (address === undefined) return false;
  const inner = carried(address);
  return list.some((range) => isInRange(address, range) || (inner !== undefined && isInRange(inner, range)));
}

/** True for the machine itself: an address in any spelling, or a name that always means it. Asks no name server. */
export function isLoopback(hostname: string): boolean {
  return isIn(hostname, LOOPBACK);
}

/** True for loopback, link-local, private, shared and unspecified addresses in any spelling. Asks no name server. */
export function isLocalAddress(hostname: string): boolean {
  return isIn(hostname, LOCAL);
}

/** True where a server on this machine or in its networks may send us. */
export function isNeighbour(from: string, to: string): boolean {
  if (canonicalName(from) === canonicalName(to)) return true;
  return isLoopback(to) ? isLoopback(from) : isLocalAddress(from) && !isIn(to, UNSHARED);
}
