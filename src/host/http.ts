import type { Bytes } from '../util/index.js';

/** How a connection is made. Requests with the same object share connections. */
export interface HttpRoute {
  /** A unix socket instead of the host of the URL. */
  readonly socketPath?: string;
  /** An HTTP proxy. */
  readonly proxy?: { readonly url: string /** Value of Proxy-Authorization. */; readonly authorization?: string };
  readonly tls?: HttpTls;
}

export interface HttpTls {
  /** Certificate authorities in PEM besides those that Node brings. */
  readonly authorities: readonly string[];
  /** Certificate and key of the client in PEM. */
  readonly client?: { readonly certificate: string; readonly key: string };
  /** False accepts every certificate. */
  readonly verify: boolean;
}

/** Milliseconds. */
export interface HttpLimits {
  /** Until the connection, TLS included, is there. */
  readonly connectMs: number;
  /** From the last byte sent to the head of the answer. */
  readonly headersMs: number;
  /** Without a byte sent or received. */
  readonly progressMs: number;
}

export interface HttpRequest {
  readonly method: string;
  /** Absolute, `http:` or `https:`, without user information. */
  readonly url: URL;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Sent with the `content-length` of `headers`. */
  readonly body?: Bytes | Uint8Array;
  readonly route: HttpRoute;
  readonly limits: HttpLimits;
  readonly interruption: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names; values in the order in which they came. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** The bytes as they were sent, never decompressed. To be read, or discarded. May throw an HttpFailure. */
  readonly body: Bytes;
  /** Ends the answer without reading on. */
  discard(): Promise<void>;
}

/** Why there was no answer, or no whole one. */
export type HttpFailureKind =
  | 'name' // the host's name cannot be resolved
  | 'refused' // nobody listens, or no way leads there
  | 'not-tls' // the server does not speak TLS
  | 'certificate' // the certificate is not trusted, or not for this host
  | 'tls' // any other failure of TLS
  | 'proxy' // the proxy refused
  | 'timeout' // one of HttpLimits
  | 'closed' // the connection ended in the middle
  | 'protocol'; // the answer is not HTTP, or its head is too large

export interface HttpFailureOptions extends ErrorOptions {
  /** See `HttpFailure.isBeforeSending`. */
  readonly isBeforeSending?: boolean;
}

/** The one error of `Http.request` and of the bodies it gives, besides the reason of the interruption and what a request's body throws. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure';
  readonly kind: HttpFailureKind;
  /** True where surely nothing of the request reached the server. */
  readonly isBeforeSending: boolean;

  /** @param message in words that follow the name of the server and a colon: `connection refused` */
  constructor(kind: HttpFailureKind, message: string, options: HttpFailureOptions = {}) {
    super(message, options);
    this.kind = kind;
    this.isBeforeSending = options.isBeforeSending ?? false;
  }
}

/** One exchange at a time: no redirect is followed, nothing is tried again, nothing is added but `host` and `user-agent`. */
export interface Http {
  /** @throws HttpFailure */
  request(request: HttpRequest): Promise<HttpResponse>;
  /** Makes a connection as a request would, TLS included, and ends it. @throws HttpFailure */
  connect(request: Pick<HttpRequest, 'url' | 'route' | 'limits' | 'interruption'>): Promise<void>;
  /** Closes idle connections, so that the process can end. Safe to call at any time; later requests open new ones. */
  close(): Promise<void>;
}
