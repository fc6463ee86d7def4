import { createServer, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, BodyCut, Exchange, type LoggedRequest, type Reply } from './exchange.js';

export interface ServerOptions {
  /** Distinguishes servers that share a log. */
  readonly name: string;
  /** Shared with other servers. */
  readonly log?: LoggedRequest[];
  /** PEM. With `clientAuthority` only clients with a certificate of it are let in. */
  readonly tls?: { readonly key: string; readonly certificate: string; readonly clientAuthority?: string };
  readonly handle: (exchange: Exchange) => Promise<Reply> | Reply;
}

/** A server on loopback that remembers all that it was asked. */
export interface TestServer {
  readonly name: string;
  /** `127.0.0.1:PORT` */
  readonly authority: string;
  readonly origin: string;
  readonly port: number;
  /** In the order of their coming, of all servers that share the log. */
  readonly requests: LoggedRequest[];
  /** Bytes of bodies. */
  readonly receivedBytes: number;
  readonly sentBytes: number;
  close(): Promise<void>;
}

const DRIP_BYTES = 1024;

async function* inPieces(answer: Answer): AsyncGenerator<Uint8Array> {
  const { body = new Uint8Array(0), dripMs } = answer;
  for await (const chunk of body instanceof Uint8Array ? [body] : body) {
    if (dripMs === undefined) {
      yield chunk;
      continue;
    }
    for (let start = 0; start < chunk.length; start += DRIP_BYTES) {
      await sleep(dripMs);
      yield chunk.subarray(start, start + DRIP_BYTES);
    }
  }
}

/** Until what was written is on its way, or the client is gone. */
function written(response: ServerResponse, piece: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('close', done);
      resolve();
    };
    response.once('close', done);
    response.write(piece, done);
  });
}

async function sendBody(response: ServerResponse, answer: Answer, log: LoggedRequest): Promise<void> {
  const limit = Math.min(answer.cutAfter ?? Number.POSITIVE_INFINITY, answer.stallAfter ?? Number.POSITIVE_INFINITY);
  if (limit === 0) response.flushHeaders();
  for await (const chunk of limit === 0 ? [] : inPieces(answer)) {
    if (response.destroyed) return;
    const piece = chunk.subarray(0, limit - log.sentBytes);
    log.sentBytes += piece.length;
    await written(response, piece);
    if (log.sentBytes === limit) break;
  }
  // A destroyed socket may lose what is still in it: the client must see every byte that it was promised.
  if (answer.cutAfter !== undefined) response.socket?.destroySoon();
  else if (answer.stallAfter === undefined) response.end();
}

async function send(response: ServerResponse, reply: Reply, exchange: Exchange): Promise<void> {
  if (reply === 'stall') return;
  if (reply === 'cut') {
    response.socket?.destroy();
    return;
  }
  if ('raw' in reply) {
    response.socket?.end(reply.raw, 'latin1');
    return;
  }
  exchange.log.status = reply.status;
  response.statusCode = reply.status;
  for (const [name, value] of Object.entries(reply.headers ?? {})) {
    response.setHeader(name, typeof value === 'string' ? value : [...value]);
  }
  const known = reply.body === undefined || reply.body instanceof Uint8Array;
  const mayHaveLength = known && reply.status !== 204 && reply.status !== 304 && !response.hasHeader('content-length');
  if (mayHaveLength && !response.hasHeader('transfer-encoding')) {
    response.setHeader('content-length', (reply.body as Uint8Array | undefined)?.length ?? 0);
  }
  if (exchange.method === 'HEAD') response.end();
  else await sendBody(response, reply, exchange.log);
}

async function serve(exchange: Exchange, response: ServerResponse, handle: ServerOptions['handle']): Promise<void> {
  try {
    await send(response, await handle(exchange), exchange);
    await exchange.drain();
  } catch (error) {
    if (!(error instanceof BodyCut)) {
      process.stderr.write(`test server: ${error instanceof Error ? error.stack : error}\n`);
      exchange.log.status = 500;
      if (!response.headersSent) response.writeHead(500);
    }
    response.destroy();
  }
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function openTls({ key, certificate, clientAuthority }: NonNullable<ServerOptions['tls']>): Server {
  const clients =
    clientAuthority === undefined ? {} : { ca: clientAuthority, requestCert: true, rejectUnauthorized: true };
  return createTlsServer({ key, cert: certificate, ...clients });
}

/** Starts a server on a free port of 127.0.0.1. */
export async function startServer(options: ServerOptions): Promise<TestServer> {
  const requests = options.log ?? [];
  const { tls } = options;
  const server = tls === undefined ? createServer() : openTls(tls);
  const own: LoggedRequest[] = [];
  server.on('request', (request, response) => {
    const exchange = new Exchange(request, options.name);
    requests.push(exchange.log);
    own.push(exchange.log);
    void serve(exchange, response, options.handle);
  });
  const port = await listen(server);
  const authority = `127.0.0.1:${port}`;
  const sum = (count: (item: LoggedRequest) => number) => own.reduce((total, item) => total + count(item), 0);
  return {
    name: options.name,
    authority,
    origin: `${tls === undefined ? 'http' : 'https'}://${authority}`,
    port,
    requests,
    get receivedBytes() {
      return sum((item) => item.receivedBytes);
    },
    get sentBytes() {
      return sum((item) => item.sentBytes);
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
