import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps, type ServerOptions } from 'node:https';
import { type AddressInfo, connect, createServer as createTcp, type Server, type Socket } from 'node:net';
import { afterEach } from 'vitest';

/** A request as a server got it. */
export interface Heard {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface TestServer {
  readonly port: number;
  /** `http://127.0.0.1:PORT`, or `https:`. */
  readonly origin: string;
  readonly heard: readonly Heard[];
  /** Connections accepted so far. */
  readonly connections: number;
  close(): Promise<void>;
}

export interface ServerSettings {
  readonly tls?: ServerOptions;
  /** Where it listens; 127.0.0.1 by default. A path makes a unix socket. */
  readonly at?: { readonly host: string } | { readonly path: string };
  /** Answers before the body of the request was read. */
  readonly early?: boolean;
}

type Answer = (response: ServerResponse, heard: Heard, request: IncomingMessage) => void;

export interface ProxyLog {
  /** First lines: `CONNECT host:443`, `GET http://host/path`. */
  readonly lines: readonly string[];
  readonly headers: readonly IncomingMessage['headers'][];
}

export interface Servers {
  http(answer: Answer, settings?: ServerSettings): Promise<TestServer>;
  tcp(onConnection: (socket: Socket) => void): Promise<TestServer>;
  /** An HTTP proxy that sends everything to 127.0.0.1, whatever the name, or answers with a status instead. */
  proxy(answerWith?: (request: IncomingMessage) => number | undefined): Promise<TestServer & ProxyLog>;
}

async function listen(server: Server, at: ServerSettings['at']): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at !== undefined && 'path' in at ? at : { port: 0, host: at?.host ?? '127.0.0.1' }, resolve);
  });
  return (server.address() as AddressInfo).port;
}

function bodyOf(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', () => undefined);
  });
}

/** Servers that live until the end of each test. */
export function servers(): Servers {
  const all = openServers();
  afterEach(() => all.closeAll());
  return all;
}

/** Servers that live until they are closed. */
export function openServers(): Servers & { closeAll(): Promise<void> } {
  const open: (() => Promise<void>)[] = [];

  async function start<T extends object>(server: Server, scheme: string, more: T, at?: ServerSettings['at']) {
    const sockets = new Set<Socket>();
    const counts = { connections: 0 };
    server.on('connection', (socket: Socket) => {
      counts.connections++;
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    });
    const port = await listen(server, at);
    const close = (): Promise<void> =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      });
    open.push(close);
    const host = at !== undefined && 'host' in at ? at.host : '127.0.0.1';
    const origin = `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
    return Object.assign(counts, { port, origin, close, heard: [] as Heard[], ...more });
  }

  return {
    async closeAll() {
      await Promise.all(open.splice(0).map((close) => close()));
    },
    async http(answer, { tls, at, early = false } = {}) {
      const heard: Heard[] = [];
      const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
        const facts = { method: request.method!, path: request.url!, headers: request.headers };
        const tell = (body: Buffer): void => {
          const item = { ...facts, body };
          heard.push(item);
          answer(response, item, request);
        };
        if (early) tell(Buffer.alloc(0));
        else void bodyOf(request).then(tell);
      };
      const server = tls === undefined ? createHttp(onRequest) : createHttps(tls, onRequest);
      return start(server, tls === undefined ? 'http' : 'https', { heard }, at);
    },
    tcp: (onConnection) => start(createTcp(onConnection), 'http', {}),
    async proxy(answerWith = () => undefined) {
      const log = { lines: [] as string[], headers: [] as IncomingMessage['headers'][] };
      const note = (request: IncomingMessage): void => {
        log.lines.push(`${request.method} ${request.url}`);
        log.headers.push(request.headers);
      };
      const server = createHttp((request, response) => {
        note(request);
        response.writeHead(answerWith(request) ?? 200);
        response.end('from the proxy');
      });
      server.on('connect', (request: IncomingMessage, socket: Socket) => {
        note(request);
        const status = answerWith(request);
        if (status !== undefined) {
          socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
          return;
        }
        const upstream = connect(Number(new URL(`http://${request.url}`).port), '127.0.0.1', () => {
          socket.write('HTTP/1.1 200 OK\r\n\r\n');
          upstream.pipe(socket).pipe(upstream);
        });
        upstream.on('error', () => socket.destroy());
        socket.on('error', () => upstream.destroy());
        socket.on('close', () => upstream.destroy());
      });
      return start(server, 'http', log);
    },
  };
}
