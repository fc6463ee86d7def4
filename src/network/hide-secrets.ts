import type { NetworkRequest } from './network.js';

/** Shorter ones would be found everywhere, and what is missing would tell them. */
const SHORTEST = 4;

/** What of such a header nobody may see: what follows the scheme, and of Basic also the password in it. */
function partsOf(header: string): readonly string[] {
  const [, scheme = '', value = ''] = /^(\S+) +(.*)$/s.exec(header) ?? [];
  if (scheme.toLowerCase() !== 'basic') return [value];
  const pair = Buffer.from(value, 'base64').toString();
  return [value, pair.slice(pair.indexOf(':') + 1)];
}

/** Takes out of a text what the request tells in confidence: there are servers that repeat it when they refuse it. */
export function hidingSecretsOf({
  authorization,
  secretHeaders = {},
  secrets = [],
}: NetworkRequest): (text: string) => string {
  const values = Object.values(secretHeaders);
  const headers = [...(authorization === undefined ? [] : [authorization]), ...values];
  const all = [...headers.flatMap(partsOf), ...values, ...secrets];
  const forms = all
    .filter(({ length }) => length >= SHORTEST)
    .flatMap((secret) => [secret, encodeURIComponent(secret)]);
  return (text) => forms.reduce((rest, form) => rest.replaceAll(form, '…'), text);
}
