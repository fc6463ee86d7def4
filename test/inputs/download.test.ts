import { describe, expect, it } from 'vitest';
import { type Download, download, downloadAll } from '../../src/inputs/download.js';
import { digestOf } from '../../src/oci/index.js';
import { collect } from '../../src/util/index.js';
import { servers } from '../support/servers.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { fetchWorlds } from './fetch-support.js';
import { at, failureOf } from './support.js';

const start = servers();
const top = temporaryDirectory();
const newWorld = fetchWorlds(top);

const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => `${i} `).join(''));
const expected = { digest: digestOf(content), size: content.length };

function asking(urls: readonly string[], more: Partial<Download> = {}): Download {
  return { urls: urls.map((url) => new URL(url)), limitBytes: 1e8, what: 'package x 1.0', at, ...more };
}

type Answer = Parameters<(typeof start)['http']>[0];
const giving =
  (bytes: Uint8Array | string, headers: Record<string, string> = {}, status = 200): Answer =>
  (response) => {
    response.writeHead(status, { 'content-length': String(bytes.length), ...headers });
    response.end(bytes);
  };

/** A server that breaks connections after so many bytes of each answer, and understands Range. */
function breaking(
  cuts: number[],
  options: { tag?: string | (() => string); body?: () => Buffer; ranges?: boolean } = {},
): Answer {
  return (response, { headers }) => {
    const body = options.body?.() ?? content;
    const tag = typeof options.tag === 'function' ? options.tag() : options.tag;
    const [, first] = /^bytes=(\d+)-$/.exec(headers.range ?? '') ?? [];
    const isFresh = headers['if-range'] === undefined || headers['if-range'] === tag;
    const from = first === undefined || !isFresh || options.ranges === false ? 0 : Number(first);
    const rest = body.subarray(from);
    response.writeHead(from > 0 ? 206 : 200, {
      'content-length': String(rest.length),
      ...(tag !== undefined && { etag: tag }),
      ...(from > 0 && { 'content-range': `bytes ${from}-${body.length - 1}/${body.length}` }),
    });
    const cut = cuts.shift();
    if (cut === undefined || cut >= rest.length) response.end(rest);
    else response.write(rest.subarray(0, cut), () => response.destroy());
  };
}

describe('a download', () => {
  it('comes into the store, and is told as it comes', async () => {
    const server = await start.http(giving(content));
    const world = newWorld();
    const found = await download(asking([`${server.origin}/x`]), world.context);
    expect(found).toEqual(expected);
    expect(content.equals(await collect(world.store.chunks(expected), 1e9))).toBe(true);
    expect([world.steps, world.progress.bytes]).toEqual([['fetch package x 1.0'], content.length]);
    expect(server.heard[0]!.headers).toMatchObject({ 'accept-encoding': 'identity' });
    expect(server.heard[0]!.headers.authorization).toBeUndefined();
    expect(world.temporaries()).toBe(0);
  });

  it('is not asked for where it is in the store', async () => {
    const world = newWorld();
    await world.store.ingest([content]);
    for (const pin of [expected, { digest: expected.digest }]) {
      expect(await download(asking(['http://127.0.0.1:1/x'], { expected: pin }), world.context)).toEqual(expected);
    }
    expect([world.steps, world.network.traffic.requests]).toEqual([[], 0]);
  });

  it('may be empty', async () => {
    const server = await start.http(giving(''));
    expect(await download(asking([server.origin]), newWorld().context)).toEqual({ digest: digestOf(''), size: 0 });
  });

  it.each(['chunked', 'with its length'])('is read %s', async (how) => {
    const server = await start.http((response) => {
      if (how === 'chunked') response.write(content.subarray(0, 10));
      response.end(how === 'chunked' ? content.subarray(10) : content);
    });
    expect(await download(asking([server.origin], { expected }), newWorld().context)).toEqual(expected);
  });

  it('without a length is believed only where the digest is known', async () => {
    const server = await start.tcp((socket) => {
      socket.on('data', () => socket.end(Buffer.concat([Buffer.from('HTTP/1.0 200 OK\r\n\r\n'), content])));
    });
    for (const known of [expected, { digest: expected.digest }]) {
      expect(await download(asking([server.origin], { expected: known }), newWorld().context)).toEqual(expected);
    }
    const failure = await failureOf(download(asking([server.origin]), newWorld().context));
    expect([failure.code, failure.message]).toEqual([
      'server-unavailable',
      expect.stringContaining('could not be read on'),
    ]);
  });
});

describe('a connection that breaks', () => {
  const cuts: readonly (readonly number[])[] = [
    [0],
    [1],
    [100_000, 0, 300_001],
    [1_500_000, 7],
    [content.length - 1],
    [65_536, 65_536, 65_536, 65_536],
  ];
  for (const each of cuts) {
    it(`is taken up where it broke: after ${each.join(', ')} bytes`, async () => {
      const server = await start.http(breaking([...each], { tag: '"a"' }));
      const world = newWorld();
      expect(await download(asking([server.origin]), world.context)).toEqual(expected);
      expect(server.heard.length).toBe(each.length + 1);
      const [first, second] = server.heard;
      expect(first!.headers.range).toBeUndefined();
      if (each[0]! > 0)
        expect(second!.headers).toMatchObject({ range: expect.stringMatching(/^bytes=\d+-$/), 'if-range': '"a"' });
      expect(world.progress.bytes).toBe(content.length);
    });
  }

  it('is taken up without a validator only where the digest is known', async () => {
    const known = await start.http(breaking([200_000]));
    expect(await download(asking([known.origin], { expected }), newWorld().context)).toEqual(expected);
    expect(known.heard.map(({ headers }) => headers.range)).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]/)]);
    const unknown = await start.http(breaking([200_000]));
    expect(await download(asking([unknown.origin]), newWorld().context)).toEqual(expected);
    expect(unknown.heard.map(({ headers }) => headers.range)).toEqual([undefined, undefined]);
  });

  it('begins anew where the file is another by then', async () => {
    let version = 0;
    const other = Buffer.from(content).fill('x', 0, 1000);
    const answer = breaking([400_000], { tag: () => `"${version}"`, body: () => (version++ === 0 ? other : content) });
    const server = await start.http(answer);
    const world = newWorld();
    expect(await download(asking([server.origin]), world.context)).toEqual(expected);
    expect(server.heard.length).toBe(3);
    expect([world.blobs(), world.temporaries()]).toEqual([1, 0]);
  });

  it('takes a weak validator for none', async () => {
    const server = await start.http(breaking([400_000], { tag: 'W/"a"' }));
    expect(await download(asking([server.origin]), newWorld().context)).toEqual(expected);
    expect(server.heard.map(({ headers }) => headers.range)).toEqual([undefined, undefined]);
  });

  it('passes over what is there where the server gives all of the same file again', async () => {
    const server = await start.http(breaking([400_000, 900_000], { tag: '"a"', ranges: false }));
    expect(await download(asking([server.origin]), newWorld().context)).toEqual(expected);
    expect(server.heard.length).toBe(3);
  });

  it.each([
    ['another place', (from: number) => `bytes ${from + 1}-${content.length - 1}/${content.length}`],
    ['another length', (from: number) => `bytes ${from}-${content.length}/${content.length + 1}`],
    ['a part', (from: number) => `bytes ${from}-${content.length - 2}/${content.length}`],
    ['nothing', () => 'bytes */5'],
  ])('begins anew where the answer is for %s', async (_what, range) => {
    let count = 0;
    const server = await start.http((response, { headers }) => {
      const from = Number(/\d+/.exec(headers.range ?? '0')![0]);
      if (count++ > 1) return giving(content)(response, {} as never, {} as never);
      response.writeHead(from > 0 ? 206 : 200, {
        etag: '"a"',
        'content-length': String(content.length - from),
        'content-range': range(from),
      });
      response.write(content.subarray(from, from + 100_000), () => response.destroy());
    });
    expect(await download(asking([server.origin]), newWorld().context)).toEqual(expected);
    expect(server.heard.length).toBe(3);
  });

  it.each([
    ['less', { 'content-length': '10' }, -10],
    ['less, whose length was not told before', {}, -10],
    ['more', {}, 10],
  ])('is not taken for whole by an answer that gives %s than it says', async (what, headers, surplus) => {
    let count = 0;
    const server = await start.http((response, heard) => {
      const from = Number(/\d+/.exec(heard.headers.range ?? '0')![0]);
      const isFirst = count++ === 0;
      if (isFirst || count > 2) {
        const isLong = what.includes('not told');
        const length = isLong ? {} : { 'content-length': String(content.length - from) };
        const range = from > 0 && { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` };
        response.writeHead(from > 0 ? 206 : 200, { etag: '"a"', ...length, ...range });
        if (!isFirst) response.end(content.subarray(from));
        else response.write(content.subarray(0, 100_000), () => response.destroy());
        return;
      }
      const range = `bytes ${from}-${content.length - 1}/${content.length}`;
      response.writeHead(206, { etag: '"a"', 'content-range': range, ...headers });
      const rest = Buffer.concat([content.subarray(from), Buffer.alloc(10)]);
      response.end(surplus > 0 ? rest : rest.subarray(0, 10));
    });
    expect(await download(asking([server.origin]), newWorld().context)).toEqual(expected);
    expect(server.heard.length).toBe(3);
  });

  it('ends somewhere', async () => {
    let tag = 0;
    const server = await start.http(breaking(Array(100).fill(300_000), { tag: () => `"${tag++}"` }));
    const failure = await failureOf(download(asking([server.origin]), newWorld().context));
    expect([failure.code, failure.message]).toEqual([
      'server-unavailable',
      expect.stringContaining('could not be read on'),
    ]);
    expect(server.heard.length).toBeLessThan(12);
    const silent = await start.http(breaking(Array(100).fill(0), { tag: '"a"' }));
    expect((await failureOf(download(asking([silent.origin]), newWorld().context))).code).toBe('server-unavailable');
    expect(silent.heard.length).toBeLessThan(12);
  });
});

describe('what is not as it should be', () => {
  it('is refused with expected, found and the URL, and is nowhere', async () => {
    const wrong = Buffer.from(content).fill('x', 5, 6);
    const server = await start.http(giving(wrong));
    const world = newWorld();
    const request = asking([`${server.origin}/x?key=hidden`], {
      expected: { digest: expected.digest },
      mismatchHint: 'Do this.',
    });
    const failure = await failureOf(download(request, world.context));
    const url = `${server.origin}/x?key=…`;
    expect({ ...failure, message: failure.message, exit: failure.exit }).toMatchObject({
      code: 'input-mismatch',
      exit: 4,
      at,
      hint: 'Do this.',
      message: `Cannot fetch package x 1.0: ${url} gives ${digestOf(wrong)} instead of ${expected.digest}`,
      details: { expected: expected.digest, found: digestOf(wrong), url },
    });
    expect([world.blobs(), world.temporaries()]).toEqual([0, 0]);
  });

  it.each([
    ['shorter', content.subarray(1), `${content.length - 1} bytes`],
    ['longer', Buffer.concat([content, Buffer.of(1)]), `${content.length + 1} bytes`],
  ])('is refused where it is %s', async (_what, bytes, found) => {
    for (const headers of [{ 'content-length': String(bytes.length) }, { 'transfer-encoding': 'chunked' }]) {
      const server = await start.http((response) => {
        response.writeHead(200, headers);
        response.end(bytes);
      });
      const failure = await failureOf(download(asking([server.origin], { expected }), newWorld().context));
      expect([failure.code, failure.details.expected]).toEqual(['input-mismatch', `${content.length} bytes`]);
      expect(['more bytes', found]).toContain(failure.details.found);
    }
  });

  it.each(['gzip', 'br', 'x-odd'])('is refused where it is encoded: %s', async (encoding) => {
    const server = await start.http(giving(content, { 'content-encoding': encoding }));
    const failure = await failureOf(download(asking([server.origin], { expected }), newWorld().context));
    expect([failure.code, failure.message]).toEqual([
      'server-invalid',
      expect.stringContaining(`Content-Encoding: "${encoding}"`),
    ]);
  });

  it('is refused beyond the limit, before it is read where it says its length', async () => {
    let sent = 0;
    const endless = await start.http((response) => {
      const more = (): void => {
        sent += 65_536;
        if (!response.destroyed) response.write(Buffer.alloc(65_536), more);
      };
      more();
    });
    const world = newWorld();
    const failure = await failureOf(download(asking([endless.origin], { limitBytes: 1e6 }), world.context));
    expect([failure.code, failure.message]).toEqual([
      'input-limit',
      expect.stringContaining('has more than 1000000 bytes'),
    ]);
    expect(sent).toBeLessThan(2e7);
    expect([world.blobs(), world.temporaries()]).toEqual([0, 0]);
    const long = await start.http(giving(content));
    const told = await failureOf(download(asking([long.origin], { limitBytes: 1000 }), world.context));
    expect([told.code, told.message]).toEqual(['input-limit', expect.stringContaining(`has ${content.length} bytes`)]);
    const pinned = await failureOf(download(asking([long.origin], { limitBytes: 1000, expected }), world.context));
    expect([pinned.code, long.heard.length]).toEqual(['input-limit', 1]);
  });

  it.each([
    [404, 'input-missing'],
    [410, 'input-missing'],
    [401, 'input-denied'],
    [403, 'input-denied'],
    [500, 'server-unavailable'],
    [418, 'input-unreadable'],
    [206, 'input-unreadable'],
    [204, 'input-unreadable'],
  ])('is refused with status %i', async (status, code) => {
    const server = await start.http((response) => {
      response.writeHead(status);
      response.end();
    });
    const failure = await failureOf(download(asking([`${server.origin}/x`]), newWorld().context));
    expect([failure.code, failure.at]).toEqual([code, at]);
    expect(failure.message).toContain(`${server.origin}/x`);
    expect(failure.message).toContain(String(status));
  });
});

describe('mirrors', () => {
  it('are tried in order, whatever is wrong with the first', async () => {
    const good = await start.http(giving(content));
    const bad = await Promise.all([
      start.http(giving('', {}, 404)),
      start.http(giving('', {}, 403)),
      start.http(giving(content, { 'content-encoding': 'gzip' })),
      start.http(giving('', { location: 'file:///etc/passwd' }, 302)),
      start.tcp((socket) => void socket.destroy()),
      start.http(giving(Buffer.alloc(2e6))),
    ]);
    const world = newWorld();
    const urls = [...bad, good].map(({ origin }) => origin);
    const request = asking(urls, { expected: { digest: expected.digest }, limitBytes: content.length });
    expect(await download(request, world.context)).toEqual(expected);
    expect(bad.map(({ connections }) => connections > 0)).toEqual(bad.map(() => true));
    expect(world.warnings).toEqual([]);
  });

  it('with a wrong file are told of, though another has the right one', async () => {
    const wrong = await start.http(giving('something else'));
    const good = await start.http(giving(content));
    const world = newWorld();
    await download(asking([wrong.origin, good.origin], { expected: { digest: expected.digest } }), world.context);
    expect(world.warnings).toEqual([expect.stringMatching(/gives sha256:.* instead of .*has the right file$/)]);
  });

  it('that all lack the file are all named', async () => {
    const [a, b] = [await start.http(giving('', {}, 404)), await start.http(giving('', {}, 410))];
    const failure = await failureOf(download(asking([`${a.origin}/a`, `${b.origin}/b`]), newWorld().context));
    expect([failure.code, failure.message, failure.details.urls]).toEqual([
      'input-missing',
      `Cannot fetch package x 1.0: none of these exists: ${a.origin}/a, ${b.origin}/b`,
      [`${a.origin}/a`, `${b.origin}/b`],
    ]);
  });

  it('that all fail are all told of, a wrong file first', async () => {
    const [gone, wrong] = [await start.http(giving('', {}, 404)), await start.http(giving('something else'))];
    const request = asking([gone.origin, wrong.origin], { expected: { digest: expected.digest } });
    const failure = await failureOf(download(request, newWorld().context));
    expect([failure.code, failure.exit, failure.details.expected]).toEqual(['input-mismatch', 4, expected.digest]);
    expect(failure.message).toMatch(
      /^Cannot fetch package x 1.0 from any of 2 places: .*does not exist \(404\); .*instead of/,
    );
  });
});

describe('secrets', () => {
  it('go where they are for, and stay behind on a redirect to another origin', async () => {
    const other = await start.http(giving(content));
    const server = await start.http(giving('', { location: `${other.origin}/there` }, 307));
    const headersFor = async () => ({ authorization: 'Bearer hidden-1', secretHeaders: { 'x-token': 'hidden-2' } });
    await download(asking([server.origin], { headersFor }), newWorld().context);
    expect(server.heard[0]!.headers).toMatchObject({ authorization: 'Bearer hidden-1', 'x-token': 'hidden-2' });
    expect(JSON.stringify(other.heard)).not.toContain('hidden');
  });

  it('are not asked for where nothing is fetched', async () => {
    const world = newWorld();
    await world.store.ingest([content]);
    const headersFor = async (): Promise<never> => {
      throw new Error('asked');
    };
    expect(await download(asking(['http://127.0.0.1:1'], { expected, headersFor }), world.context)).toEqual(expected);
  });
});

describe('many downloads', () => {
  const texts = Array.from({ length: 12 }, (_, i) => `file ${i}`);
  const requests = (origin: string): Download[] =>
    texts.map((text, i) =>
      asking([`${origin}/${i}`], { what: `package p${i}`, expected: { digest: digestOf(text), size: text.length } }),
    );

  it('run a few at a time, and give their contents in order', async () => {
    let open = 0;
    let most = 0;
    const server = await start.http((response, { path }) => {
      most = Math.max(most, ++open);
      setTimeout(() => {
        open--;
        response.end(texts[Number(path.slice(1))]);
      }, 5);
    });
    const world = newWorld();
    await world.store.ingest([Buffer.from(texts[3]!)]);
    const found = await downloadAll(requests(server.origin), world.context);
    expect(found.map(({ digest }) => digest)).toEqual(texts.map((text) => digestOf(text)));
    expect([server.heard.length, most]).toEqual([11, 4]);
    expect(await downloadAll(requests('http://127.0.0.1:1'), world.context)).toEqual(found);
  });

  it('say without the network what is pinned and lacking', async () => {
    const world = newWorld();
    await world.store.ingest([Buffer.from(texts[3]!)]);
    const failure = await failureOf(downloadAll(requests('http://127.0.0.1:1'), world.context));
    const lacks = texts.map((_, i) => `package p${i}`).filter((_, i) => i !== 3);
    expect([failure.code, failure.exit, failure.details.lacks]).toEqual(['server-unavailable', 69, lacks]);
    expect(failure.hint).toBe(`11 inputs are pinned, but not in the cache: ${lacks.join(', ')}.`);
    const single = await failureOf(download(requests('http://127.0.0.1:1')[0]!, world.context));
    expect([single.hint, single.details.lacks]).toEqual([
      'One input is pinned, but not in the cache: package p0.',
      ['package p0'],
    ]);
  });

  it('name twenty of what is lacking in words', async () => {
    const many = Array.from({ length: 30 }, (_, i) =>
      asking(['http://127.0.0.1:1/'], { what: `p${i}`, expected: { digest: digestOf(`${i}`), size: 1 } }),
    );
    const failure = await failureOf(downloadAll(many, newWorld().context));
    expect(failure.hint).toMatch(/^30 inputs are .* p19 and 10 more\.$/);
    expect((failure.details.lacks as string[]).length).toBe(30);
  });

  it('end soon where one fails', async () => {
    const server = await start.http((response, { path }) => {
      if (path === '/0') return void response.end('something else');
      response.write('x');
      const timer = setInterval(() => response.write('x'), 5);
      response.on('close', () => clearInterval(timer));
    });
    const failure = await failureOf(
      downloadAll(
        requests(server.origin).map((request) => ({ ...request, expected: { digest: request.expected!.digest } })),
        newWorld().context,
      ),
    );
    expect(failure.code).toBe('input-mismatch');
    expect(server.heard.length).toBeLessThanOrEqual(4);
  });
});
