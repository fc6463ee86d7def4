import { chmodSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readFetch } from '../../src/inputs/fetch.js';
import type { FetchContent, SecretHeader } from '../../src/manifest/index.js';
import { digestOf } from '../../src/oci/index.js';
import type { FileEntry } from '../../src/tree/index.js';
import { filter } from '../codec/support.js';
import { need } from '../support/programs.js';
import { servers } from '../support/servers.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { extract, fetchContent, fetchWorlds, tarOf } from './fetch-support.js';
import { at, failureOf, lines, textOf } from './support.js';
import { zip } from './zip-support.js';

const start = servers();
const top = temporaryDirectory();
const newWorld = fetchWorlds(top);

/** A server that gives the same for every path. */
const serving = (bytes: Uint8Array | string) =>
  start.http((response) => {
    response.setHeader('content-length', bytes.length);
    response.end(bytes);
  });

describe('a fetched file', () => {
  const text = 'a program';
  const digest = digestOf(text);

  it.each([
    ['/opt/x', 'opt/x'],
    ['/opt/', 'opt/tool-1.0'],
    ['/', 'tool-1.0'],
  ])('goes to %s as files do', async (to, path) => {
    const server = await serving(text);
    const world = newWorld();
    const tree = await readFetch(fetchContent(`${server.origin}/a/tool-1.0?k=v`, to), world.context);
    expect(lines(tree)).toEqual([`644 ${path}`]);
    expect(await textOf(tree.entries[0])).toBe(text);
    expect(tree.entries[0]).toMatchObject({ uid: 0, gid: 0, size: text.length, digest });
    expect(tree.entries[0]!.origin).toEqual({ kind: 'fetch', label: `fetch ${server.origin}/a/tool-1.0?k=…`, at });
  });

  it('has the owner, mode and capabilities of its content', async () => {
    const server = await serving(text);
    const more = { owner: { uid: 5, gid: 6 }, mode: 0o755, capabilities: ['net_bind_service'] };
    const tree = await readFetch(fetchContent(server.origin, '/x', more), newWorld().context);
    expect(tree.entries[0]).toMatchObject({ uid: 5, gid: 6, mode: 0o755 });
    expect([...(tree.entries[0] as FileEntry).xattrs!.keys()]).toEqual(['security.capability']);
  });

  it.each([
    ['/a%20b', 'a b'],
    ['/%C3%A4', 'ä'],
    ['/a+b', 'a+b'],
  ])('is called as the end of its URL says, decoded: %s', async (path, name) => {
    const server = await serving(text);
    const tree = await readFetch(fetchContent(`${server.origin}${path}`, '/x/'), newWorld().context);
    expect(tree.entries[0]!.path).toBe(`x/${name}`);
  });

  it.each([
    ['/', 'is empty'],
    ['/a/', 'is empty'],
    ['/a%2fb', 'holds a slash'],
    ['/%00', 'holds a NUL byte'],
    ['/%ff', 'is not UTF-8'],
    ['/.wh.x', 'begins with ".wh."'],
  ])('needs a name that a file can have: %s', async (path, problem) => {
    const world = newWorld();
    const failure = await failureOf(readFetch(fetchContent(`http://127.0.0.1:1${path}`, '/x/'), world.context));
    expect([failure.code, failure.at, world.network.traffic.requests]).toEqual(['input-name', at, 0]);
    expect(failure.message).toContain(problem);
  });
});

describe('the pin of a fetch', () => {
  const text = 'content';
  const pin = { digest: digestOf(text), size: text.length };

  it('is that of image.yaml, whatever the lock says', async () => {
    const server = await serving(text);
    const world = newWorld();
    world.pins.set(`${server.origin}/`, { digest: digestOf('other'), size: 5 });
    await readFetch(fetchContent(server.origin, '/x', { digest: pin.digest }), world.context);
    expect(world.pins.get(`${server.origin}/`)!.digest).toBe(digestOf('other'));
  });

  it('is that of the lock', async () => {
    const server = await serving('something else');
    const world = newWorld();
    world.pins.set(`${server.origin}/x`, pin);
    const failure = await failureOf(readFetch(fetchContent(`${server.origin}/x`, '/x'), world.context));
    expect([failure.code, failure.exit, failure.hint]).toEqual([
      'input-mismatch',
      4,
      `If the file was meant to change, pin it anew: tbuild lock --update ${server.origin}/x`,
    ]);
  });

  it('is found where there is none, under the first URL as it is written', async () => {
    const gone = await start.http((response) => {
      response.statusCode = 404;
      response.end();
    });
    const server = await serving(text);
    const world = newWorld();
    await readFetch(fetchContent([`${gone.origin}/a?b=c`, server.origin], '/x'), world.context);
    expect([...world.pins]).toEqual([[`${gone.origin}/a?b=c`, pin]]);
  });

  it('and the cache are all that is needed', async () => {
    const tar = await tarOf({ 'd/a': 'A' });
    const server = await serving(tar);
    const world = newWorld();
    const single = fetchContent(`${server.origin}/x`, '/x');
    const taken = fetchContent(`${server.origin}/x`, '/x', extract());
    const first = [await readFetch(single, world.context), await readFetch(taken, world.context)];
    await server.close();
    const later = newWorld({ cache: world.store.directory });
    for (const [url, found] of world.pins) later.pins.set(url, found);
    const second = [await readFetch(single, later.context), await readFetch(taken, later.context)];
    expect(second.map(lines)).toEqual(first.map(lines));
    expect([await textOf(second[1]!.get('x/d/a')), later.steps, later.network.traffic.requests]).toEqual(['A', [], 0]);
    const empty = newWorld();
    for (const [url, found] of world.pins) empty.pins.set(url, found);
    for (const content of [single, taken]) {
      const failure = await failureOf(readFetch(content, empty.context));
      expect([failure.code, failure.details.lacks, failure.at]).toEqual([
        'server-unavailable',
        [`${server.origin}/x`],
        at,
      ]);
    }
  });
});

describe('the secrets of a fetch', () => {
  const header = (name: string, variable: string, prefix = ''): SecretHeader => ({ name, variable, prefix, at });
  const headers = [header('authorization', 'TOKEN', 'Bearer '), header('x-key', 'KEY')];

  it('are headers with values of the environment', async () => {
    const server = await serving('x');
    const world = newWorld({ variables: { TOKEN: 'hidden-1', KEY: 'hidden-2' } });
    const tree = await readFetch(fetchContent(server.origin, '/x', { headers }), world.context);
    expect(server.heard[0]!.headers).toMatchObject({ authorization: 'Bearer hidden-1', 'x-key': 'hidden-2' });
    expect(JSON.stringify([tree.entries, [...world.pins], world.steps, world.warnings])).not.toContain('hidden');
  });

  it('must be set where something has to be fetched, and only there', async () => {
    const server = await serving('x');
    const world = newWorld({ variables: { TOKEN: 'hidden' } });
    const content = fetchContent(server.origin, '/x', { headers });
    const failure = await failureOf(readFetch(content, world.context));
    expect([failure.code, failure.at, server.heard]).toEqual(['secret-missing', at, []]);
    expect(failure.message).toBe('The environment variable KEY is not set, which has the value of the header "x-key"');
    await world.store.ingest([Buffer.from('x')]);
    await readFetch({ ...content, digest: digestOf('x') }, world.context);
  });

  it('do not go over plain HTTP off this machine, nor to where a redirect leads', async () => {
    const world = newWorld({ variables: { TOKEN: 'hidden-1', KEY: 'hidden-2' } });
    const failure = await failureOf(
      readFetch(fetchContent('http://example.invalid/x', '/x', { headers }), world.context),
    );
    expect([failure.code, world.network.traffic.requests]).toEqual(['registry-unauthorised', 0]);
    const other = await serving('x');
    const server = await start.http((response) => {
      response.writeHead(302, { location: `${other.origin}/y` });
      response.end();
    });
    await readFetch(fetchContent(server.origin, '/x', { headers }), world.context);
    expect(JSON.stringify(server.heard)).toContain('hidden-2');
    expect(JSON.stringify(other.heard)).not.toContain('hidden');
  });

  it('are hidden where a server repeats them', async () => {
    const server = await start.http((response, heard) => {
      response.writeHead(200, { 'content-encoding': heard.headers['x-key'] as string });
      response.end();
    });
    const world = newWorld({ variables: { TOKEN: 'hidden-1', KEY: 'hidden-2' } });
    const failure = await failureOf(readFetch(fetchContent(server.origin, '/x', { headers }), world.context));
    expect(failure.code).toBe('server-invalid');
    expect(JSON.stringify([failure.message, failure.details])).not.toContain('hidden');
  });

  it.each([
    ['that lacks the file', (secret: string) => `/${secret}/x`],
    ['of another scheme', (secret: string) => `ftp://host/${secret}`],
    ['where nobody listens', (secret: string) => `http://127.0.0.1:1/${secret}`],
  ])('are hidden where a server repeats them in a redirect to a place %s', async (_what, place) => {
    const server = await start.http((response, { headers, path }) => {
      const isFirst = path === '/first';
      response.writeHead(isFirst ? 302 : 404, isFirst ? { location: place(headers['x-key'] as string) } : {});
      response.end();
    });
    const world = newWorld({ variables: { TOKEN: 'hidden-1', KEY: 'hidden-2' } });
    const failure = await failureOf(
      readFetch(fetchContent(`${server.origin}/first`, '/x', { headers }), world.context),
    );
    expect(JSON.stringify([failure.message, failure.details])).not.toContain('hidden');
  });

  const netrc = (text: string, mode = 0o600): string => {
    const home = mkdtempSync(join(top.path, 'home-'));
    writeFileSync(join(home, '.netrc'), text);
    chmodSync(join(home, '.netrc'), mode);
    return home;
  };
  const basic = `Basic ${Buffer.from('me:hidden').toString('base64')}`;

  it('are in netrc, where no Authorization is declared', async () => {
    const server = await serving('x');
    const home = netrc('machine 127.0.0.1 login me password hidden');
    const world = newWorld({ home, variables: { KEY: 'k', TOKEN: 't' } });
    const urls = [`${server.origin}/a`, `${server.origin}/b`];
    await readFetch(fetchContent(urls[0]!, '/x', { headers: [header('x-key', 'KEY')] }), world.context);
    await readFetch(fetchContent(urls[1]!, '/x', { headers }), world.context);
    expect(server.heard.map((heard) => heard.headers.authorization)).toEqual([basic, 'Bearer t']);
    expect(world.warnings).toEqual([]);
  });

  it('of netrc stay here where anybody could read them', async () => {
    const proxy = await start.proxy();
    const home = netrc('machine example.com login me password hidden\nmachine 127.0.0.1 login a password b');
    const world = newWorld({ home, variables: { HTTP_PROXY: proxy.origin } });
    await readFetch(fetchContent('http://example.com/x', '/x'), world.context);
    expect(proxy.lines).toEqual(['GET http://example.com/x']);
    expect(JSON.stringify(proxy.headers)).not.toMatch(/hidden|aGlkZGVu|authorization"/);
  });

  it('of a netrc that others can read are warned of', async () => {
    const server = await serving('x');
    const world = newWorld({ home: netrc('machine 127.0.0.1 login me password hidden', 0o644) });
    await readFetch(fetchContent(server.origin, '/x'), world.context);
    expect(world.warnings).toEqual([expect.stringContaining('others can read the passwords')]);
  });

  it('are not looked for where a netrc is wrong and nothing is fetched', async () => {
    const world = newWorld({ home: netrc('nonsense') });
    await world.store.ingest([Buffer.from('x')]);
    await readFetch(fetchContent('http://127.0.0.1:1', '/x', { digest: digestOf('x') }), world.context);
    const failure = await failureOf(readFetch(fetchContent('http://127.0.0.1:1', '/x'), world.context));
    expect(failure.code).toBe('credentials-invalid');
  });
});

const LAYOUT = {
  'tool-1.0/': '',
  'tool-1.0/bin/': '',
  'tool-1.0/bin/tool!': 'program',
  'tool-1.0/bin/link=': 'tool-1.0/bin/tool',
  'tool-1.0/lib@': 'bin/../../out',
  'tool-1.0/share/doc/README': 'read',
  'tool-1.0/empty': '',
  LICENSE: 'free',
};

async function extracted(bytes: Uint8Array, more: Partial<FetchContent>, world = newWorld()) {
  const server = await serving(bytes);
  return readFetch(fetchContent(`${server.origin}/x.bin`, '/opt', more), world.context);
}

describe('an archive that is fetched', () => {
  it('keeps its symlinks, and has the owner of the content and the modes of files otherwise', async () => {
    const tree = await extracted(await tarOf(LAYOUT), { ...extract(), owner: { uid: 3, gid: 4 } });
    expect(lines(tree)).toEqual([
      '755 opt',
      '644 opt/LICENSE',
      '755 opt/tool-1.0',
      '755 opt/tool-1.0/bin',
      '755 opt/tool-1.0/bin/link',
      '755 opt/tool-1.0/bin/tool',
      '644 opt/tool-1.0/empty',
      'opt/tool-1.0/lib -> bin/../../out',
      '755 opt/tool-1.0/share',
      '755 opt/tool-1.0/share/doc',
      '644 opt/tool-1.0/share/doc/README',
    ]);
    expect(tree.entries.every((entry) => entry.kind === 'whiteout' || (entry.uid === 3 && entry.gid === 4))).toBe(true);
    expect(await textOf(tree.get('opt/tool-1.0/bin/link'))).toBe('program');
    expect(await textOf(tree.get('opt/tool-1.0/empty'))).toBe('');
    expect(tree.get('opt/LICENSE')!.origin).toMatchObject({ kind: 'fetch', source: 'LICENSE', at });
  });

  it('has the mode of the content where there is one', async () => {
    const tree = await extracted(await tarOf(LAYOUT), { ...extract(1, ['bin']), mode: 0o500 });
    expect(lines(tree)).toEqual(['755 opt', '755 opt/bin', '500 opt/bin/link', '500 opt/bin/tool']);
  });

  it.each([
    [
      1,
      undefined,
      undefined,
      [
        'opt',
        'opt/bin',
        'opt/bin/link',
        'opt/bin/tool',
        'opt/empty',
        'opt/lib',
        'opt/share',
        'opt/share/doc',
        'opt/share/doc/README',
      ],
    ],
    [1, ['bin/*'], undefined, ['opt', 'opt/bin', 'opt/bin/link', 'opt/bin/tool']],
    [1, ['bin/*'], ['**/link'], ['opt', 'opt/bin', 'opt/bin/tool']],
    [2, undefined, undefined, ['opt', 'opt/doc', 'opt/doc/README', 'opt/link', 'opt/tool']],
    [3, undefined, undefined, ['opt', 'opt/README']],
    [0, ['LICENSE'], undefined, ['opt', 'opt/LICENSE']],
  ])('is stripped by %i, then selected: %j, %j', async (strip, include, exclude, expected) => {
    const tree = await extracted(await tarOf(LAYOUT), extract(strip, include, exclude));
    expect(tree.entries.map(({ path }) => path)).toEqual(expected);
  });

  it('fails where nothing is left, or a pattern matches nothing', async () => {
    const tar = await tarOf(LAYOUT);
    const stripped = await failureOf(extracted(tar, extract(4)));
    expect([stripped.code, stripped.at]).toEqual(['input-empty', at]);
    const unmatched = await failureOf(extracted(tar, extract(0, ['bin/*'])));
    expect([unmatched.code, unmatched.at]).toEqual(['input-empty', { ...at, text: 'bin/*' }]);
  });

  it('fails where two files fall together; directories merge', async () => {
    const failure = await failureOf(extracted(await tarOf({ 'a/x': '1', 'b/x': '2' }), extract(1)));
    expect([failure.code, failure.message]).toEqual(['path-clash', expect.stringContaining('"a/x" and "b/x"')]);
    const tree = await extracted(await tarOf({ 'a/d/': '', 'a/d/1': '1', 'b/d/2': '2' }), extract(1));
    expect(tree.entries.map(({ path }) => path)).toEqual(['opt', 'opt/d', 'opt/d/1', 'opt/d/2']);
  });

  const formats: readonly (readonly [string, (tar: Buffer) => Buffer, string?])[] = [
    ['tar', (tar) => tar],
    ['tar, compressed by gzip', (tar) => gzipSync(tar)],
    ['tar, compressed by zstd', (tar) => filter('zstd', ['-c'], tar), 'zstd'],
    ['tar, compressed by xz', (tar) => filter('xz', ['-c'], tar), 'xz'],
    [
      'zip',
      () =>
        zip([
          { name: 'd/a', content: 'A', mode: 0o100755, method: 8 },
          { name: 'd/l', content: 'a', mode: 0o120777 },
        ]),
    ],
  ];
  for (const [name, pack, program] of formats) {
    it.skipIf(program !== undefined && !need(program))(
      `is taken apart by its bytes, not its name: ${name}`,
      async () => {
        const tree = await extracted(pack(await tarOf({ 'd/a!': 'A', 'd/l@': 'a' })), extract());
        expect(lines(tree)).toEqual(['755 opt', '755 opt/d', '755 opt/d/a', 'opt/d/l -> a']);
        expect(await textOf(tree.get('opt/d/a'))).toBe('A');
      },
    );
  }

  it.each([
    ['nothing', '', 'is an empty file'],
    ['a program', '\x7fELF', 'is a program (ELF)'],
    ['an HTML page', '\n<!DOCTYPE html><html>', 'is an HTML page'],
    ['bzip2', 'BZh91AY', 'is bzip2 data'],
    ['7-Zip', "7z\xbc\xaf'\x1c", 'is a 7-Zip archive'],
    ['a Debian package', '!<arch>\ndebian-binary', 'is an ar archive'],
    ['something else', 'hello', 'is a file of an unknown kind, which begins with "hello"'],
  ])('is named where it is none: %s', async (_what, bytes, message) => {
    const failure = await failureOf(extracted(Buffer.from(bytes, 'latin1'), extract()));
    expect([failure.code, failure.at]).toEqual(['input-kind', at]);
    expect(failure.message).toContain(message);
    const packed = await failureOf(extracted(gzipSync(Buffer.from(bytes, 'latin1')), extract()));
    expect([packed.code, packed.message]).toEqual(['input-kind', expect.stringContaining('is gzip data, and in it')]);
  });

  it('is unpacked once, and again where the cache has lost its contents', async () => {
    const server = await serving(gzipSync(await tarOf({ a: 'A', b: 'B' })));
    const world = newWorld();
    const content = fetchContent(`${server.origin}/x`, '/opt', extract());
    await readFetch(content, world.context);
    await readFetch({ ...content, ...extract(0, ['a']) }, world.context);
    expect(world.steps.map((step) => step.split(' ')[0])).toEqual(['fetch', 'unpack']);
    const { removeTree } = world.context.host.files;
    const unpacked = join(world.store.directory, 'unpacked');
    const loseContents = (): void => readdirSync(unpacked).forEach((name) => void removeTree(join(unpacked, name)));
    loseContents();
    const tree = await readFetch(content, world.context);
    expect(world.steps.length).toBe(2);
    expect([await textOf(tree.get('opt/a')), await textOf(tree.get('opt/b'))]).toEqual(['A', 'B']);
    expect(world.steps.length).toBe(3);
    loseContents();
    const { digest } = world.pins.get(`${server.origin}/x`)!;
    removeTree(join(world.store.directory, 'blobs/sha256', digest.slice(7)));
    expect(await textOf((await readFetch(content, world.context)).get('opt/a'))).toBe('A');
    expect(server.heard.length).toBe(2);
  });

  it('leaves nothing outside of the cache', async () => {
    const world = newWorld();
    mkdirSync(join(world.context.directory, 'empty'));
    await extracted(await tarOf(LAYOUT), extract(), world);
    expect(readdirSync(world.context.directory).sort()).toEqual(['cache', 'empty', 'home']);
    expect(readdirSync(join(world.context.directory, 'empty'))).toEqual([]);
  });
});
