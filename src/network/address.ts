/** The bytes of an address: 4 or 16. */
export type Address = readonly number[];

function parseV4(text: string): Address | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined;
  const bytes = text.split('.').map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

/** The host of a URL as every spelling of it becomes there: `127.1`, `0x7f.1` and `2130706433` are `127.0.0.1`. */
function canonicalHost(hostname: string): string | undefined {
  const host = hostname.includes(':') && !hostname.startsWith('[') ? `[${hostname}]` : hostname;
  try {
    return new URL(`http://${host}/`).hostname;
  } catch {
    return undefined;
  }
}

function parseV6(text: string): Address | undefined {
  const host = canonicalHost(`[${text}]`);
  if (host === undefined) return undefined;
  const [before = '', after] = host.slice(1, -1).split('::');
  const groupsOf = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const head = groupsOf(before);
  const tail = groupsOf(after ?? '');
  const groups = [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail];
  return groups.flatMap((group) => [group >> 8, group & 0xff]);
}

/** The address that a host of a URL, or a text of the user, is; undefined for a name. Never asks anybody. */
export function parseAddress(hostname: string): Address | undefined {
  const host = canonicalHost(hostname);
  if (host === undefined) return undefined;
  return host.startsWith('[') ? parseV6(host.slice(1, -1)) : parseV4(host);
}

/** The name in lower case and without a final dot, or the address in its one spelling; undefined where it is no host. */
export function canonicalName(hostname: string): string | undefined {
  return canonicalHost(hostname)?.replace(/\.$/, '');
}

/** `bytes/length`: the first `length` bits. */
export interface AddressRange {
  readonly start: Address;
  readonly bits: number;
}

/** `10.0.0.0/8`, `fd00::/8`; an address alone is a range of one. Undefined for anything else. */
export function parseRange(text: string): AddressRange | undefined {
  const [address = '', length, ...more] = text.split('/');
  if (more.length > 0 || (length !== undefined && !/^\d{1,3}$/.test(length))) return undefined;
  const start = length !== undefined && !address.includes(':') ? parseV4(address) : parseAddress(address);
  if (start === undefined) return undefined;
  const bits = length === undefined ? start.length * 8 : Number(length);
  return bits <= start.length * 8 ? { start, bits } : undefined;
}

export function isInRange(address: Address, { start, bits }: AddressRange): boolean {
  if (address.length !== start.length) return false;
  return start.every((byte, i) => {
    const significant = Math.min(8, Math.max(0, bits - i * 8));
    const mask = (0xff << (8 - significant)) & 0xff;
    return ((byte ^ address[i]!) & mask) === 0;
  });
}
