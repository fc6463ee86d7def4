import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createNodeHost,
  type Http,
  HttpFailure,
  type HttpLimits,
  type HttpRequest,
  type HttpResponse,
} from '../../src/host/index.js';
import { type Bytes, bytesOf, collect } from '../../src/util/index.js';
import { servers } from '../support/servers.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const { http } = createNodeHost();
const start = servers();
const directory = temporaryDirectory();
afterEach(() => http.close());

const LIMITS: HttpLimits = { connectMs: 5_000, headersMs: 5_000, progressMs: 5_000 };
const ROUTE = {};
const MANY = 10_000_000;

function ask(url: string, more: Partial<HttpRequest> = {}, through: Http = http): Promise<HttpResponse> {
  return through.request({
    method: 'GET',
    url: new URL(url),
    headers: {},
    route: ROUTE,
    limits: LIMITS,
    interruption: new AbortController().signal,
    ...more,
  });
}

async function textOf(response: HttpResponse): Promise<string> {
  return Buffer.from(await collect(response.body, MANY)).toString();
}

async function failure(work: Promise<unknown>): Promise<HttpFailure> {
  const thrown = await work.then(
    () => new Error('it did not fail'),
    (error: unknown) => error,
  );
  if (thrown instanceof HttpFailure) return thrown;
  throw thrown;
}

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Bytes without an end, and whether the reader has let go of them. */
function endless(size = 65_536): { readonly bytes: Bytes; readonly isClosed: () => boolean } {
  let isClosed = false;
  async function* generate(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield new Uint8Array(size);
    } finally {
      isClosed = true;
    }
  }
  return { bytes: generate(), isClosed: () => isClosed };
}

describe('a request', () => {
  it('adds nothing but the host, the name of the program and what HTTP/1.1 needs', async () => {
    const server = await start.http((response) => response.end('ok'));
    const response = await ask(`${server.origin}/a%20b?c=d&c=e`, { headers: { 'x-one': '1' } });
    expect(response.status).toBe(200);
    expect(await textOf(response)).toBe('ok');
    expect(server.heard.map(({ method, path, headers }) => ({ method, path, headers }))).toEqual([
      {
        method: 'GET',
        path: '/a%20b?c=d&c=e',
        headers: {
          host: `127.0.0.1:${server.port}`,
          'user-agent': 'tbuild',
          connection: 'keep-alive',
          'x-one': '1',
        },
      },
    ]);
  });

  it('has every byte of its body sent, whole or as a stream, with a length or without', async () => {
    const server = await start.http((response) => response.end());
    const bytes = randomBytes(300_001);
    const pieces = [bytes.subarray(0, 1), bytes.subarray(1, 200_000), new Uint8Array(0), bytes.subarray(200_000)];
    const size = { 'content-length': String(bytes.length) };
    const bodies: readonly Partial<HttpRequest>[] = [
      { body: bytes },
      { body: bytes, headers: size },
      { body: bytesOf(...pieces), headers: size },
      { body: bytesOf(...pieces) },
    ];
    for (const body of bodies) await (await ask(server.origin, { method: 'PUT', ...body })).discard();
    expect(server.heard.map(({ body }) => body.equals(bytes))).toEqual([true, true, true, true]);
    expect(server.heard.map(({ headers }) => headers['content-length'])).toEqual([
      '300001',
      '300001',
      '300001',
      undefined,
    ]);
  });

  it('says that it has no body where one is usual', async () => {
    const server = await start.http((response) => response.end());
    for (const body of [undefined, new Uint8Array(0), bytesOf()]) {
      const headers = { 'content-length': '0' };
      await (await ask(server.origin, { method: 'POST', headers, ...(body && { body }) })).discard();
    }
    expect(server.heard.map(({ headers }) => headers['content-length'])).toEqual(['0', '0', '0']);
  });

  it('goes over a unix socket', async () => {
    const path = join(directory.path, 'daemon.sock');
    const server = await start.http((response) => response.end('pong'), { at: { path } });
    const response = await ask('http://docker/_ping', { route: { socketPath: path } });
    expect(await textOf(response)).toBe('pong');
    expect(server.heard[0]!.headers.host).toBe('docker');
    expect(await failure(ask('http://docker/', { route: { socketPath: `${path}.none` } }))).toMatchObject({
      kind: 'refused',
      message: 'no such socket',
    });
  });

  it('goes over IPv6, and to names below localhost without asking a name server', async () => {
    const six = await start.http((response) => response.end('six'), { at: { host: '::1' } });
    expect(await textOf(await ask(six.origin))).toBe('six');
    const four = await start.http((response) => response.end('four'));
    expect(await textOf(await ask(`http://anything.localhost:${four.port}`))).toBe('four');
  });
});

describe('an answer', () => {
  it('keeps repeated headers apart and in order', async () => {
    const server = await start.http((response) => {
      response.setHeader('WWW-Authenticate', ['Basic realm="a"', 'Bearer realm="b",scope="c"']);
      response.setHeader('Warning', ['299 - "one"', '299 - "two"']);
      response.end();
    });
    const { headers } = await ask(server.origin);
    expect(headers.get('www-authenticate')).toEqual(['Basic realm="a"', 'Bearer realm="b",scope="c"']);
    expect(headers.get('warning')).toEqual(['299 - "one"', '299 - "two"']);
  });

  it('is not decompressed, and a redirect is not followed', async () => {
    const zipped = gzipSync('text');
    const server = await start.http((response) => {
      response.writeHead(307, { 'content-encoding': 'gzip', location: '/elsewhere' });
      response.end(zipped);
    });
    const response = await ask(server.origin);
    expect(response.status).toBe(307);
    expect(Buffer.from(await collect(response.body, MANY)).equals(zipped)).toBe(true);
    expect(server.heard.length).toBe(1);
  });

  it('may have a head of 20 KB, but not of 100', async () => {
    let size = 20_000;
    const server = await start.tcp((socket) => {
      socket.on('data', () =>
        socket.end(`HTTP/1.1 200 OK\r\nConnection: close\r\nX: ${'x'.repeat(size)}\r\nContent-Length: 2\r\n\r\nok`),
      );
    });
    const response = await ask(server.origin);
    expect(response.headers.get('x')![0]!.length).toBe(20_000);
    expect(await textOf(response)).toBe('ok');
    size = 100_000;
    expect(await failure(ask(server.origin))).toMatchObject({
      kind: 'protocol',
      message: 'the head of the answer is too large',
    });
  });

  it('comes after informational ones', async () => {
    const server = await start.tcp((socket) => {
      socket.on('data', () => {
        socket.write('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n');
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      });
    });
    const response = await ask(server.origin);
    expect([response.status, await textOf(response)]).toEqual([200, 'ok']);
  });

  it('of any size is read at the pace of the reader', async () => {
    let sent = 0;
    const total = 64 * 1024 * 1024;
    const server = await start.http((response) => {
      const send = (): void => {
        while (sent < total) {
          sent += 65_536;
          if (!response.write(Buffer.alloc(65_536))) break;
        }
        if (sent === total) response.end();
      };
      response.on('drain', send);
      send();
    });
    const response = await ask(server.origin);
    await wait(300);
    expect(sent).toBeLessThan(total / 2);
    let received = 0;
    for await (const chunk of response.body) received += chunk.length;
    expect(received).toBe(total);
  });
});

describe('connections', () => {
  it('are kept for the next request of the same route, whatever its method', async () => {
    const server = await start.http((response) => response.end('ok'));
    for (const method of ['GET', 'HEAD', 'POST', 'HEAD', 'PUT', 'DELETE']) {
      await textOf(await ask(server.origin, { method }));
    }
    expect(server.connections).toBe(1);
    await textOf(await ask(server.origin, { route: {} }));
    expect(server.connections).toBe(2);
  });

  it('survive a short answer that is discarded, not a long one', async () => {
    const server = await start.http((response, { path }) => response.end(Buffer.alloc(Number(path.slice(1)))));
    await (await ask(`${server.origin}/1000`)).discard();
    await (await ask(`${server.origin}/1000`)).discard();
    expect(server.connections).toBe(1);
    await (await ask(`${server.origin}/${MANY}`)).discard();
    await (await ask(`${server.origin}/1000`)).discard();
    expect(server.connections).toBe(2);
  });

  it('are as many as there are exchanges at the same time', async () => {
    const server = await start.http((response) => response.end('ok'.repeat(100_000)));
    for (let round = 0; round < 3; round++) {
      const responses = await Promise.all(Array.from({ length: 12 }, () => ask(server.origin)));
      const texts = await Promise.all(responses.map(textOf));
      expect(texts.every((text) => text.length === 200_000)).toBe(true);
    }
    expect(server.connections).toBe(12);
  });

  it('are given up where a body follows the answer to HEAD', async () => {
    const server = await start.tcp((socket) => {
      socket.on('data', (chunk) => {
        const body = chunk.toString().startsWith('HEAD') ? 'evil!' : 'right';
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n${body}`);
      });
    });
    await (await ask(server.origin, { method: 'HEAD' })).discard();
    await wait(20);
    expect(await textOf(await ask(server.origin))).toBe('right');
    expect(server.connections).toBe(2);
  });

  it('that the server has closed are not used again', async () => {
    const server = await start.http((response) => {
      const socket = response.socket!;
      response.end('ok');
      setTimeout(() => socket.destroy(), 20);
    });
    for (let i = 0; i < 5; i++) {
      expect(await textOf(await ask(server.origin, { method: 'POST' }))).toBe('ok');
      await wait(60);
    }
    expect(server.connections).toBe(5);
  });

  it('close, and later requests open new ones', async () => {
    const server = await start.http((response) => response.end('ok'));
    await textOf(await ask(server.origin));
    await http.close();
    await textOf(await ask(server.origin));
    expect(server.connections).toBe(2);
  });

  it('close where others are in use without harm to those', async () => {
    const server = await start.http((response) => {
      response.write('begin');
      setTimeout(() => response.end(' end'), 200);
    });
    const response = await ask(server.origin);
    await http.close();
    expect(await textOf(response)).toBe('begin end');
  });

  it('can be made without a request', async () => {
    const server = await start.http((response) => response.end());
    const signal = new AbortController().signal;
    await http.connect({ url: new URL(server.origin), route: ROUTE, limits: LIMITS, interruption: signal });
    expect([server.connections, server.heard.length]).toEqual([1, 0]);
    const secure = new URL(server.origin.replace('http:', 'https:'));
    expect(
      await failure(http.connect({ url: secure, route: ROUTE, limits: LIMITS, interruption: signal })),
    ).toMatchObject({ kind: 'not-tls', isBeforeSending: true });
  });
});

describe('a failure says what happened', () => {
  it('where there is no such host, and where nobody listens', async () => {
    expect(await failure(ask('http://nowhere.invalid/'))).toMatchObject({ kind: 'name', isBeforeSending: true });
    const server = await start.tcp(() => undefined);
    await server.close();
    expect(await failure(ask(server.origin))).toMatchObject({
      kind: 'refused',
      message: 'connection refused',
      isBeforeSending: true,
    });
  });

  it.each([
    ['nothing at all', ''],
    ['half a head', 'HTTP/1.1 200 OK\r\nContent-'],
  ])('where the connection ends after %s', async (_what, text) => {
    const server = await start.tcp((socket) => socket.on('data', () => socket.end(text)));
    expect(await failure(ask(server.origin))).toMatchObject({ kind: 'closed', isBeforeSending: false });
  });

  it.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['in chunks without a size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nsize\r\n'],
  ])('where the answer is %s', async (_what, text) => {
    const server = await start.tcp((socket) => socket.on('data', () => socket.end(text)));
    expect(await failure(ask(server.origin).then(textOf))).toMatchObject({ kind: 'protocol' });
  });

  it.each([
    ['a length', 'Content-Length: 100000', (bytes: string) => bytes],
    ['chunks', 'Transfer-Encoding: chunked', (bytes: string) => `${bytes.length.toString(16)}\r\n${bytes}\r\n`],
  ])('where a body with %s is cut, after the bytes that came', async (_what, header, encode) => {
    for (const size of [0, 1, 10, 50_000]) {
      const server = await start.tcp((socket) => {
        const body = size === 0 ? '' : encode('x'.repeat(size));
        socket.on('data', () => socket.end(`HTTP/1.1 200 OK\r\n${header}\r\n\r\n${body}`));
      });
      const response = await ask(server.origin);
      await wait(50);
      let received = 0;
      const read = async (): Promise<void> => {
        for await (const chunk of response.body) received += chunk.length;
      };
      expect(await failure(read())).toMatchObject({ kind: 'closed' });
      expect(received).toBe(size);
    }
  });

  it('where the connection is cut while a body is sent', async () => {
    for (const bytes of [1, 1_000, 100_000]) {
      let got = 0;
      const server = await start.tcp((socket) => {
        socket.on('data', (chunk) => {
          got += chunk.length;
          if (got >= bytes) socket.resetAndDestroy();
        });
      });
      const { bytes: body, isClosed } = endless();
      expect(await failure(ask(server.origin, { method: 'PUT', body }))).toMatchObject({ kind: 'closed' });
      await wait(20);
      expect(isClosed()).toBe(true);
    }
  });
});

describe('time-outs', () => {
  const short: HttpLimits = { connectMs: 300, headersMs: 300, progressMs: 300 };

  it('end the wait for a connection', async () => {
    const server = await start.tcp(() => undefined);
    const secure = server.origin.replace('http:', 'https:');
    expect(await failure(ask(secure, { limits: short }))).toMatchObject({
      kind: 'timeout',
      message: 'no connection within 0.3 s',
      isBeforeSending: true,
    });
  });

  it('end the wait for an answer, and for the rest of it', async () => {
    const silent = await start.tcp(() => undefined);
    expect(await failure(ask(silent.origin, { limits: short }))).toMatchObject({
      kind: 'timeout',
      message: 'the server does not answer within 0.3 s',
      isBeforeSending: false,
    });
    const stalled = await start.http((response) => response.write('begin'));
    const response = await ask(stalled.origin, { limits: short });
    expect(await failure(textOf(response))).toMatchObject({
      kind: 'timeout',
      message: 'the server sends no more bytes within 0.3 s',
    });
  });

  it('spare a body that comes slowly, and a reader that takes its time', async () => {
    const server = await start.http((response) => {
      let left = 6;
      const timer = setInterval(() => {
        if (--left > 0) response.write('x');
        else response.end('x');
        if (left === 0) clearInterval(timer);
      }, 100);
    });
    const response = await ask(server.origin, { limits: short });
    await wait(500);
    expect(await textOf(response)).toBe('xxxxxx');
  });

  it('end an upload that stalls', async () => {
    const server = await start.tcp((socket) => socket.pause());
    const { bytes, isClosed } = endless();
    const failed = await failure(ask(server.origin, { method: 'PUT', body: bytes, limits: short }));
    expect(failed).toMatchObject({ kind: 'timeout', message: 'the server takes no more bytes within 0.3 s' });
    await wait(20);
    expect(isClosed()).toBe(true);
  });

  it('spare an upload that flows for longer than they are, and one whose source is slow', async () => {
    const server = await start.http((response) => response.end('ok'));
    async function* slowly(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 8; i++) {
        await wait(i === 4 ? 500 : 100);
        yield new Uint8Array(100_000);
      }
    }
    const response = await ask(server.origin, { method: 'PUT', body: slowly(), limits: short });
    expect(await textOf(response)).toBe('ok');
    expect(server.heard[0]!.body.length).toBe(800_000);
  });

  it('spare an upload to a server that reads slowly', async () => {
    let got = 0;
    const server = await start.tcp((socket) => {
      socket.on('data', (chunk) => {
        got += chunk.length;
        socket.pause();
        setTimeout(() => socket.resume(), 4);
        if (got > 10 * 1024 * 1024) socket.end('HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n');
      });
    });
    const startedAt = performance.now();
    const body = new Uint8Array(10 * 1024 * 1024);
    const response = await ask(server.origin, { method: 'PUT', body, limits: short });
    expect(response.status).toBe(201);
    expect(performance.now() - startedAt).toBeGreaterThan(short.headersMs);
  });

  it('spare an answer that comes late, but soon after the last byte', async () => {
    const server = await start.http((response) => setTimeout(() => response.end('ok'), 200));
    async function* body(): AsyncGenerator<Uint8Array> {
      await wait(250);
      yield new Uint8Array(10);
    }
    expect(await textOf(await ask(server.origin, { method: 'PUT', body: body(), limits: short }))).toBe('ok');
  });
});

describe('an answer that comes before the body was sent', () => {
  it.each([
    ['closes at once', 1_000, true],
    ['closes at once', 65_536, true],
    ['closes at once', 1_000_000, true],
    ['goes on reading', 65_536, false],
  ])('is delivered where the server %s, with pieces of %s bytes', async (_what, size, closes) => {
    const server = await start.http(
      (response, _heard, request) => {
        request.once('data', () => {
          response.writeHead(413, { connection: closes ? 'close' : 'keep-alive' });
          response.end('too large');
          if (closes) request.pause();
        });
      },
      { early: true },
    );
    for (let i = 0; i < 20; i++) {
      const uploads = [1, 2, 3].map(async () => {
        const { bytes, isClosed } = endless(size);
        const response = await ask(server.origin, { method: 'PUT', body: bytes });
        expect([response.status, await textOf(response)]).toEqual([413, 'too large']);
        await wait(5);
        expect(isClosed()).toBe(true);
      });
      await Promise.all(uploads);
    }
  });

  it('does not end the upload where it is no refusal', async () => {
    const server = await start.http(
      (response, _heard, request) => {
        response.writeHead(200);
        response.flushHeaders();
        let size = 0;
        request.on('data', (chunk: Buffer) => {
          size += chunk.length;
        });
        request.on('end', () => response.end(String(size)));
      },
      { early: true },
    );
    const response = await ask(server.origin, { method: 'PUT', body: new Uint8Array(3_000_000) });
    expect(await textOf(response)).toBe('3000000');
  });
});

describe('what is not of the network', () => {
  it('comes out of the body of the request as it is', async () => {
    const server = await start.http((response) => response.end());
    const damage = new Error('damaged');
    async function* body(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(100_000);
      throw damage;
    }
    const headers = { 'content-length': '200000' };
    await expect(ask(server.origin, { method: 'PUT', body: body(), headers })).rejects.toBe(damage);
    expect(server.heard.length).toBe(0);
  });

  it('interrupts at any time, and ends no connection that is made for another', async () => {
    const reason = new Error('enough');
    const silent = await start.tcp(() => undefined);
    const stalled = await start.http((response) => response.write('begin'));
    const controller = new AbortController();
    const more = { interruption: controller.signal };
    const response = await ask(stalled.origin, more);
    const works = [
      ask(silent.origin, more),
      ask(silent.origin.replace('http:', 'https:'), more),
      ask(silent.origin, { ...more, method: 'PUT', body: endless().bytes }),
      textOf(response),
    ];
    const outcomes = Promise.allSettled(works);
    await wait(50);
    controller.abort(reason);
    expect((await outcomes).map((outcome) => outcome.status === 'rejected' && outcome.reason)).toEqual(
      works.map(() => reason),
    );
    await expect(ask(silent.origin, more)).rejects.toBe(reason);
  });
});
