import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';

/** A request as a server saw it. */
export interface LoggedRequest {
  /** Name of the server. */
  readonly server: string;
  readonly method: string;
  /** As it was sent: path and query. */
  readonly url: string;
  /** Without the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Of the body, so far as it came. */
  receivedBytes: number;
  /** Of the answer's body. */
  sentBytes: number;
  /** 0 where the connection ended without an answer. */
  status: number;
  /** The first 64 KiB of the request's body. */
  readonly body: () => Buffer;
}

/** What a server answers. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** A stream is sent chunked where `content-length` is not among the headers. */
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
  /** The connection is cut after so many bytes of the body. */
  readonly cutAfter?: number;
  /** After so many bytes of the body nothing more comes. */
  readonly stallAfter?: number;
  /** Waits so long before each piece of 1 KiB. */
  readonly dripMs?: number;
}

/** Instead of an answer the connection is cut, or nothing ever comes, or bytes that need not be HTTP (in Latin-1). */
export type Reply = Answer | 'cut' | 'stall' | { readonly raw: string };

/** The request's body ended before its time, through us or the client. */
export class BodyCut extends Error {
  override readonly name = 'BodyCut';
}

const KEPT_BYTES = 64 * 1024;

/** One request on its way through a server. */
export class Exchange {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly log: LoggedRequest;
  readonly isTls: boolean;
  /** The connection is cut when so many bytes of the body have come. */
  cutBodyAt: number | undefined;
  readonly #request: IncomingMessage;
  readonly #kept: Buffer[] = [];
  #opened = false;

  constructor(request: IncomingMessage, server: string) {
    this.#request = request;
    this.method = request.method!;
    // Not `new URL(url, base)`, for which `//host` would be another host.
    this.url = new URL(`http://registry.test${request.url}`);
    this.headers = request.headers;
    this.isTls = request.socket instanceof TLSSocket;
    this.log = {
      server,
      method: this.method,
      url: request.url!,
      path: this.url.pathname,
      headers: request.headers,
      receivedBytes: 0,
      sentBytes: 0,
      status: 0,
      body: () => Buffer.concat(this.#kept),
    };
  }

  get path(): string {
    return this.url.pathname;
  }

  query(name: string): string | undefined {
    return this.url.searchParams.get(name) ?? undefined;
  }

  /** The body, once. @throws BodyCut */
  async *body(): AsyncGenerator<Buffer> {
    this.#opened = true;
    try {
      if (this.cutBodyAt === 0) throw this.#cut();
      for await (const chunk of this.#request as AsyncIterable<Buffer>) {
        const room = (this.cutBodyAt ?? Number.POSITIVE_INFINITY) - this.log.receivedBytes;
        const piece = chunk.subarray(0, room);
        this.#count(piece);
        yield piece;
        if (piece.length === room) throw this.#cut();
      }
    } catch (error) {
      throw error instanceof BodyCut ? error : new BodyCut('the client went away', { cause: error });
    }
    if (!this.#request.complete) throw new BodyCut('the client went away');
  }

  async wholeBody(): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of this.body()) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  /** Reads what nobody has read, so that the connection can be used again. */
  async drain(): Promise<void> {
    if (this.#opened || this.#request.destroyed) return;
    for await (const _ of this.body());
  }

  #cut(): BodyCut {
    this.#request.socket.destroy();
    return new BodyCut('cut on purpose');
  }

  #count(piece: Buffer): void {
    if (this.log.receivedBytes < KEPT_BYTES) {
      this.#kept.push(Buffer.from(piece.subarray(0, KEPT_BYTES - this.log.receivedBytes)));
    }
    this.log.receivedBytes += piece.length;
  }
}
