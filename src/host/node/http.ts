import type { Http, HttpRequest, HttpResponse, HttpRoute } from '../http.js';
import { connectTo } from './http-connect.js';
import { isForwarded, Lines } from './http-connections.js';
import { Exchange } from './http-exchange.js';

function headersOf({ url, route, headers, ...request }: HttpRequest): Readonly<Record<string, string>> {
  const secret = isForwarded({ url, route }) ? route.proxy?.authorization : undefined;
  const size = request.body instanceof Uint8Array ? { 'content-length': String(request.body.length) } : {};
  return {
    host: url.host,
    'user-agent': 'tbuild',
    ...(secret !== undefined && { 'proxy-authorization': secret }),
    ...size,
    ...headers,
  };
}

async function exchange(request: HttpRequest, lines: Lines): Promise<HttpResponse> {
  const line = await lines.take(request);
  if (request.interruption.aborted) {
    lines.giveBack(line);
    throw request.interruption.reason;
  }
  const { url, method } = request;
  const running = new Exchange(request, {
    onOver: (end) => (end === 'whole' ? lines.giveBack(line) : lines.giveUp(line, end)),
    trouble: () => line.trouble,
  });
  line.client.dispatch(
    {
      method,
      path: `${isForwarded(request) ? url.origin : ''}${url.pathname}${url.search}`,
      headers: headersOf(request),
      body: running.body,
      // undici would close the connection after every HEAD, lest a body follow; such an answer fails as not asked for.
      reset: false,
    },
    running,
  );
  return running.answer;
}

/** HTTP/1.1 over connections that are kept for the next request. */
export function nodeHttp(): Http {
  let routes = new Map<HttpRoute, Map<string, Lines>>();
  const linesOf = ({ url, route }: HttpRequest): Lines => {
    const origins = routes.get(route) ?? new Map<string, Lines>();
    const lines = origins.get(url.origin) ?? new Lines();
    routes.set(route, origins);
    origins.set(url.origin, lines);
    return lines;
  };
  return {
    async request(request) {
      request.interruption.throwIfAborted();
      return exchange(request, linesOf(request));
    },
    async connect({ url, route, limits, interruption }) {
      const socket = await connectTo(url, route, { limitMs: limits.connectMs, interruption });
      socket.destroy();
    },
    async close() {
      for (const origins of routes.values()) for (const lines of origins.values()) lines.close();
      routes = new Map();
    },
  };
}
