import type { Socket } from 'node:net';
import type { Client } from 'undici';
import type { HttpRequest } from '../http.js';
import { connectTo } from './http-connect.js';
import { tellWriteErrorsLate } from './late-write-errors.js';

const HEAD_BYTES = 64 * 1024;

/**
 * `whole`: the connection can be used for another request. `unanswered`: the server closed it before it answered. `broken`:
 * anything else.
 */
export type ExchangeEnd = 'whole' | 'unanswered' | 'broken';

/** Carries one exchange at a time. The connection is made when it is needed, and made anew where it has ended. */
export interface Line {
  readonly client: Client;
  /** Milliseconds for making the connection. */
  connectMs: number;
  /** The first error of the connection: undici tells the last, which may hide what TLS said before. */
  trouble: unknown;
  /** An exchange went over it before. */
  isUsed: boolean;
  /** Ends the connection, also one in the making. */
  drop(): void;
}

/** True where the request is sent to the proxy itself, which sends it on (RFC 9112, section 3.2.2). */
export function isForwarded({ url, route }: Pick<HttpRequest, 'url' | 'route'>): boolean {
  return route.proxy !== undefined && url.protocol === 'http:';
}

async function openLine(request: HttpRequest): Promise<Line> {
  // Most commands need no network, and the library takes time to load.
  const { Client: UndiciClient } = await import('./undici-client.js');
  const { url, route } = request;
  const stop = new AbortController();
  const connect = async (): Promise<Socket> => {
    line.trouble = undefined;
    const socket = await connectTo(url, route, { limitMs: line.connectMs, interruption: stop.signal });
    tellWriteErrorsLate(socket);
    socket.on('error', (error) => {
      line.trouble ??= error;
    });
    return socket;
  };
  const client = new UndiciClient(isForwarded(request) ? new URL(route.proxy!.url).origin : url.origin, {
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: HEAD_BYTES,
    allowH2: false,
    connect: (_options, callback) => {
      connect().then(
        (socket) => callback(null, socket),
        (error: Error) => callback(error, null),
      );
    },
  });
  const line: Line = {
    client,
    connectMs: request.limits.connectMs,
    trouble: undefined,
    isUsed: false,
    drop() {
      stop.abort(new Error('nobody needs the connection'));
      void client.destroy(new Error('nobody needs the connection'));
    },
  };
  return line;
}

/**
 * The lines of one route to one origin: as many as there are exchanges at the same time. A limit of our own could
 * only make those wait for each other that need each other: the body of one may be the answer of another.
 */
export class Lines {
  readonly #free = new Set<Line>();
  #isClosed = false;
  /**
   * The server closes connections without saying so. Whether it took a request that met this nobody knows, and one that
   * must not be repeated would meet it again, so from then on each exchange has a connection of its own.
   */
  #isFickle = false;

  /** The line that was free last, since its server has had the least time to close it; or a new one. */
  async take(request: HttpRequest): Promise<Line> {
    const line = [...this.#free].at(-1) ?? (await this.#open(request));
    this.#free.delete(line);
    line.connectMs = request.limits.connectMs;
    return line;
  }

  /** For the next exchange. */
  giveBack(line: Line): void {
    line.isUsed = true;
    if (this.#isClosed || this.#isFickle) line.drop();
    else this.#free.add(line);
  }

  /** Ends a line whose exchange is over before its time. */
  giveUp(line: Line, end: Exclude<ExchangeEnd, 'whole'>): void {
    line.drop();
    if (end !== 'unanswered' || !line.isUsed) return;
    this.#isFickle = true;
    for (const free of this.#free) free.drop();
    this.#free.clear();
  }

  /** Ends what is free now, and the others when they are given back. */
  close(): void {
    this.#isClosed = true;
    for (const line of this.#free) line.drop();
    this.#free.clear();
  }

  async #open(request: HttpRequest): Promise<Line> {
    const line = await openLine(request);
    // The server, or time, has ended the connection.
    line.client.on('disconnect', () => {
      if (this.#free.delete(line)) line.drop();
    });
    return line;
  }
}
