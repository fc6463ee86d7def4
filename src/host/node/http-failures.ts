import { HttpFailure, type HttpFailureKind } from '../http.js';

type Meaning = readonly [HttpFailureKind, string];

const NETWORK: Readonly<Record<string, Meaning>> = {
  ENOTFOUND: ['name', 'no such host'],
  EAI_AGAIN: ['name', 'the name of the host cannot be resolved at the moment'],
  ECONNREFUSED: ['refused', 'connection refused'],
  EHOSTUNREACH: ['refused', 'no route to the host'],
  ENETUNREACH: ['refused', 'the network is unreachable'],
  EADDRNOTAVAIL: ['refused', 'the address is not available'],
  ENOENT: ['refused', 'no such socket'],
  EACCES: ['refused', 'permission denied'],
  EPERM: ['refused', 'permission denied'],
  ETIMEDOUT: ['timeout', 'the connection timed out'],
  ECONNRESET: ['closed', 'the connection was reset'],
  ECONNABORTED: ['closed', 'the connection was reset'],
  EPIPE: ['closed', 'the server closed the connection'],
  ENOTCONN: ['closed', 'the server closed the connection'],
};

/** Codes of X.509 verification (openssl-verification-options(1)), as Node gives them. */
const CERTIFICATE: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  CERT_REVOKED: 'its certificate has been revoked',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from an authority that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate comes from an authority that is not known here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate comes from an authority that is not known here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes from an authority that is not known here',
  CERT_UNTRUSTED: 'its certificate is not trusted',
  CERT_REJECTED: 'its certificate is not trusted',
  CERT_SIGNATURE_FAILURE: 'the signature of its certificate is wrong',
  CERT_CHAIN_TOO_LONG: 'the chain of its certificate is too long',
  PATH_LENGTH_EXCEEDED: 'the chain of its certificate is too long',
  INVALID_CA: 'its certificate comes from one that is no authority',
  INVALID_PURPOSE: 'its certificate is not for servers',
  HOSTNAME_MISMATCH: 'its certificate is for another host',
  EE_KEY_TOO_SMALL: 'the key of its certificate is too weak',
  CA_KEY_TOO_SMALL: 'the key of its authority is too weak',
  CA_MD_TOO_WEAK: 'the signature of its authority is too weak',
};

/** What a peer says that is no TLS at all: OpenSSL takes its text for a record. */
const NOT_TLS =
  /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|UNKNOWN_PROTOCOL|RECORD_TOO_SMALL|DATA_LENGTH_TOO_LONG)$/;
/** RFC 8446, section 6.2, in OpenSSL's names. */
const CLIENT_CERTIFICATE =
  /ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_UNKNOWN|CERTIFICATE_EXPIRED|CERTIFICATE_REVOKED)$|ALERT_HANDSHAKE_FAILURE$/;

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function networkMeaning(error: unknown): Meaning | undefined {
  const code = codeOf(error);
  return code !== undefined && Object.hasOwn(NETWORK, code) ? NETWORK[code] : undefined;
}

/** Why there is no TCP connection. */
export function connectFailure(error: unknown): HttpFailure {
  if (error instanceof HttpFailure) return error;
  const [kind, message] = networkMeaning(error) ?? (['refused', messageOf(error)] as const);
  return new HttpFailure(kind, message, { cause: error, isBeforeSending: true });
}

function wrongHost(error: unknown): string {
  const { host, cert } = error as { host?: string; cert?: { subjectaltname?: string } };
  const names = (cert?.subjectaltname ?? '').replaceAll(/(?:DNS|IP Address):/g, '').slice(0, 200);
  return `its certificate is for ${JSON.stringify(names)}, not for ${JSON.stringify(host ?? '')}`;
}

function tlsMeaning(error: unknown): Meaning | undefined {
  const code = codeOf(error);
  if (code === undefined) return undefined;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return ['certificate', wrongHost(error)];
  if (Object.hasOwn(CERTIFICATE, code)) return ['certificate', CERTIFICATE[code]!];
  if (NOT_TLS.test(code)) return ['not-tls', 'the server does not speak TLS'];
  if (CLIENT_CERTIFICATE.test(code))
    return ['tls', 'the server does not accept the certificate of the client, or its lack'];
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') return ['tls', `TLS failed: ${messageOf(error)}`];
  return undefined;
}

/** Why there is a TCP connection, but no TLS. */
export function handshakeFailure(error: unknown): HttpFailure {
  if (error instanceof HttpFailure) return error;
  const [kind, message] =
    tlsMeaning(error) ?? networkMeaning(error) ?? (['tls', `TLS failed: ${messageOf(error)}`] as const);
  const text = kind === 'closed' ? 'the server closed the connection instead of speaking TLS' : message;
  return new HttpFailure(kind, text, { cause: error, isBeforeSending: true });
}

/** What went wrong on a connection. An error that is none of the network comes out as it is: it is a bug. */
export function exchangeFailure(error: unknown): unknown {
  if (error instanceof HttpFailure) return error;
  const code = codeOf(error) ?? '';
  const become = (kind: HttpFailureKind, message: string): HttpFailure =>
    new HttpFailure(kind, message, { cause: error });
  if (code === 'UND_ERR_SOCKET' && /^bad /.test(messageOf(error))) {
    return become('protocol', 'the server answered what was not asked');
  }
  if (code === 'UND_ERR_SOCKET') return become('closed', 'the server closed the connection');
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH' || code === 'HPE_INVALID_EOF_STATE') {
    return become('closed', 'the server closed the connection in the middle of its answer');
  }
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return become('protocol', 'the head of the answer is too large');
  if (error instanceof Error && error.name === 'HTTPParserError') return become('protocol', 'the answer is not HTTP');
  const meaning = networkMeaning(error) ?? tlsMeaning(error);
  return meaning === undefined ? error : become(...meaning);
}

/** The proxy's own answer instead of that of a server. Where it is 5xx, no way leads there (RFC 9110, section 15.6). */
export function proxyFailure(status: number): HttpFailure {
  const message = status === 407 ? 'the proxy wants to know who asks (407)' : `the proxy answered ${status}`;
  return new HttpFailure(status >= 500 ? 'refused' : 'proxy', message, { isBeforeSending: true });
}
