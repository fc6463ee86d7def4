import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Descriptor, Digest } from '../../../src/oci/index.js';
import { openRegistrySource } from '../../../src/store/registry/source.js';
import { collect } from '../../../src/util/index.js';
import * as effects from '../../support/registry/effects.js';
import { makeImage, makeIndex, putImage, type TestImage } from '../../support/registry/images.js';
import { type Laboratory, openLaboratory } from '../../support/registry/laboratory.js';
import { at, digestOf } from '../../support/registry/registry.js';
import { errorOf } from '../support.js';
import { type Pulling, startPulling } from './pull-support.js';

let lab: Laboratory;
let pulling: Pulling;
beforeEach(async () => {
  lab = await openLaboratory();
  pulling = startPulling();
});
afterEach(async () => {
  await pulling.close();
  await lab.close();
});

const repository = (rest = 'a/b') => pulling.at(`${lab.registry.authority}/${rest}`);
const lines = () => lab.requests.map(({ method, path }) => `${method} ${path}`);

async function given(options: Parameters<typeof makeImage>[0] = {}, ...tags: string[]): Promise<TestImage> {
  return putImage(lab.registry.repository('a/b'), await makeImage(options), ...(tags.length === 0 ? ['1'] : tags));
}

function blobOf(image: TestImage): { readonly bytes: Buffer; readonly target: Descriptor } {
  const [[digest, bytes]] = [...image.blobs] as [[string, Buffer]];
  return { bytes, target: { mediaType: 'application/octet-stream', digest: digest as Digest, size: bytes.length } };
}

/** What is read, as a digest: comparing large buffers by items is slow. */
const read = async (target: Descriptor) =>
  digestOf(Buffer.from(await collect(await repository().openBlob(target), 1e9)));

describe('a tag', () => {
  it('is resolved by asking for the head only', async () => {
    const image = await given();
    expect(await repository().resolve('1')).toEqual(image.descriptor);
    expect(lines()).toEqual(['HEAD /v2/a/b/manifests/1']);
    const accept = lab.requests[0]!.headers.accept!;
    expect(accept.split(', ')).toHaveLength(4);
    expect(lab.requests[0]!.headers.authorization).toBeUndefined();
  });

  it.each([
    ['refuses HEAD', { heads: false }],
    ['tells no digest', { digestHeaders: 'missing' }],
  ] as const)('is read where the registry %s, and not read again', async (_, quirks) => {
    Object.assign(lab.registry.quirks, quirks);
    const image = await given();
    const own = repository();
    const target = await own.resolve('1');
    expect(target).toEqual(image.descriptor);
    expect(Buffer.from((await own.readDocument(target)).bytes)).toEqual(image.documents.get(image.digest)!.bytes);
    expect(lines()).toEqual(['HEAD /v2/a/b/manifests/1', 'GET /v2/a/b/manifests/1']);
  });

  it.each([
    ['404', effects.failing(404)],
    ['501', effects.failing(501)],
    ['400', effects.failing(400)],
    ['without a length', effects.withHeaders({ 'content-length': '0' })],
    ['with a type that says nothing', effects.withHeaders({ 'content-type': 'text/plain; charset=utf-8' })],
  ])('is read where HEAD is answered %s', async (_, effect) => {
    const image = await given();
    lab.registry.faults.add(at.manifestHead, effect);
    expect(await repository().resolve('1')).toEqual(image.descriptor);
  });

  it('keeps its type whatever parameters follow it', async () => {
    const image = await given();
    lab.registry.faults.add(
      at.manifestRead,
      effects.withHeaders({ 'content-type': `${image.mediaType}; charset=utf-8` }),
    );
    const target = await repository().resolve('1');
    expect(target.mediaType).toBe(image.mediaType);
    await repository().readDocument(target);
  });

  it('that moves after it was resolved is read as it was', async () => {
    const first = await given();
    const own = repository();
    const target = await own.resolve('1');
    await given({ seed: 2 });
    const { bytes } = await own.readDocument(target);
    expect(digestOf(Buffer.from(bytes))).toBe(first.digest);
    expect(lines().at(-1)).toBe(`GET /v2/a/b/manifests/${first.digest}`);
  });

  it('for which the registry gives a digest that it does not have is the fault of the registry', async () => {
    await given();
    lab.registry.quirks.digestHeaders = 'wrong';
    const own = repository();
    const error = await errorOf(own.readDocument(await own.resolve('1')));
    expect([error.code, error.message]).toEqual([
      'server-invalid',
      expect.stringContaining('that the tag "1" names it'),
    ]);
  });

  it('that is not there is missing, and the one that was meant is named', async () => {
    await given({}, 'latest', '1.0.0');
    const error = await errorOf(repository().resolve('lastest'));
    expect(error.code).toBe('image-missing');
    expect(error.message).toContain(`There is no "docker://${lab.registry.authority}/a/b:lastest"`);
    expect(error.hint).toBe('Did you mean "latest"?');
    expect(await repository().find('lastest')).toBeUndefined();
  });

  it('that is found is described as it is resolved', async () => {
    const image = await given();
    expect(await repository().find('1')).toEqual(image.descriptor);
    lab.registry.quirks.digestHeaders = 'missing';
    expect(await repository().find('1')).toEqual(image.descriptor);
  });
});

describe('a digest', () => {
  it('is described by the head alone, though the registry tells none', async () => {
    lab.registry.quirks.digestHeaders = 'missing';
    const image = await given();
    expect(await repository().resolve(image.digest)).toEqual(image.descriptor);
    expect(lines()).toHaveLength(1);
  });

  it('that is nowhere is missing', async () => {
    const error = await errorOf(repository('no/where').resolve(`sha256:${'0'.repeat(64)}`));
    expect(error.code).toBe('image-missing');
  });
});

describe('a blob', () => {
  it('is read as it is', async () => {
    const { bytes, target } = blobOf(await given());
    expect(await read(target)).toBe(target.digest);
    expect(pulling.traffic).toMatchObject({ requests: 1, receivedBytes: bytes.length });
  });

  it('is read from where the registry redirects to, without what proves who asks', async () => {
    lab.registry.quirks.blobsAt = lab.elsewhere.origin;
    const { target } = blobOf(await given());
    expect(await read(target)).toBe(target.digest);
    expect(lab.requests.map(({ server, headers }) => [server, headers.authorization])).toEqual([
      ['registry', undefined],
      ['elsewhere', undefined],
    ]);
  });

  it('is read on where the connection broke', async () => {
    const { target } = blobOf(await given({ layerBytes: [300_000] }));
    lab.registry.faults.add(at.blobGet, effects.cuttingAnswerAt(100_000), 2);
    expect(await read(target)).toBe(target.digest);
    expect(lab.requests.map(({ headers }) => headers.range)).toEqual([undefined, 'bytes=100000-', 'bytes=200000-']);
    expect(lab.registry.sentBytes).toBe(target.size);
  });

  it('is read on by a registry that knows no ranges', async () => {
    lab.registry.quirks.ranges = false;
    const { target } = blobOf(await given({ layerBytes: [300_000] }));
    lab.registry.faults.add(at.blobGet, effects.cuttingAnswerAt(100_001), 1);
    expect(await read(target)).toBe(target.digest);
  });

  it.each(['bytes 5-9/10', 'bytes 0-299999/300000', 'nonsense', 'bytes 100000-299999/7'])(
    'is read anew where the range is %s',
    async (range) => {
      const { target } = blobOf(await given({ layerBytes: [300_000] }));
      lab.registry.faults.add(at.blobGet, effects.cuttingAnswerAt(100_000), 1);
      lab.registry.faults.add(
        (exchange) => at.blobGet(exchange) && exchange.headers.range !== undefined,
        effects.withHeaders({ 'content-range': range }),
      );
      expect(await read(target)).toBe(target.digest);
    },
  );

  it('is given up where every answer breaks off at once', async () => {
    const { target } = blobOf(await given({ layerBytes: [300_000] }));
    lab.registry.faults.add(at.blobGet, effects.cuttingAnswerAt(1000));
    const error = await errorOf(read(target));
    expect(error.code).toBe('server-unavailable');
    expect(error.message).toContain(`Cannot read blob ${target.digest} of "docker://${lab.registry.authority}/a/b"`);
    expect(lab.requests.length).toBeLessThanOrEqual(6);
  });

  it('is not given up while enough comes', async () => {
    const { bytes, target } = blobOf(await given({ layerBytes: [4_000_000] }));
    lab.registry.faults.add(at.blobGet, effects.cuttingAnswerAt(300_000));
    expect(await read(target)).toBe(target.digest);
    expect(lab.requests.length).toBe(Math.ceil(bytes.length / 300_000));
  });

  it('that is longer than it should be is not asked for its bytes', async () => {
    const { target } = blobOf(await given());
    const error = await errorOf(read({ ...target, size: target.size - 1 }));
    expect(error.code).toBe('blob-mismatch');
  });

  it('that does not end is read one chunk too far at most', async () => {
    const { target } = blobOf(await given());
    lab.registry.faults.add(at.blobGet, effects.endlessBody);
    expect((await errorOf(read(target))).code).toBe('blob-mismatch');
    expect(pulling.traffic.receivedBytes).toBeLessThan(target.size + 256 * 1024);
  });

  it.each([
    ['another bit', effects.wrongBody],
    ['too little', effects.shortBody()],
    ['too much', effects.longBody()],
  ])('with %s is refused', async (_, effect) => {
    const { target } = blobOf(await given());
    lab.registry.faults.add(at.blobGet, effect);
    expect((await errorOf(read(target))).code).toBe('blob-mismatch');
  });

  it.each([
    ['compressed', effects.gzipEncoding, 'server-invalid'],
    ['as a part that nobody asked for', effects.withStatus(206), 'server-invalid'],
    ['as unchanged', effects.failing(304), 'server-invalid'],
    ['without content', effects.failing(204), 'server-invalid'],
    ['not at all', effects.failing(404), 'blob-missing'],
    ['with 403', effects.refusing(403, 'DENIED'), 'registry-unauthorised'],
    ['with 418', effects.failing(418), 'registry-refused'],
    ['with 503, always', effects.failing(503), 'server-unavailable'],
    ['with a redirect to itself', effects.redirectLoop, 'server-invalid'],
  ])('that is answered %s is refused', async (_, effect, code) => {
    const { target } = blobOf(await given());
    lab.registry.faults.add(at.blobGet, effect);
    expect((await errorOf(read(target))).code).toBe(code);
    expect(lab.requests.length).toBeLessThanOrEqual(6);
  });

  it('is there, or not', async () => {
    const { target } = blobOf(await given());
    expect(await repository().hasBlob(target)).toBe(true);
    expect(await repository().hasBlob({ ...target, size: 7 })).toBe(false);
    expect(await repository().hasBlob({ ...target, digest: `sha256:${'0'.repeat(64)}` as Digest })).toBe(false);
    expect(lines().every((line) => line.startsWith('HEAD'))).toBe(true);
    lab.registry.quirks.heads = false;
    expect(await repository().hasBlob(target)).toBe(true);
  });
});

describe('an image as a source', () => {
  const source = () => openRegistrySource(repository());

  it('is resolved by its digest where it has one, by its tag, or as latest', async () => {
    const image = await given({}, 'latest');
    const other = await given({ seed: 3 }, '2');
    const { reference } = repository();
    expect((await source().resolve(reference)).digest).toBe(image.digest);
    expect((await source().resolve({ ...reference, tag: '2' })).digest).toBe(other.digest);
    const both = { ...reference, tag: '2', digest: image.digest as Digest };
    expect((await source().resolve(both)).digest).toBe(image.digest);
  });

  it('gives documents and blobs, and says where the blobs are', async () => {
    const index = makeIndex([await makeImage(), await makeImage({ architecture: 'arm64' })]);
    putImage(lab.registry.repository('a/b'), index, '1');
    const own = source();
    const root = await own.resolve({ ...repository().reference, tag: '1' });
    expect(Buffer.from(await collect(await own.open(root), 1e6))).toEqual(index.documents.get(index.digest)!.bytes);
    const { bytes, target } = blobOf(index);
    expect(Buffer.from(await collect(await own.open(target), 1e6))).toEqual(bytes);
    expect(own.locate!(target)).toEqual({ transport: 'docker', registry: lab.registry.authority, repository: 'a/b' });
  });

  it('gives a document of an unknown kind that lies among the manifests', async () => {
    const bytes = Buffer.from('{"mediaType":"application/vnd.example.other+json"}');
    const digest = digestOf(bytes);
    const mediaType = 'application/vnd.example.other+json';
    lab.registry.repository('a/b').putManifest(bytes, { digest, mediaType });
    const target = { mediaType, digest: digest as Digest, size: bytes.length };
    expect(Buffer.from(await collect(await source().open(target), 1e6))).toEqual(bytes);
  });
});

describe('registries', () => {
  it('ask nobody before they are used', async () => {
    const own = startPulling({ variables: { CONTAINERS_REGISTRIES_CONF: '/nowhere/registries.conf' } });
    const { reference } = own.at('example.test/a/b');
    own.sink(reference);
    expect(own.traffic).toEqual({ requests: 0, sentBytes: 0, receivedBytes: 0 });
    await own.close();
  });

  it('warn with each text once, and with nothing that a terminal would obey', async () => {
    const image = await given();
    lab.registry.faults.add(at.manifestRead, effects.warning('old \u009b31m \\"client\\"'));
    await repository().resolve('1');
    await repository().resolve(image.digest);
    expect(pulling.notes).toEqual([`warning: ${lab.registry.authority} warns: old \\u009b31m "client"`]);
  });

  it('warn no more than twenty times, with 1 KiB each', async () => {
    await given();
    let count = 0;
    lab.registry.faults.add(at.manifestRead, {
      change: (answer) => ({
        ...answer,
        headers: { ...answer.headers, warning: `299 - "${count++} ${'x'.repeat(5000)}"` },
      }),
    });
    for (let time = 0; time < 30; time++) await repository().resolve('1');
    expect(pulling.notes).toHaveLength(20);
    expect(Math.max(...pulling.notes.map(({ length }) => length))).toBeLessThan(1200);
  });

  it('tell what an error says, without what looks like a secret or steers a terminal', async () => {
    await given();
    const message = 'no \u001b[31m https://u:p@h.test/x?sig=abc Bearer eyJhbGciOi.abc.def Basic YTpiYzEyMw== end';
    lab.registry.faults.add(
      at.manifestRead,
      effects.answering({
        status: 403,
        headers: { 'content-type': 'application/json' },
        body: Buffer.from(JSON.stringify({ errors: [{ code: 'denied', message }] })),
      }),
    );
    const error = await errorOf(repository().resolve('1'));
    expect(error.code).toBe('registry-unauthorised');
    // HEAD has no body: its status is all there is.
    expect(error.message).toContain('the registry answered 403');
    const read = await errorOf(repository().readDocument((await given()).descriptor as Descriptor));
    expect(read.message).toContain('the registry answered 403 DENIED: no \\u001b[31m');
    for (const secret of ['u:p@', 'sig=abc', 'eyJ', 'YTpi']) expect(read.message).not.toContain(secret);
    expect(read.details).toEqual({ status: 403, codes: ['DENIED'] });
  });

  it('show of a page for browsers its title', async () => {
    const image = await given();
    lab.registry.faults.add(at.manifestGet, effects.htmlError(413));
    const error = await errorOf(repository().readDocument(image.descriptor as Descriptor));
    expect(error).toMatchObject({
      code: 'registry-refused',
      message: expect.stringContaining('answered 413: 413 Bad Gateway'),
    });
  });
});
