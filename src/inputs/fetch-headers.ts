import { openNetrc } from '../credentials/index.js';
import { fail } from '../errors/index.js';
import type { FetchContent, SecretHeader } from '../manifest/index.js';
import { isLoopback } from '../network/index.js';
import type { DownloadHeaders } from './download.js';
import type { ContentContext } from './input-context.js';

function valueFor({ name, variable, prefix, at }: SecretHeader, { host }: Pick<ContentContext, 'host'>): string {
  const value = host.env.variable(variable);
  if (value !== undefined) return `${prefix}${value}`;
  throw fail('secret-missing', {
    message: `The environment variable ${variable} is not set, which has the value of the header ${JSON.stringify(name)}`,
    at,
    details: { variable },
  });
}

/**
 * The headers with secrets of a download: those that are declared, for each of its URLs; and where none of them is an
 * Authorization, user name and password of a netrc file, for https and this machine only, unless those stay here. Asked for each URL, and only where
 * something has to be fetched.
 *
 * @returns a function that throws TbuildError `secret-missing`, `credentials-invalid`
 */
export function fetchHeaders(
  { headers }: Pick<FetchContent, 'headers'>,
  context: Pick<ContentContext, 'host' | 'warn' | 'sendsPasswords'>,
): (url: URL) => Promise<DownloadHeaders> {
  const netrc = openNetrc(context.host, (message) => context.warn?.(message));
  return async (url) => {
    const { authorization, ...secretHeaders } = Object.fromEntries(
      headers.map((header): [string, string] => [header.name, valueFor(header, context)]),
    );
    const mayKnow = context.sendsPasswords && (url.protocol === 'https:' || isLoopback(url.hostname));
    return {
      authorization: authorization ?? (mayKnow ? netrc.authorizationFor(url.hostname) : undefined),
      secretHeaders,
    };
  };
}
