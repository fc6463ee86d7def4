import { fail, type TbuildError } from '../errors/index.js';
import type { Host, HttpFailure, HttpRoute } from '../host/index.js';
import { certificateDirectories } from './certificates.js';
import { isLoopback } from './local-address.js';
import { portOf } from './port-of.js';
import { escapeControls, redactUrl } from './redact.js';

export interface Circumstances {
  readonly task: string;
  readonly url: URL;
  readonly route: HttpRoute;
  /** Takes out of a text what the request tells in confidence: a redirect may repeat it. */
  readonly hide?: (text: string) => string;
}

function hintFor(host: Host, failure: HttpFailure, url: URL): string | undefined {
  const insecure = `--insecure ${url.hostname}:${portOf(url)}`;
  const [directory] = certificateDirectories(host, url);
  switch (failure.kind) {
    case 'certificate':
      return `Put the certificate of its authority into ${directory}/ca.crt or /etc/containers/certs.d/${url.host}/ca.crt, name it in SSL_CERT_FILE, or accept any certificate with ${insecure}.`;
    case 'tls':
      return `If it asks for a certificate, put one into ${directory} as client.cert and client.key.`;
    case 'not-tls':
      return isLoopback(url.hostname) ? undefined : `If it is meant to speak plain HTTP, allow that with ${insecure}.`;
    case 'proxy':
      return 'The variables HTTPS_PROXY, HTTP_PROXY and ALL_PROXY name the proxy, with USER:PASSWORD@ where it asks; NO_PROXY lists hosts that need none.';
    default:
      return undefined;
  }
}

/** The error that tells of a failure. */
export function explain(
  host: Host,
  failure: HttpFailure,
  { task, url, route, hide = String }: Circumstances,
): TbuildError {
  const via = route.proxy === undefined ? '' : ` through the proxy ${route.proxy.url}`;
  return fail(failure.kind === 'protocol' ? 'server-invalid' : 'server-unavailable', {
    message: `${task}: ${url.origin}${via}: ${escapeControls(failure.message)}`,
    hint: hintFor(host, failure, url),
    details: {
      url: hide(redactUrl(url)),
      reason: failure.kind,
      ...(route.proxy !== undefined && { proxy: route.proxy.url }),
    },
    cause: failure,
  });
}
