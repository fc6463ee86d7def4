import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
  request as send,
} from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type Certificate, makeAuthority } from '../../support/registry/certificates.js';
import type { Exchange, LoggedRequest, Reply } from '../../support/registry/exchange.js';
import { type RegistryOptions, startRegistry, type TestRegistry } from '../../support/registry/registry.js';
import { startServer, type TestServer } from '../../support/registry/server.js';
import { startTokenServer, type TokenServer, type TokenServerOptions } from '../../support/registry/token-server.js';

/** Every name of the tests: they are in the one certificate that all servers have. */
const NAMES = [
  ...['registry', 'other', 'auth', 'cdn', 'stranger', 'sub.registry'].map((name) => `${name}.example`),
  ...['azurecr.io', 'my.azurecr.io', 'azurecr.io.attacker', 'evil.azurecr.io.attacker', 'evilazurecr.io'],
];

/** What the proxy was asked for: the whole world but loopback is reached through it. */
interface Reached {
  /** `registry.example:443` */
  readonly authority: string;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Servers with names, which the program reaches through a proxy that knows where they are. So names, addresses and
 * certificates are as they are out there, and nobody is asked of whom it is not known. Loopback is never reached
 * through a proxy: there a trap listens.
 */
export interface Internet {
  /** Of all servers, in the order of their coming; `server` is the origin that the client named. */
  readonly requests: LoggedRequest[];
  readonly reached: Reached[];
  /** How a process gets there. */
  readonly env: Readonly<Record<string, string>>;
  /** Listens on loopback with TLS; whoever gets there went where nobody should. */
  readonly trap: TestServer;
  /** Likewise, without TLS. */
  readonly plainTrap: TestServer;
  /** Called with each request before it is answered. */
  watch: (() => void) | undefined;
  registry(origin: string, options?: Omit<RegistryOptions, 'log' | 'name' | 'tls'>): Promise<TestRegistry>;
  tokens(options: Omit<TokenServerOptions, 'log' | 'name'>): Promise<TokenServer>;
  server(origin: string, handle: (exchange: Exchange) => Promise<Reply> | Reply): Promise<TestServer>;
  /** The contents of a registry at another origin, which wants no credentials. */
  front(registry: TestRegistry, origin: string): Promise<void>;
  /** Closes every server but the proxy and the traps, and forgets what was asked. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

const authorityOf = (origin: string): string => {
  const { protocol, hostname, port } = new URL(origin);
  return `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;
};

/** Whom nobody knows nobody reaches. */
function startProxy(portOf: (authority: string) => number | undefined, reached: Reached[]) {
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url!);
    const authority = authorityOf(url.origin);
    reached.push({ authority, headers: request.headers });
    const port = portOf(authority);
    if (port === undefined) return void response.writeHead(502).end();
    const { 'proxy-authorization': _, ...headers } = request.headers;
    const target = { host: '127.0.0.1', port, method: request.method, path: url.pathname + url.search, headers };
    const onward = send(target, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    reached.push({ authority: request.url!, headers: request.headers });
    const port = portOf(request.url!);
    if (port === undefined) return void socket.end('HTTP/1.1 502 Nobody\r\ncontent-length: 0\r\n\r\n');
    const upstream = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
    socket.on('close', () => upstream.destroy());
  });
  return new Promise<{ port: number; close(): Promise<void> }>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve({
        port: (server.address() as AddressInfo).port,
        close() {
          server.closeAllConnections();
          return new Promise((done) => server.close(() => done()));
        },
      });
    });
  });
}

/** @param proxyUser `name:password`, which the program is told to show to the proxy */
export async function openInternet(directory: string, proxyUser: string): Promise<Internet> {
  const authority = await makeAuthority(directory);
  const names = [...NAMES, 'localhost'].map((name) => `DNS:${name}`);
  const certificate: Certificate = await authority.issue('server', [...names, 'IP:127.0.0.1']);
  const { key, certificate: text } = certificate;
  const tls = { key, certificate: text };
  const requests: LoggedRequest[] = [];
  const reached: Reached[] = [];
  const ports = new Map<string, number>();
  let open: { close(): Promise<void> }[] = [];
  const proxy = await startProxy((name) => ports.get(name), reached);
  const address = `http://${proxyUser}@127.0.0.1:${proxy.port}`;
  const nothing = (): Reply => ({ status: 404 });
  const trap = await startServer({ name: 'trap', log: requests, tls, handle: nothing });
  const plainTrap = await startServer({ name: 'trap', log: requests, handle: nothing });

  async function add<T extends TestServer>(
    origin: string,
    start: (secure: { tls?: typeof tls }) => Promise<T>,
  ): Promise<T> {
    const server = await start(origin.startsWith('https:') ? { tls } : {});
    ports.set(authorityOf(origin), server.port);
    open.push(server);
    return server;
  }
  const internet: Internet = {
    requests,
    reached,
    env: { HTTPS_PROXY: address, HTTP_PROXY: address, SSL_CERT_FILE: authority.certificateFile },
    trap,
    plainTrap,
    watch: undefined,
    async registry(origin, options = {}) {
      const registry = await add(origin, (secure) =>
        startRegistry({ ...options, ...secure, name: origin, log: requests }),
      );
      registry.faults.add(() => true, { before: () => internet.watch?.() });
      return registry;
    },
    async tokens(options) {
      const origin = 'https://auth.example';
      const server = await add(origin, (secure) =>
        startTokenServer({ ...options, ...secure, name: origin, log: requests }),
      );
      return Object.create(server, { realm: { value: `${origin}/token` } }) as TokenServer;
    },
    server: (origin, handle) =>
      add(origin, (secure) => startServer({ name: origin, log: requests, handle, ...secure })),
    async front(registry, origin) {
      await add(origin, ({ tls: secure }) => registry.openFront(origin, secure));
    },
    async clear() {
      await Promise.all(open.splice(0).map((server) => server.close()));
      open = [];
      ports.clear();
      requests.length = 0;
      reached.length = 0;
      internet.watch = undefined;
    },
    async close() {
      await internet.clear();
      await Promise.all([proxy.close(), trap.close(), plainTrap.close()]);
    },
  };
  return internet;
}
