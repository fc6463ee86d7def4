import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { HttpFailure, type HttpRoute, type HttpTls } from '../http.js';
import { connectFailure, handshakeFailure, proxyFailure } from './http-failures.js';
import { onAbort } from './on-abort.js';

/** A host may have many addresses; one that does not answer must not keep the others waiting for long. */
const NEXT_ADDRESS_MS = 1_000;
const HTTP_PORT = 80;
const HTTPS_PORT = 443;

/** Parsing all authorities takes some milliseconds: once for all connections that share the settings. */
const contexts = new WeakMap<HttpTls, SecureContext>();

/** The system's authorities are mostly those that Node brings, in lines of another length. */
function withoutRepetition(certificates: readonly string[]): string[] {
  return [...new Map(certificates.map((text) => [text.replaceAll(/\s/g, ''), text])).values()];
}

function contextOf(tls: HttpTls): SecureContext {
  let context = contexts.get(tls);
  if (context === undefined) {
    const { authorities, client, verify } = tls;
    context = createSecureContext({
      // Without `ca`, OpenSSL gets those that Node brings, which takes it some time; with it, nothing but these.
      ...(!verify && { ca: [] }),
      ...(verify && authorities.length > 0 && { ca: withoutRepetition([...rootCertificates, ...authorities]) }),
      ...(client !== undefined && { cert: client.certificate, key: client.key }),
    });
    contexts.set(tls, context);
  }
  return context;
}

/** As `connect` of node:net wants it: without the brackets of IPv6. Names below `localhost` are loopback (RFC 6761). */
function connectableHost(hostname: string): string {
  const bare = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  return bare.endsWith('.localhost') ? 'localhost' : bare;
}

/** Waits for an event of the socket; destroys the socket where it does not come. */
async function awaitReady(socket: Socket, event: string, stop: AbortSignal): Promise<void> {
  // Errors after the one that is told: nobody listens any more, and Node would end the process.
  socket.on('error', () => {});
  try {
    await once(socket, event, { signal: stop });
  } catch (error) {
    socket.destroy();
    throw stop.aborted ? stop.reason : error;
  }
}

async function openTcp(url: URL, socketPath: string | undefined, stop: AbortSignal): Promise<Socket> {
  const port = Number(url.port) || (url.protocol === 'https:' ? HTTPS_PORT : HTTP_PORT);
  const socket = connectTcp({
    ...(socketPath === undefined ? { host: connectableHost(url.hostname), port } : { path: socketPath }),
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
    autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS,
  });
  try {
    await awaitReady(socket, 'connect', stop);
  } catch (error) {
    throw stop.aborted ? error : connectFailure(error);
  }
  return socket;
}

/** Asks the proxy, which listens at the other end of `socket`, for a way to the host of the URL: RFC 9110, section 9.3.6. */
async function openTunnel(
  socket: Socket,
  url: URL,
  proxy: HttpRoute['proxy'] & {},
  stop: AbortSignal,
): Promise<Socket> {
  const authority = `${url.hostname}:${url.port || HTTPS_PORT}`;
  const ask = httpRequest({
    createConnection: () => socket,
    method: 'CONNECT',
    path: authority,
    headers: {
      host: authority,
      'user-agent': 'tbuild',
      ...(proxy.authorization !== undefined && { 'proxy-authorization': proxy.authorization }),
    },
  });
  ask.on('error', () => {});
  ask.end();
  try {
    const [answer, tunnel, head] = (await once(ask, 'connect', { signal: stop })) as [IncomingMessage, Socket, Buffer];
    if (answer.statusCode !== 200) throw proxyFailure(answer.statusCode ?? 0);
    if (head.length > 0) tunnel.unshift(head);
    return tunnel;
  } catch (error) {
    socket.destroy();
    throw stop.aborted ? stop.reason : connectFailure(error);
  }
}

async function speakTls(socket: Socket, url: URL, tls: HttpTls, stop: AbortSignal): Promise<Socket> {
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  try {
    const secure = connectTls({
      socket,
      host,
      // Server Name Indication is for names only (RFC 6066, section 3).
      servername: isIP(host) === 0 ? host : '',
      secureContext: contextOf(tls),
      rejectUnauthorized: tls.verify,
      ALPNProtocols: ['http/1.1'],
    });
    await awaitReady(secure, 'secureConnect', stop);
    return secure;
  } catch (error) {
    socket.destroy();
    throw stop.aborted ? error : handshakeFailure(error);
  }
}

const USUAL_TLS: HttpTls = { authorities: [], verify: true };

async function openSocket(url: URL, route: HttpRoute, stop: AbortSignal): Promise<Socket> {
  const { proxy } = route;
  const socket = await openTcp(proxy === undefined ? url : new URL(proxy.url), route.socketPath, stop);
  if (url.protocol !== 'https:') return socket;
  const way = proxy === undefined ? socket : await openTunnel(socket, url, proxy, stop);
  return speakTls(way, url, route.tls ?? USUAL_TLS, stop);
}

/**
 * A connection over which requests for the URL can be sent: TCP or a unix socket, through the proxy, with TLS where
 * the URL says so. A request for an `http:` URL is sent to the proxy itself.
 * @throws HttpFailure, and the reason of the interruption
 */
export async function connectTo(
  url: URL,
  route: HttpRoute,
  options: { readonly limitMs: number; readonly interruption: AbortSignal },
): Promise<Socket> {
  const { limitMs, interruption } = options;
  interruption.throwIfAborted();
  const stop = new AbortController();
  const expire = (): void =>
    stop.abort(new HttpFailure('timeout', `no connection within ${limitMs / 1000} s`, { isBeforeSending: true }));
  const timer = setTimeout(expire, limitMs);
  const leave = onAbort(interruption, () => stop.abort(interruption.reason));
  try {
    return await openSocket(url, route, stop.signal);
  } finally {
    clearTimeout(timer);
    leave();
  }
}
