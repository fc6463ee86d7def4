import { fail } from '../errors/index.js';
import { canonicalName } from './address.js';
import { isLoopback } from './local-address.js';
import { portOf } from './port-of.js';

function parseEntry(text: string): { readonly host: string; readonly port: string | undefined } {
  const isBareV6 = /^[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*$/i.test(text);
  const match = isBareV6 ? null : /^(.*?)(?::(\d{1,5}))?$/s.exec(text);
  const host = canonicalName(match?.[1] ?? text);
  if (host === undefined || !/^([a-z0-9._-]+|\[.*\])$/.test(host) || /[/?#@\s]/.test(text)) {
    throw fail('network-settings-invalid', {
      message: `Cannot allow ${JSON.stringify(text)} to be insecure: it is no host`,
      hint: 'Name it as HOST or HOST:PORT, without a scheme.',
    });
  }
  return { host, port: match?.[2] };
}

/** What the user takes the risk for. */
export interface Insecure {
  /** True where the user named the host: any certificate will do. */
  isNamed(url: URL): boolean;
  /** True where plain HTTP will do as well. */
  allowsPlain(url: URL): boolean;
}

/** @throws TbuildError `network-settings-invalid` */
export function openInsecure(named: readonly string[]): Insecure {
  const entries = named.map(parseEntry);
  const isNamed = (url: URL): boolean => {
    const host = canonicalName(url.hostname);
    return entries.some((entry) => entry.host === host && (entry.port ?? portOf(url)) === portOf(url));
  };
  return { isNamed, allowsPlain: (url) => isLoopback(url.hostname) || isNamed(url) };
}
