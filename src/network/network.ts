import type { Bytes } from '../util/index.js';

/** What the user says about the network. */
export interface NetworkSettings {
  /** `host` or `host:port` that may be spoken to without TLS, or with a certificate nobody vouches for. Loopback is implied for plain HTTP. */
  readonly insecure: readonly string[];
  /** A directory with `*.crt`, `*.cert` and `*.key` for every host, besides those of `certs.d`. Absolute. */
  readonly certificateDirectory?: string | undefined;
  /** How long to wait for an answer, and for the next byte. Milliseconds; 30 000 by default. */
  readonly timeoutMs?: number | undefined;
  /** How long a connection may take. Milliseconds; 10 000 by default. */
  readonly connectMs?: number | undefined;
  /** How often is tried what may pass; 5 times by default. */
  readonly attempts?: number | undefined;
}

/** How long is waited, and how often. */
export type Haste = Pick<NetworkSettings, 'timeoutMs' | 'connectMs' | 'attempts'>;

export interface RequestBody {
  /** Bytes; absent where it is not known before. */
  readonly size?: number;
  /** Called again where the request has to be sent again. */
  open(): Promise<Bytes>;
}

export interface NetworkRequest {
  readonly method: string;
  readonly url: URL;
  /** Lower-case names. Not `authorization`, nor any other secret. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Value of Authorization: a secret of this URL's origin. It goes nowhere else, and not over plain HTTP off loopback. */
  readonly authorization?: string | undefined;
  /** Other headers with secrets of this URL's origin, which are handled as `authorization` is. Lower-case names. */
  readonly secretHeaders?: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
  /** What else of the request nobody may see: a token in the body. */
  readonly secrets?: readonly string[];
  /**
   * `safely`: asked again after failures and answers that may pass (408, 429, 5xx). `if-refused`: only where it was surely not
   * acted upon (no connection; 429). `never`.
   */
  readonly repeat: 'safely' | 'if-refused' | 'never';
  /** `return` gives the 3xx answer back. Default `follow`. */
  readonly redirects?: 'follow' | 'return';
  /** Begins messages: `Cannot read "ghcr.io/a/b"`. */
  readonly task: string;
}

export interface NetworkResponse {
  readonly status: number;
  /** Where the answer came from, after redirects. */
  readonly url: URL;
  /** The first value of a header; lower-case name. */
  header(name: string): string | undefined;
  headers(name: string): readonly string[];
  /** Raw, as sent. To be read, or discarded. @throws TbuildError `server-unavailable` */
  readonly body: Bytes;
  /** A text of the server without the secrets of the request that it repeats. For messages. */
  hide(text: string): string;
  /** At most so many bytes of the body; the rest is cut off. For messages. */
  excerpt(limitBytes: number): Promise<Uint8Array>;
  /** The whole body. @throws TbuildError `server-invalid` beyond the limit */
  whole(limitBytes: number): Promise<Uint8Array>;
  discard(): Promise<void>;
}

/** What went over the wire so far. */
export interface Traffic {
  readonly requests: number;
  /** Bytes of bodies. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

/** Waits between attempts: longer every time, with jitter, or as long as the server asks. */
export interface Patience {
  /**
   * @param answer whose Retry-After counts
   * @returns false where it has been tried often enough, or the server asks for more time than anybody would wait
   */
  wait(answer?: NetworkResponse): Promise<boolean>;
  /** Progress was made: begin counting anew. */
  reset(): void;
}

export interface Network {
  /** @throws TbuildError `server-unavailable`, `server-invalid`, `registry-unauthorised` (a secret that must not be sent) */
  send(request: NetworkRequest): Promise<NetworkResponse>;
  /** `https://authority` or, where plain HTTP is allowed and nothing else is spoken there, `http://authority`. Asked once; `task` begins messages. */
  originOf(authority: string, task?: string): Promise<URL>;
  /** True where a certificate vouches for who answers there: neither plain HTTP, nor a host that the user excepted. */
  isVouchedFor(url: URL): boolean;
  patience(): Patience;
  readonly traffic: Traffic;
  /** Closes idle connections. */
  close(): Promise<void>;
}
