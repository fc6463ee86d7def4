import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Host, HttpFailure } from '../../src/host/index.js';
import { type Descriptor, digestOf, parseReference } from '../../src/oci/index.js';
import { copyImage, openImageSink, openImageSource } from '../../src/store/index.js';
import { bytesOf, collect } from '../../src/util/index.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { addImage, type Blobs, blobsInMemory, errorOf, host, hostWith, surroundingsOf } from './support.js';

const temporary = temporaryDirectory();
const newDirectory = (): string => mkdtempSync(join(temporary.path, 'd-'));
const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

type Answer = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

/** What looks like the docker daemon: each request is answered when all of it is there. */
async function fakeDaemon(answer: Answer) {
  const directory = newDirectory();
  const socket = join(directory, 'docker.sock');
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    answer(request, response, Buffer.concat(chunks));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const spools = join(directory, 'tmp');
  mkdirSync(spools);
  return { socket, requests, spools, host: hostAt(`unix://${socket}`, spools) };
}

function hostAt(address: string | undefined, temporaryDirectory = newDirectory()): Host {
  const variable = (name: string): string | undefined => (name === 'DOCKER_HOST' ? address : host.env.variable(name));
  return hostWith({ env: { variable, temporaryDirectory } });
}

const nowhere = surroundingsOf('/nonexistent');
const sourceOn = (on: Host, text = 'docker-daemon:app:v1') => openImageSource(on, parseReference(text), nowhere);

async function load(on: Host, blobs: Pick<Blobs, 'open'>, root: Descriptor, text = 'docker-daemon:app:v1') {
  const sink = openImageSink(on, parseReference(text), { ...nowhere, name: 'me/other' });
  await copyImage(blobs, sink, root);
  await sink.tag(parseReference(text), root);
  return sink.commit();
}

/** An archive of an image, as tbuild writes it. */
async function archiveOf(text: string, name = 'docker-archive:x:app:v1') {
  const [directory, blobs] = [newDirectory(), blobsInMemory()];
  const image = await addImage(blobs, text);
  const sink = openImageSink(host, parseReference(name), { ...surroundingsOf(directory), name: undefined });
  await copyImage(blobs, sink, image.manifest);
  await sink.tag(parseReference(name), image.manifest);
  await sink.commit();
  return { ...image, blobs, bytes: readFileSync(join(directory, 'x')) };
}

describe('an image of the docker daemon', () => {
  it('is read from what docker saves, which is nowhere afterwards', async () => {
    const { bytes, manifest, layer, blobs } = await archiveOf('hello');
    let modes: number[] = [];
    const daemon = await fakeDaemon((_, response) => {
      response.write(bytes.subarray(0, 1000));
      // The rest comes when the beginning has been kept.
      const wait = setInterval(() => {
        const names = readdirSync(daemon.spools);
        if (names.length === 0) return;
        modes = names.map((name) => statSync(join(daemon.spools, name)).mode & 0o777);
        clearInterval(wait);
        response.end(bytes.subarray(1000));
      }, 1);
    });
    const source = sourceOn(daemon.host);
    expect(daemon.requests).toEqual([]);
    expect(await source.resolve(parseReference('docker-daemon:app:v1'))).toEqual(manifest);
    expect(daemon.requests).toEqual(['GET /images/app:v1/get']);
    expect(modes).toEqual([0o600]);
    expect(readdirSync(daemon.spools)).toEqual([]);
    const content = await collect(await source.open(layer), 1e6);
    expect(Buffer.from(content).equals(blobs.map.get(layer.digest)!)).toBe(true);
    expect(daemon.requests).toHaveLength(1);
    source.close();
    source.close();
    await expect(source.open(layer).then((stream) => collect(stream, 1e6))).rejects.toThrow();
  });

  const names: readonly [string, string][] = [
    ['docker-daemon:ghcr.io/a/b:v1', '/images/ghcr.io/a/b:v1/get'],
    ['docker-daemon:localhost:5000/a:v1', '/images/localhost:5000/a:v1/get'],
    [`docker-daemon:${digestOf('x')}`, `/images/${digestOf('x')}/get`],
    [`docker-daemon:app@${digestOf('x')}`, `/images/app@${digestOf('x')}/get`],
  ];
  it.each(names)('%s is asked for by its name, and whatever comes is it', async (text, path) => {
    const { bytes, manifest } = await archiveOf('hello', 'docker-archive:x:localhost/other:v2');
    const daemon = await fakeDaemon((_, response) => response.end(bytes));
    const source = sourceOn(daemon.host, text);
    expect(await source.resolve(parseReference(text))).toEqual(manifest);
    expect(daemon.requests).toEqual([`GET ${path}`]);
    source.close();
  });

  it('that docker does not have is missing', async () => {
    const daemon = await fakeDaemon((_, response) => {
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end('{"message":"reference does not exist"}');
    });
    expect(await errorOf(() => sourceOn(daemon.host).open({} as Descriptor))).toMatchObject({
      code: 'image-missing',
      message: 'There is no "docker-daemon:app:v1": docker answered 404: reference does not exist',
    });
  });

  it.each([
    ['{"message":"no \\u001b[31mspace\\u0007 \\u202e"}', 'docker answered 500: no \\x1b[31mspace\\x07 \\xe2\\x80\\xae'],
    ['<html>Bad</html>\n', 'docker answered 500: <html>Bad</html>'],
    ['', 'docker answered 500'],
    ['null', 'docker answered 500: null'],
    ['x'.repeat(5_000_000), `docker answered 500: ${'x'.repeat(1024)}…`],
  ])('that docker cannot give is told in few words without control characters', async (body, words) => {
    const daemon = await fakeDaemon((_, response) => response.writeHead(500).end(body));
    expect(await errorOf(() => sourceOn(daemon.host).resolve(parseReference('oci:x')))).toMatchObject({
      code: 'input-unreadable',
      message: `Cannot read "docker-daemon:app:v1": ${words}`,
    });
  });

  it('that is cut off is not read, and nothing of it stays', async () => {
    const { bytes } = await archiveOf('hello');
    const daemon = await fakeDaemon((_, response) => {
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 3000), () => response.destroy());
    });
    expect(await errorOf(() => sourceOn(daemon.host).resolve(parseReference('oci:x')))).toMatchObject({
      code: 'daemon-unavailable',
      message: expect.stringContaining('Cannot read "docker-daemon:app:v1": docker: '),
    });
    expect(readdirSync(daemon.spools)).toEqual([]);
  });

  it('that is no archive is refused, and nothing of it stays', async () => {
    const daemon = await fakeDaemon((_, response) => response.end('x'.repeat(2048)));
    const error = await errorOf(() => sourceOn(daemon.host).resolve(parseReference('oci:x')));
    expect(error.code).toBe('archive-ambiguous');
    expect(readdirSync(daemon.spools)).toEqual([]);
  });

  it('that finds no room in the temporary directory names that directory', async () => {
    const { bytes } = await archiveOf('hello');
    const daemon = await fakeDaemon((_, response) => response.end(bytes));
    const createFile = (path: string) => ({
      ...host.files.createFile(path),
      write: (): never => {
        throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
      },
    });
    const full = { ...daemon.host, files: { ...host.files, createFile } };
    const error = await errorOf(() => sourceOn(full).resolve(parseReference('oci:x')));
    expect(error).toMatchObject({
      code: 'input-unreadable',
      message: expect.stringMatching(/the archive cannot be kept in ".*": no space left/),
      hint: expect.stringContaining('TMPDIR'),
    });
    expect(readdirSync(daemon.spools)).toEqual([]);
  });

  it('closed before it is there is closed then', async () => {
    const { bytes, layer } = await archiveOf('hello');
    const daemon = await fakeDaemon((_, response) => setTimeout(() => response.end(bytes), 20));
    let [opened, closed] = [0, 0];
    const openRead = (path: string) => {
      const handle = host.files.openRead(path);
      opened += 1;
      const close = (): void => {
        closed += 1;
        handle.close();
      };
      return { ...handle, close };
    };
    const source = sourceOn({ ...daemon.host, files: { ...host.files, openRead } });
    const pending = source.open(layer);
    source.close();
    await expect(pending).rejects.toThrow();
    expect([opened, closed]).toEqual([1, 1]);
  });

  it('sweeps away what a killed run left', async () => {
    const { bytes } = await archiveOf('hello');
    const daemon = await fakeDaemon((_, response) => response.end(bytes));
    // A process that has ended, in this pid space.
    const left: string[] = [];
    const dead = {
      ...daemon.host,
      env: { ...daemon.host.env, processId: 2 ** 22 - 1 },
      files: {
        ...host.files,
        createFile(path: string) {
          left.push(path);
          return host.files.createFile(path);
        },
        remove: () => undefined,
      },
    };
    await sourceOn(dead).resolve(parseReference('oci:x'));
    expect(readdirSync(daemon.spools)).toHaveLength(1);
    writeFileSync(join(daemon.spools, 'mine'), '');
    await sourceOn(daemon.host).resolve(parseReference('oci:x'));
    expect(left).toHaveLength(1);
    expect(readdirSync(daemon.spools)).toEqual(['mine']);
  });
});

describe('loading into the docker daemon', () => {
  const loaded = '{"stream":"Loaded image: app:v1\\n"}\r\n';

  it('sends the archive that docker load takes, with the name in it', async () => {
    const { bytes, manifest, blobs } = await archiveOf('hello');
    let sent: Buffer | undefined;
    let headers: IncomingMessage['headers'] = {};
    const daemon = await fakeDaemon((request, response, body) => {
      [sent, headers] = [body, request.headers];
      response.end(loaded);
    });
    const bytesWritten = [...blobs.map.values()].reduce((sum, blob) => sum + blob.length, 0);
    expect(await load(daemon.host, blobs, manifest)).toEqual({ blobsWritten: 3, bytesWritten, blobsMounted: 0 });
    expect(daemon.requests).toEqual(['POST /images/load?quiet=1']);
    expect(headers).toMatchObject({ 'content-type': 'application/x-tar', 'transfer-encoding': 'chunked' });
    expect(sent!.equals(bytes)).toBe(true);
  });

  const reports: readonly [string, string, string | undefined][] = [
    ['says nothing', '', undefined],
    ['says how far it is', `{"status":"Loading layer","progressDetail":{"current":1}}\n${loaded}`, undefined],
    ['ends without a line end', loaded.trim(), undefined],
    ['fails', '{"errorDetail":{"message":"no \\u001bspace"},"error":"x"}\n', 'docker says: no \\x1bspace'],
    ['fails with few words', `${loaded}{"error":"invalid tar"}`, 'docker says: invalid tar'],
    ['fails twice', '{"error":"first"}\n{"error":"second"}\n', 'docker says: first'],
    ['fails in another form', '{"error":{"a":1}}\n', 'docker says: {"a":1}'],
    ['answers something else', 'Loaded!\n', 'docker answered what is not JSON: Loaded!'],
    ['does not stop to talk', 'y'.repeat(3_000_000), `docker answered what is not JSON: ${'y'.repeat(1024)}…`],
  ];
  it.each(reports)('hears what docker says, though the status is 200: it %s', async (_title, report, problem) => {
    const { manifest, blobs } = await archiveOf('hello');
    const daemon = await fakeDaemon((_, response) => {
      // In pieces that end anywhere.
      response.writeHead(200);
      for (let at = 0; at < report.length && at < 200; at += 7) response.write(report.slice(at, at + 7));
      response.end(report.slice(203));
    });
    if (problem === undefined) await load(daemon.host, blobs, manifest);
    else {
      expect(await errorOf(() => load(daemon.host, blobs, manifest))).toMatchObject({
        code: 'destination-failed',
        message: `Cannot write "docker-daemon:app:v1": ${problem}`,
      });
    }
  });

  it('tells of a refusal', async () => {
    const { manifest, blobs } = await archiveOf('hello');
    const daemon = await fakeDaemon((_, response) => response.writeHead(403).end('{"message":"no"}'));
    expect(await errorOf(() => load(daemon.host, blobs, manifest))).toMatchObject({
      code: 'destination-failed',
      message: 'Cannot write "docker-daemon:app:v1": docker answered 403: no',
    });
  });

  it('fails where docker ends in the middle of the archive or of its report', async () => {
    const { manifest, blobs } = await archiveOf('hello');
    const cut = await fakeDaemon((_, response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('{}\n', () => response.destroy());
    });
    expect(await errorOf(() => load(cut.host, blobs, manifest))).toMatchObject({ code: 'daemon-unavailable' });
    const gone = await fakeDaemon((request) => request.socket.destroy());
    expect(await errorOf(() => load(gone.host, blobs, manifest))).toMatchObject({ code: 'daemon-unavailable' });
  });

  it('fails with what is wrong with the image, and docker gets no whole archive', async () => {
    const { manifest, layer, blobs } = await archiveOf('hello');
    blobs.map.set(layer.digest, Buffer.alloc(layer.size));
    let isWhole = false;
    const daemon = await fakeDaemon((_, response) => {
      isWhole = true;
      response.end(loaded);
    });
    expect(await errorOf(() => load(daemon.host, blobs, manifest))).toMatchObject({ code: 'blob-mismatch' });
    expect(isWhole).toBe(false);
  });

  it('stops where the run is interrupted', async () => {
    const { manifest, blobs } = await archiveOf('hello');
    const controller = new AbortController();
    const daemon = await fakeDaemon(() => controller.abort(new Error('stop')));
    const interrupted = { ...daemon.host, interruption: controller.signal };
    await expect(load(interrupted, blobs, manifest)).rejects.toThrow('stop');
  });

  it.each([`docker-daemon:${digestOf('x')}`, `docker-daemon:app@${digestOf('x')}`])(
    'needs a name and a tag: %s',
    async (text) => {
      expect(await errorOf(() => load(hostAt(undefined), blobsInMemory(), {} as Descriptor, text))).toMatchObject({
        code: 'destination-failed',
        hint: 'Write docker-daemon:NAME:tag.',
      });
    },
  );

  it('gives one image all its names', async () => {
    const { manifest, blobs } = await archiveOf('hello');
    let sent = '';
    const daemon = await fakeDaemon((_, response, body) => {
      sent = body.toString('latin1');
      response.end(loaded);
    });
    const sink = openImageSink(daemon.host, parseReference('docker-daemon:app:v1'), { ...nowhere, name: undefined });
    await copyImage(blobs, sink, manifest);
    for (const tag of ['v2', 'v1']) await sink.tag(parseReference(`docker-daemon:app:${tag}`), manifest);
    await sink.commit();
    expect(sent).toContain('"RepoTags":["app:v1","app:v2"]');
    expect(sent).toContain('"io.containerd.image.name":"docker.io/library/app:v2"');
  });
});

describe('the docker daemon', () => {
  it('that does not run cannot be reached', async () => {
    const directory = newDirectory();
    for (const address of [undefined, `unix://${directory}/nothing`, `unix://${directory}`]) {
      const on = hostWith({ env: hostAt(address).env });
      const refused = address === undefined ? { ...on, http: { ...on.http, request: refuse('ENOENT') } } : on;
      const error = await errorOf(() => sourceOn(refused).resolve(parseReference('oci:x')));
      expect(error.code).toBe('daemon-unavailable');
      expect(error.message).toContain('Cannot read "docker-daemon:app:v1": docker: ');
      expect(error.hint).toContain(JSON.stringify(address?.slice('unix://'.length) ?? '/var/run/docker.sock'));
      expect(error.exit).toBe(69);
    }
    const { manifest, blobs } = await archiveOf('hello');
    const error = await errorOf(() => load(hostAt(`unix://${directory}/nothing`), blobs, manifest));
    expect(error).toMatchObject({ code: 'daemon-unavailable', message: expect.stringContaining('Cannot write') });
  });

  function refuse(code: string) {
    return () => {
      const cause = Object.assign(new Error(code), { code });
      return Promise.reject(new HttpFailure('refused', 'permission denied', { cause }));
    };
  }

  it('that only others may use is told so', async () => {
    const on = hostAt('unix:///run/x.sock');
    const refused = { ...on, http: { ...on.http, request: refuse('EACCES') } };
    expect(await errorOf(() => sourceOn(refused).resolve(parseReference('oci:x')))).toMatchObject({
      code: 'daemon-unavailable',
      message: 'Cannot read "docker-daemon:app:v1": docker: permission denied',
      hint: 'Only root and mostly the group "docker" may use "/run/x.sock".',
    });
  });

  it.each([
    ['tcp://user:secret@10.0.0.1:2375', 'an address that begins with "tcp://"'],
    ['ssh://me@secret', 'an address that begins with "ssh://"'],
    ['npipe:////./pipe/secret', 'an address that begins with "npipe://"'],
    ['secret', 'no address of a socket'],
    ['unix://', 'an address that begins with "unix://"'],
  ])('at %s is not supported, and what may be a password is not shown', async (address, shown) => {
    const error = await errorOf(() => sourceOn(hostAt(address)).resolve(parseReference('oci:x')));
    expect(error).toMatchObject({
      code: 'daemon-unavailable',
      message: `Cannot read "docker-daemon:app:v1": DOCKER_HOST is ${shown}, and only unix sockets are supported`,
    });
    expect(JSON.stringify([error.message, error.hint])).not.toContain('secret');
    const { manifest, blobs } = await archiveOf('hello');
    expect(await errorOf(() => load(hostAt(address), blobs, manifest))).toMatchObject({ code: 'daemon-unavailable' });
  });

  it('at a relative path is looked for from the working directory', async () => {
    const { bytes, manifest } = await archiveOf('hello');
    const daemon = await fakeDaemon((_, response) => response.end(bytes));
    const { env } = hostAt('unix://docker.sock');
    const on = hostWith({ env: { ...env, workingDirectory: join(daemon.socket, '..') } });
    expect(await sourceOn(on).resolve(parseReference('oci:x'))).toEqual(manifest);
  });

  it('gets the same bytes each time', async () => {
    const { manifest, blobs } = await archiveOf('hello');
    const sent: Buffer[] = [];
    const daemon = await fakeDaemon((_, response, body) => {
      sent.push(body);
      response.end();
    });
    await load(daemon.host, blobs, manifest);
    await load(
      daemon.host,
      { open: async ({ digest }) => bytesOf(...[...blobs.map.get(digest)!].map((byte) => Uint8Array.of(byte))) },
      manifest,
    );
    expect(sent[0]!.equals(sent[1]!)).toBe(true);
  });
});
