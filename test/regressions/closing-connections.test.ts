import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createNodeHost, type HttpRequest } from '../../src/host/index.js';
import { bytesOf } from '../../src/util/index.js';

const PUT = { method: 'PUT', headers: { 'content-length': '4' } };

describe('a server that closes a connection, without saying so, when the next request comes', () => {
  const { http } = createNodeHost();
  const answered = new WeakSet<Socket>();
  const server = createServer((request, response) => {
    if (answered.has(request.socket)) {
      request.socket.destroy();
      return;
    }
    answered.add(request.socket);
    request.resume();
    request.on('end', () => response.end());
  });
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
  afterEach(() => http.close());
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const route = {};
  const ask = async (more: Partial<HttpRequest> = {}): Promise<number> => {
    const response = await http.request({
      method: 'GET',
      url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
      headers: {},
      route,
      limits: { connectMs: 5_000, headersMs: 5_000, progressMs: 5_000 },
      interruption: new AbortController().signal,
      ...more,
    });
    await response.discard();
    return response.status;
  };
  const put = () => ask({ ...PUT, body: bytesOf(Buffer.from('body')) });

  it('costs one request, and none that must not be repeated after it', async () => {
    expect(await ask()).toBe(200);
    await expect(put()).rejects.toMatchObject({ kind: 'closed' });
    for (let i = 0; i < 3; i++) {
      expect(await ask()).toBe(200);
      expect(await put()).toBe(200);
    }
  });
});
