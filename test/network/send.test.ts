import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { RequestBody } from '../../src/network/index.js';
import { bytesOf } from '../../src/util/index.js';
import { failureOf } from '../support/failure-of.js';
import { type Heard, servers } from '../support/servers.js';
import { asking, testNetwork } from './support.js';

const start = servers();
const SECRET = 'Bearer secret';

function bodyOf(bytes: Uint8Array): RequestBody & { opened: number } {
  const body = {
    size: bytes.length,
    opened: 0,
    async open() {
      body.opened++;
      return bytesOf(bytes.subarray(0, 10), bytes.subarray(10));
    },
  };
  return body;
}

/** Answers with one status after the other; the last one for good. */
function inTurn(...answers: readonly (readonly [number, Record<string, string>?])[]) {
  let turn = 0;
  return (response: ServerResponse): void => {
    const [status, headers] = answers[Math.min(turn++, answers.length - 1)]!;
    response.writeHead(status, headers);
    response.end(`answer ${turn}`);
  };
}

describe('a request', () => {
  it('gives the answer and counts what went over the wire', async () => {
    const server = await start.http((response, { body }) => {
      response.setHeader('X-Twice', ['a', 'b']);
      response.end(createHash('sha256').update(body).digest('hex'));
    });
    const network = testNetwork();
    const bytes = Buffer.alloc(200_000, 'x');
    const answer = await network.send(
      asking(`${server.origin}/a`, { method: 'PUT', body: bodyOf(bytes), authorization: SECRET }),
    );
    expect([
      answer.status,
      answer.url.href,
      answer.header('x-twice'),
      answer.headers('x-twice'),
      answer.header('no'),
    ]).toEqual([200, `${server.origin}/a`, 'a', ['a', 'b'], undefined]);
    const digest = createHash('sha256').update(bytes).digest('hex');
    expect(Buffer.from(await answer.whole(64)).toString()).toBe(digest);
    expect(server.heard[0]!.headers).toMatchObject({ authorization: SECRET, 'content-length': '200000' });
    expect(network.traffic).toEqual({ requests: 1, sentBytes: 200_000, receivedBytes: 64 });
    await network.close();
  });

  it('gives the beginning of a long answer, or refuses to hold all of it', async () => {
    const server = await start.http((response) => response.end('x'.repeat(5_000_000)));
    const network = testNetwork();
    expect((await (await network.send(asking(server.origin))).excerpt(100)).length).toBe(100);
    const failure = await failureOf((await network.send(asking(server.origin))).whole(1_000));
    expect([failure.code, failure.message]).toEqual([
      'server-invalid',
      `Cannot read "it": ${server.origin} sends more than 1000 bytes`,
    ]);
    expect(network.traffic.receivedBytes).toBeLessThan(2_000_000);
  });

  it('tells which part of an answer is missing, after what came', async () => {
    const server = await start.tcp((socket) => {
      socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'));
    });
    const network = testNetwork();
    let received = '';
    const read = async (): Promise<void> => {
      for await (const chunk of (await network.send(asking(server.origin))).body)
        received += Buffer.from(chunk).toString();
    };
    const failure = await failureOf(read());
    expect([failure.code, received]).toEqual(['server-unavailable', 'half']);
    expect(failure.message).toMatch(/^Cannot read "it": http:\/\/127\.0\.0\.1:\d+: the server closed the connection/);
    expect(Buffer.from(await (await network.send(asking(server.origin))).excerpt(100)).toString()).toBe('half');
  });

  it('does not send a header that would break the protocol, nor shows it', async () => {
    const server = await start.http((response) => response.end());
    for (const more of [{ authorization: 'Bearer a\r\nX-Evil: 1' }, { headers: { 'x-a': 'secret\n' } }]) {
      const failure = await failureOf(testNetwork().send(asking(server.origin, more)));
      expect(failure.code).toBe('server-invalid');
      expect(failure.message).not.toMatch(/Evil|secret/);
    }
    expect(server.heard).toEqual([]);
  });

  it('takes its secrets out of what a server repeats', async () => {
    const server = await start.http((response) => response.end());
    const secretHeaders = { 'x-token': 'hidden-token', 'private-token': 'Basic aGlkZGVuOnNlY3JldA==' };
    const answer = await testNetwork().send(asking(server.origin, { secretHeaders }));
    expect(answer.hide('hidden-token is no token; nor is aGlkZGVuOnNlY3JldA==, secret')).toBe(
      '… is no token; nor is …, …',
    );
  });

  it('comes out with the error of its body, and with the reason of an interruption', async () => {
    const server = await start.http((response) => response.end());
    const damage = new Error('damaged');
    const body: RequestBody = {
      async open() {
        throw damage;
      },
    };
    await expect(testNetwork().send(asking(server.origin, { method: 'PUT', body }))).rejects.toBe(damage);
    const controller = new AbortController();
    const silent = await start.tcp(() => controller.abort(damage));
    const network = testNetwork({ interruption: controller.signal });
    await expect(network.send(asking(silent.origin))).rejects.toBe(damage);
    expect(network.sleeps).toEqual([]);
  });
});

describe('a redirect', () => {
  const redirect = (status: number, to: (heard: Heard) => string) => (response: ServerResponse, heard: Heard) => {
    const location = to(heard);
    response.writeHead(location === '' ? 200 : status, location === '' ? {} : { location });
    response.end(location === '' ? 'arrived' : '');
  };

  it.each([301, 302, 303, 307, 308])('%s is followed with the secret on the same host', async (status) => {
    const server = await start.http(redirect(status, ({ path }) => (path === '/a/b' ? '../c?d=e' : '')));
    const network = testNetwork();
    for (const method of ['GET', 'HEAD']) {
      const answer = await network.send(asking(`${server.origin}/a/b`, { method, authorization: SECRET }));
      expect([answer.status, answer.url.href]).toEqual([200, `${server.origin}/c?d=e`]);
      await answer.discard();
    }
    expect(server.heard.map(({ method, path, headers }) => [method, path, headers.authorization])).toEqual([
      ['GET', '/a/b', SECRET],
      ['GET', '/c?d=e', SECRET],
      ['HEAD', '/a/b', SECRET],
      ['HEAD', '/c?d=e', SECRET],
    ]);
    expect(server.connections).toBe(1);
  });

  it.each([
    ['another port', (port: number) => `http://127.0.0.1:${port}/x`],
    ['another host', (port: number) => `http://localhost:${port}/x`],
    ['a name below it', (port: number) => `//a.localhost:${port}/x`],
  ])('to %s loses the secret, for good', async (_what, to) => {
    const back: { origin: string } = { origin: '' };
    const other = await start.http(redirect(307, () => `${back.origin}/back`));
    const server = await start.http(redirect(307, ({ path }) => (path === '/' ? to(other.port) : '')));
    back.origin = server.origin;
    const answer = await testNetwork().send(
      asking(server.origin, { authorization: SECRET, headers: { accept: 'x/y', range: 'bytes=5-' } }),
    );
    expect(Buffer.from(await answer.whole(100)).toString()).toBe('arrived');
    const seen = [server.heard[0]!, other.heard[0]!, server.heard[1]!];
    expect(seen.map(({ headers }) => [headers.accept, headers.range])).toEqual(seen.map(() => ['x/y', 'bytes=5-']));
    expect(seen.map(({ headers }) => headers.authorization)).toEqual([SECRET, undefined, undefined]);
    expect(JSON.stringify([other.heard, server.heard[1]])).not.toContain('secret');
  });

  it('to another origin loses every secret header, and such headers do not go over plain HTTP', async () => {
    const other = await start.http((response) => response.end('arrived'));
    const server = await start.http(
      redirect(302, ({ path }) => (path === '/' ? '/here' : path === '/here' ? `${other.origin}/there` : '')),
    );
    const secretHeaders = { 'x-token': 'hidden-token', 'private-token': 'Basic aGlkZGVuOnNlY3JldA==' };
    await testNetwork().send(asking(server.origin, { authorization: SECRET, secretHeaders, headers: { 'x-a': 'b' } }));
    const seen = [...server.heard, ...other.heard].map(({ headers }) => [
      headers['x-a'],
      headers.authorization,
      headers['x-token'],
    ]);
    expect(seen).toEqual([
      ['b', SECRET, 'hidden-token'],
      ['b', SECRET, 'hidden-token'],
      ['b', undefined, undefined],
    ]);
    expect(JSON.stringify(other.heard)).not.toMatch(/hidden|aGlkZG/);
    const failure = await failureOf(testNetwork().send(asking('http://example.invalid/', { secretHeaders })));
    expect([failure.code, failure.message]).toEqual([
      'registry-unauthorised',
      expect.stringContaining('over plain HTTP'),
    ]);
  });

  it.each([307, 308])('%s takes the body along, which is read again', async (status) => {
    const server = await start.http(redirect(status, ({ path }) => (path === '/' ? '/x' : '')));
    const body = bodyOf(Buffer.from('some bytes to send'));
    await testNetwork().send(asking(server.origin, { method: 'PUT', body }));
    expect(server.heard.map(({ method, path, body: got }) => [method, path, String(got)])).toEqual([
      ['PUT', '/', 'some bytes to send'],
      ['PUT', '/x', 'some bytes to send'],
    ]);
    expect(body.opened).toBe(2);
  });

  it('is given back where asked, and where a method other than GET would have to change', async () => {
    const server = await start.http((response, { path }) => {
      response.writeHead(Number(path.slice(1)), { location: '/elsewhere' });
      response.end();
    });
    for (const status of [301, 302, 303, 304, 300, 305]) {
      expect((await testNetwork().send(asking(`${server.origin}/${status}`, { method: 'POST' }))).status).toBe(status);
    }
    expect((await testNetwork().send(asking(`${server.origin}/304`))).status).toBe(304);
    expect((await testNetwork().send(asking(`${server.origin}/307`, { redirects: 'return' }))).status).toBe(307);
    expect(server.heard.length).toBe(8);
  });

  it('may be followed by four more, no fifth', async () => {
    const server = await start.http(
      redirect(302, ({ path }) => (path === '/0' ? '' : `/${Number(path.slice(1)) - 1}`)),
    );
    const answer = await testNetwork().send(asking(`${server.origin}/5`));
    expect(Buffer.from(await answer.whole(100)).toString()).toBe('arrived');
    const before = server.heard.length;
    const failure = await failureOf(testNetwork().send(asking(`${server.origin}/6`)));
    expect([failure.code, server.heard.length - before]).toEqual(['server-invalid', 6]);
    expect(failure.message).toContain('redirects once more after 5 redirects');
  });

  it.each([
    ['to itself', '/', 'redirects once more'],
    ['to another scheme', 'file:///etc/passwd', 'file is not HTTP'],
    ['with user information', 'http://u:p@127.0.0.1/', 'user information'],
    ['to nowhere', undefined, 'without saying where to go'],
  ])('%s is refused', async (_what, location, reason) => {
    const server = await start.http((response) => {
      response.writeHead(302, location === undefined ? {} : { location });
      response.end();
    });
    const network = testNetwork();
    const failure = await failureOf(network.send(asking(server.origin)));
    expect([failure.code, network.sleeps]).toEqual(['server-invalid', []]);
    expect(failure.message).toContain(reason);
  });
});

describe('a request is sent again', () => {
  it.each([408, 429, 499, 500, 502, 503, 504, 522])('after %s, waiting longer every time', async (status) => {
    const server = await start.http(inTurn([status], [status], [status], [status], [200]));
    const network = testNetwork();
    const answer = await network.send(asking(server.origin, { method: 'PUT', body: bodyOf(Buffer.alloc(1000)) }));
    expect(Buffer.from(await answer.whole(100)).toString()).toBe('answer 5');
    expect(server.heard.map(({ body }) => body.length)).toEqual([1000, 1000, 1000, 1000, 1000]);
    expect(network.sleeps.length).toBe(4);
    network.sleeps.forEach((wait, i) => {
      expect(wait).toBeGreaterThanOrEqual(250 * 2 ** i * 0.75);
      expect(wait).toBeLessThanOrEqual(250 * 2 ** i * 1.25);
    });
    expect(server.connections).toBe(1);
  });

  it('five times at most; the last answer is given, with its body', async () => {
    const server = await start.http(inTurn([503]));
    const answer = await testNetwork().send(asking(server.origin));
    expect([answer.status, Buffer.from(await answer.excerpt(100)).toString()]).toEqual([503, 'answer 5']);
    expect(server.heard.length).toBe(5);
  });

  it.each([200, 201, 400, 401, 403, 404, 405, 409, 413, 416, 501, 505])('not after %s', async (status) => {
    const server = await start.http(inTurn([status]));
    expect((await testNetwork().send(asking(server.origin))).status).toBe(status);
    expect(server.heard.length).toBe(1);
  });

  const NOW = Date.UTC(1994, 10, 6, 8, 49, 37);
  it.each([
    ['7', [7_000]],
    ['60', [60_000]],
    ['Sun, 06 Nov 1994 08:49:47 GMT', [10_000]],
    ['61', []],
    ['Sun, 06 Nov 1994 08:51:47 GMT', []],
    ['99999999999999999999', []],
  ])('when Retry-After %s says so', async (value, sleeps) => {
    const server = await start.http(inTurn([429, { 'retry-after': value }], [200]));
    const network = testNetwork({ now: NOW });
    const answer = await network.send(asking(server.origin, { method: 'PUT', body: bodyOf(Buffer.alloc(20)) }));
    expect([answer.status, network.sleeps]).toEqual([sleeps.length === 0 ? 429 : 200, sleeps]);
  });

  it.each(['0', 'soon', '-5', 'Sun, 06 Nov 1994 08:49:00 GMT'])(
    'at its own pace where Retry-After is %s',
    async (value) => {
      const server = await start.http(inTurn([429, { 'retry-after': value }], [200]));
      const network = testNetwork({ now: NOW });
      await network.send(asking(server.origin));
      expect(network.sleeps.length).toBe(1);
      expect(Math.abs(network.sleeps[0]! - 250)).toBeLessThan(63);
    },
  );

  it.each([
    ['safely', 503, 5],
    ['safely', 429, 5],
    ['if-refused', 503, 1],
    ['if-refused', 429, 5],
    ['never', 503, 1],
    ['never', 429, 1],
  ] as const)('%s: %s is asked %s times', async (repeat, status, times) => {
    const server = await start.http(inTurn([status]));
    await testNetwork().send(asking(server.origin, { method: 'POST', repeat }));
    expect(server.heard.length).toBe(times);
  });

  it.each([
    ['safely', 'the connection ends', 5],
    ['if-refused', 'the connection ends', 1],
    ['never', 'the connection ends', 1],
    ['safely', 'nobody listens', 5],
    ['if-refused', 'nobody listens', 5],
    ['never', 'nobody listens', 1],
  ] as const)('%s: where %s, %s times', async (repeat, what, times) => {
    const server = await start.tcp((socket) => socket.on('data', () => socket.destroy()));
    if (what === 'nobody listens') await server.close();
    const network = testNetwork();
    const failure = await failureOf(network.send(asking(server.origin, { method: 'POST', repeat })));
    expect([failure.code, network.sleeps.length + 1]).toEqual(['server-unavailable', times]);
    expect(server.connections).toBe(what === 'nobody listens' ? 0 : times);
  });

  it('three times where each took the whole of the time-out', async () => {
    const server = await start.tcp(() => undefined);
    const network = testNetwork({ timeoutMs: 60 });
    const failure = await failureOf(network.send(asking(server.origin)));
    expect([failure.code, server.connections]).toEqual(['server-unavailable', 3]);
  });

  it('as often as is asked for, and no connection is waited for longer', async () => {
    const busy = await start.http((response) => response.writeHead(503).end());
    const network = testNetwork({ attempts: 1 });
    expect((await network.send(asking(busy.origin))).status).toBe(503);
    expect([busy.heard.length, network.sleeps, await network.patience().wait()]).toEqual([1, [], false]);
    const silent = await start.tcp(() => undefined);
    const hurried = testNetwork({ attempts: 1, connectMs: 60 });
    const failure = await failureOf(hurried.send(asking(silent.origin.replace(/^[a-z]+/, 'https'))));
    expect(failure.message).toContain('no connection within 0.06 s');
    expect(silent.connections).toBe(1);
  });

  it('not where there is no such host, or no HTTP', async () => {
    const network = testNetwork();
    const failure = await failureOf(network.send(asking('https://nowhere.invalid/')));
    expect([failure.code, failure.message]).toEqual([
      'server-unavailable',
      'Cannot read "it": https://nowhere.invalid: no such host',
    ]);
    const odd = await start.tcp((socket) => socket.on('data', () => socket.end('220 mail.example ESMTP\r\n')));
    expect((await failureOf(network.send(asking(odd.origin)))).code).toBe('server-invalid');
    expect(network.sleeps).toEqual([]);
  });
});

describe('patience', () => {
  it('ends after four waits, and begins anew after progress', async () => {
    const network = testNetwork();
    const patience = network.patience();
    const waits = async (): Promise<boolean[]> => {
      const results: boolean[] = [];
      for (let i = 0; i < 6; i++) results.push(await patience.wait());
      return results;
    };
    expect(await waits()).toEqual([true, true, true, true, false, false]);
    patience.reset();
    expect(await waits()).toEqual([true, true, true, true, false, false]);
    expect(Math.max(...network.sleeps)).toBeLessThan(2_600);
    expect(new Set(network.sleeps).size).toBeGreaterThan(4);
  });

  it('does as an answer asks', async () => {
    const server = await start.http(inTurn([503, { 'retry-after': '9' }], [503, { 'retry-after': '999' }]));
    const network = testNetwork();
    const patience = network.patience();
    expect(await patience.wait(await network.send(asking(server.origin, { repeat: 'never' })))).toBe(true);
    expect(await patience.wait(await network.send(asking(server.origin, { repeat: 'never' })))).toBe(false);
    expect(network.sleeps).toEqual([9_000]);
  });
});

describe('an endlessly slow answer', () => {
  it('ends where less than 1 KiB comes in a second of waiting', async () => {
    let now = 0;
    const network = testNetwork({
      monotonic: () => {
        now += 4_000;
        return now;
      },
    });
    const server = await start.http((response) => {
      const timer = setInterval(() => response.write('x'), 2);
      response.on('close', () => clearInterval(timer));
    });
    const failure = await failureOf((await network.send(asking(server.origin))).whole(1_000_000));
    expect([failure.code, failure.message]).toEqual([
      'server-unavailable',
      `Cannot read "it": ${server.origin}: the server sends less than 1 KiB per second`,
    ]);
    expect(network.traffic.receivedBytes).toBeLessThan(100);
  });
});
