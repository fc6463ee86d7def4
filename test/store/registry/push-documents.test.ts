import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Digest, digestOf, MediaTypes } from '../../../src/oci/index.js';
import { removeReferrer } from '../../../src/store/registry/referrers-write.js';
import { apiErrors } from '../../support/registry/answers.js';
import {
  answering,
  htmlError,
  losingAnswer,
  redirecting,
  refusing,
  withHeaders,
  withStatus,
} from '../../support/registry/effects.js';
import { makeImage, makeIndex, makeReferrer, putImage, type TestImage } from '../../support/registry/images.js';
import { type Laboratory, openLaboratory } from '../../support/registry/laboratory.js';
import { at, when } from '../../support/registry/registry.js';
import { errorOf } from '../support.js';
import { descriptorOf, pushImage, sourceOf, startPushing, streamOf } from './push-support.js';

let lab: Laboratory;
let image: TestImage;
beforeEach(async () => {
  lab = await openLaboratory();
  image = await makeImage();
});
afterEach(() => lab.close());

const nameOf = (rest: string) => `${lab.registry.authority}/a/b${rest}`;
const repository = () => lab.registry.repository('a/b');
const putsOf = () => lab.registry.requestsLike(/^PUT .*\/manifests\//).map(({ path }) => path.split('/').at(-1));
const blobPuts = () => lab.registry.requestsLike(/^PUT .*\/blobs\//).length;

describe('tags', () => {
  it('are all put, those that are right already not', async () => {
    await pushImage(image, nameOf(':1'));
    const before = putsOf().length;
    await pushImage(image, [nameOf(':1'), nameOf(':2'), nameOf(':latest')]);
    expect(putsOf().slice(before)).toEqual(['2', 'latest']);
    expect([...repository().tags]).toEqual(['1', '2', 'latest'].map((tag) => [tag, image.digest]));
  });

  it('are moved', async () => {
    await pushImage(await makeImage({ seed: 9 }), nameOf(':1'));
    await pushImage(image, nameOf(':1'));
    expect(repository().tags.get('1')).toBe(image.digest);
  });

  it('are latest where the name has none', async () => {
    await pushImage(image, nameOf(''));
    expect([...repository().tags.keys()]).toEqual(['latest']);
  });

  it('are not there where the image is named by its digest, once it is there', async () => {
    await pushImage(image, nameOf(`@${image.digest}`));
    await pushImage(image, nameOf(`@${image.digest}`));
    expect(putsOf()).toEqual([image.digest]);
    expect(repository().tags.size).toBe(0);
  });

  it('do not go with the digest of another image', async () => {
    const other = `sha256:${'0'.repeat(64)}`;
    expect((await errorOf(pushImage(image, nameOf(`:1@${other}`)))).code).toBe('destination-failed');
  });

  it('can be of what lies in an index', async () => {
    const index = makeIndex([image, await makeImage({ seed: 2, architecture: 'arm64' })]);
    const pushing = startPushing(nameOf(':all'));
    const source = sourceOf(index);
    for (const target of [...index.blobs].map(([digest, { length: size }]) => ({
      mediaType: 'x/y',
      digest: digest as Digest,
      size,
    }))) {
      await pushing.sink.put(target, () => source.open(target));
    }
    for (const [digest, { mediaType, bytes }] of index.documents) {
      await pushing.sink.put({ mediaType, digest: digest as Digest, size: bytes.length }, streamOf(bytes));
    }
    await pushing.sink.tag(pushing.reference, descriptorOf(index));
    await pushing.sink.tag({ ...pushing.reference, tag: 'one' }, descriptorOf(image));
    await pushing.sink.commit();
    await pushing.close();
    expect([...repository().tags]).toEqual([
      ['all', index.digest],
      ['one', image.digest],
    ]);
  });

  it('appear only in commit', async () => {
    const pushing = startPushing(nameOf(':1'));
    for (const [digest, bytes] of image.blobs) {
      await pushing.sink.put({ mediaType: 'x/y', digest: digest as Digest, size: bytes.length }, streamOf(bytes));
    }
    const { bytes } = image.documents.get(image.digest)!;
    await pushing.sink.put(descriptorOf(image), streamOf(bytes));
    await pushing.sink.tag(pushing.reference, descriptorOf(image));
    pushing.sink.abort();
    await pushing.close();
    expect(repository().manifests.size).toBe(0);
  });

  const immutable: readonly (readonly [string, () => void])[] = [
    ['409', () => void Object.assign(lab.registry.quirks, { immutableTags: 409 })],
    ['412', () => void Object.assign(lab.registry.quirks, { immutableTags: 412 })],
    ['400 with a code', () => void lab.registry.faults.add(at.manifestPut, refusing(400, 'TAG_IMMUTABLE'))],
    [
      '400 in words',
      () =>
        void lab.registry.faults.add(
          at.manifestPut,
          answering(
            apiErrors(400, [
              {
                code: 'TAG_INVALID',
                message: 'The tag exists and cannot be overwritten because the repository is immutable.',
              },
            ]),
          ),
        ),
    ],
    [
      '403 in words',
      () =>
        void lab.registry.faults.add(
          at.manifestPut,
          answering(apiErrors(403, [{ code: 'DENIED', message: 'tag is immutable' }])),
        ),
    ],
  ];
  it.each(immutable)('that may not change are told as such: %s', async (_, prepare) => {
    putImage(repository(), await makeImage({ seed: 3 }), '1');
    prepare();
    const error = await errorOf(pushImage(image, nameOf(':1')));
    expect(error).toMatchObject({ code: 'registry-refused', hint: expect.stringContaining('another tag') });
    expect(error.message).toContain(`Cannot push manifest ${image.digest} to "docker://${nameOf(':1')}"`);
  });

  it('that may not change, but are right, are no problem', async () => {
    Object.assign(lab.registry.quirks, { immutableTags: 409 });
    await pushImage(image, nameOf(':1'));
    await pushImage(image, nameOf(':1'));
    expect(putsOf()).toEqual(['1']);
  });

  it('are denied without a word of immutability where access is', async () => {
    lab.registry.faults.add(at.manifestPut, refusing(403, 'DENIED'));
    expect((await errorOf(pushImage(image, nameOf(':1')))).code).toBe('registry-unauthorised');
  });
});

describe('a manifest', () => {
  it.each([200, 202, 204])('may be answered with %i', async (status) => {
    lab.registry.faults.add(at.manifestPut, withStatus(status));
    await pushImage(image, nameOf(':1'));
    expect(repository().tags.get('1')).toBe(image.digest);
  });

  it('is put again where the answer was lost', async () => {
    lab.registry.faults.add(at.manifestPut, losingAnswer, 1);
    await pushImage(image, nameOf(':1'));
    expect(putsOf()).toEqual(['1', '1']);
  });

  it.each([
    ['says another digest', withHeaders({ 'docker-content-digest': `sha256:${'1'.repeat(64)}` }), 'server-invalid'],
    ['says a digest that is none', withHeaders({ 'docker-content-digest': 'nonsense' }), 'server-invalid'],
    ['refuses it', refusing(400, 'MANIFEST_INVALID'), 'registry-refused'],
    ['refuses it in HTML', htmlError(413), 'registry-refused'],
    ['fails', htmlError(500), 'server-unavailable'],
    [
      'misses blobs that nobody has',
      refusing(400, 'MANIFEST_BLOB_UNKNOWN', { digest: `sha256:${'2'.repeat(64)}` }),
      'registry-refused',
    ],
    ['misses blobs for ever', refusing(400, 'MANIFEST_BLOB_UNKNOWN'), 'registry-refused'],
  ])('ends in an error where the registry %s', async (_, effect, code) => {
    lab.registry.faults.add(at.manifestPut, effect);
    const error = await errorOf(pushImage(image, nameOf(':1')));
    expect(error.code).toBe(code);
    expect(error.message).toContain(`Cannot push manifest ${image.digest}`);
    expect(putsOf().length).toBeLessThanOrEqual(5);
  });

  it('of more than 4 MiB is refused before anything is sent', async () => {
    const bytes = Buffer.from(JSON.stringify({ padding: 'x'.repeat(4 * 1024 * 1024) }));
    const pushing = startPushing(nameOf(':1'));
    const target = { mediaType: MediaTypes.manifest, digest: digestOf(bytes), size: bytes.length };
    expect((await errorOf(pushing.sink.put(target, streamOf(bytes)))).code).toBe('image-invalid');
    await pushing.close();
    expect(lab.requests).toEqual([]);
  });

  it('that is damaged is refused before anything is sent', async () => {
    const pushing = startPushing(nameOf(':1'));
    const { bytes } = image.documents.get(image.digest)!;
    const damaged = Buffer.from(bytes.toString().replace('amd64', 'amd65').replace('config', 'konfig'));
    expect((await errorOf(pushing.sink.put(descriptorOf(image), streamOf(damaged)))).code).toBe('blob-mismatch');
    await pushing.close();
    expect(lab.requests).toEqual([]);
  });
});

describe('what the registry lost in the meantime', () => {
  const losing = (digests: readonly string[]) => {
    lab.registry.faults.add(
      at.manifestPut,
      {
        instead: async (exchange) => {
          const body = await exchange.wholeBody();
          for (const digest of digests) {
            repository().forgetBlob(digest);
            repository().deleteManifest(digest);
          }
          expect(body.length).toBeGreaterThan(0);
          return apiErrors(
            400,
            digests.map((digest) => ({ code: 'MANIFEST_BLOB_UNKNOWN', detail: { digest } })),
          );
        },
      },
      1,
    );
  };

  it('is sent again, and nothing else', async () => {
    const [first, second] = image.blobs.keys();
    losing([first!, second!]);
    await pushImage(image, nameOf(':1'));
    expect(repository().tags.get('1')).toBe(image.digest);
    expect(blobPuts()).toBe(3 + 2);
  });

  it.each([
    ['a text', (digest: string) => [{ code: 'MANIFEST_BLOB_UNKNOWN', detail: digest }]],
    ['a message', (digest: string) => [{ code: 'BLOB_UNKNOWN', message: `no ${digest} here` }]],
    ['nothing', () => [{ code: 'MANIFEST_BLOB_UNKNOWN' }]],
  ])('is found where the registry names it by %s', async (_, errors) => {
    const [first] = image.blobs.keys();
    lab.registry.faults.add(
      at.manifestPut,
      {
        instead: async (exchange) => {
          await exchange.drain();
          repository().forgetBlob(first!);
          return apiErrors(404, errors(first!));
        },
      },
      1,
    );
    await pushImage(image, nameOf(':1'));
    expect(repository().tags.get('1')).toBe(image.digest);
    expect(blobPuts()).toBe(4);
  });

  it.each(['listed', 'not listed'])('may be an image of an index, which is %s', async (how) => {
    const other = await makeImage({ seed: 2, architecture: 'arm64' });
    const index = makeIndex([image, other]);
    const [layer] = image.blobs.keys();
    lab.registry.faults.add(
      when('PUT', /\/manifests\/1$/),
      {
        instead: async (exchange) => {
          await exchange.drain();
          repository().deleteManifest(image.digest);
          repository().forgetBlob(layer!);
          return apiErrors(400, [
            { code: 'MANIFEST_UNKNOWN', ...(how === 'listed' && { detail: { digest: image.digest } }) },
          ]);
        },
      },
      1,
    );
    await pushImage(index, nameOf(':1'));
    expect(repository().tags.get('1')).toBe(index.digest);
    expect(repository().manifests.has(image.digest)).toBe(true);
    expect(repository().blobs.has(layer!)).toBe(true);
  });

  it('is sent though HEAD was redirected to where it should be', async () => {
    const [first] = image.blobs.keys();
    lab.registry.faults.add(at.blobHead, redirecting(`${lab.elsewhere.origin}/nowhere`));
    await pushImage(image, nameOf(':1'));
    expect(repository().tags.get('1')).toBe(image.digest);
    expect(repository().blobs.has(first!)).toBe(true);
    expect(lab.elsewhere.receivedBytes + lab.elsewhere.sentBytes).toBe(0);
  });

  it('is sent though it is in another repository too', async () => {
    putImage(lab.registry.repository('a/base'), image, '1');
    const [first] = image.blobs.keys();
    losing([first!]);
    const written = await pushImage(image, nameOf(':1'), { from: 'a/base' });
    expect(written).toMatchObject({ blobsMounted: 3, blobsWritten: 1 });
  });
});

describe('what refers to another manifest', () => {
  const tagOf = (subject: TestImage) => subject.digest.replace(':', '-');
  const listed = (subject: TestImage) => JSON.parse(repository().manifest(tagOf(subject))!.bytes.toString());
  beforeEach(async () => {
    await pushImage(image, nameOf(':1'));
  });

  it('needs nothing more where the registry says that it keeps track', async () => {
    await pushImage(makeReferrer(image.descriptor, 'text/sbom'), nameOf(':sbom'));
    expect(lab.registry.requestsLike(/referrers/)).toEqual([]);
    expect([...repository().tags.keys()]).toEqual(['1', 'sbom']);
  });

  it('needs nothing more where the registry keeps track without saying so', async () => {
    lab.registry.faults.add(at.manifestPut, withHeaders({ 'oci-subject': undefined }));
    await pushImage(makeReferrer(image.descriptor, 'text/sbom'), nameOf(':sbom'));
    expect([...repository().tags.keys()]).toEqual(['1', 'sbom']);
  });

  describe('where the registry does not keep track', () => {
    beforeEach(() => {
      Object.assign(lab.registry.quirks, { referrers: 'missing' });
    });

    it('is listed under a tag, each once, with what it is', async () => {
      const sbom = makeReferrer(image.descriptor, 'text/sbom');
      const signature = makeReferrer(image.descriptor, 'text/signature');
      const variant = await makeImage({ seed: 4, subject: image.descriptor });
      for (const item of [sbom, signature, variant, sbom]) await pushImage(item, nameOf(`@${item.digest}`));
      expect(listed(image)).toEqual({
        schemaVersion: 2,
        mediaType: MediaTypes.index,
        manifests: [
          { ...sbom.descriptor, artifactType: 'text/sbom', annotations: { 'com.example.text': 'text/sbom' } },
          {
            ...signature.descriptor,
            artifactType: 'text/signature',
            annotations: { 'com.example.text': 'text/signature' },
          },
          { ...variant.descriptor, artifactType: MediaTypes.config },
        ],
      });
      expect(repository().manifest(tagOf(image))!.mediaType).toBe(MediaTypes.index);
      expect(putsOf().filter((name) => name === tagOf(image))).toHaveLength(3);
    });

    it('is listed as what its config is where its own type is empty', async () => {
      await pushImage(makeReferrer(image.descriptor, '', 'text'), nameOf(':sbom'));
      expect(listed(image).manifests).toMatchObject([{ artifactType: 'application/vnd.oci.empty.v1+json' }]);
    });

    it('is listed where a push ended between the manifest and the list', async () => {
      const sbom = makeReferrer(image.descriptor, 'text/sbom');
      putImage(repository(), sbom, 'sbom');
      await pushImage(sbom, nameOf(':sbom'));
      expect(listed(image).manifests).toHaveLength(1);
    });

    it('keeps what others wrote into the list', async () => {
      const other = { mediaType: 'x/y', digest: `sha256:${'3'.repeat(64)}`, size: 1, unknown: [1, null] };
      repository().putManifest(
        { schemaVersion: 2, mediaType: MediaTypes.index, manifests: [other], more: { a: 1 } },
        { tag: tagOf(image) },
      );
      lab.registry.quirks.checksBlobs = false;
      await pushImage(makeReferrer(image.descriptor, 'text/sbom'), nameOf(':sbom'));
      const { manifests, more } = listed(image);
      expect(more).toEqual({ a: 1 });
      expect(manifests[0]).toMatchObject({ digest: other.digest, size: 1 });
      expect(manifests).toHaveLength(2);
    });

    it('is listed without what is not there any more, where the registry minds', async () => {
      const items = ['text/a', 'text/b', 'text/c'].map((type) => makeReferrer(image.descriptor, type));
      await pushImage(items[0]!, nameOf(`@${items[0]!.digest}`));
      await pushImage(items[1]!, nameOf(`@${items[1]!.digest}`));
      repository().deleteManifest(items[0]!.digest);
      await pushImage(items[2]!, nameOf(`@${items[2]!.digest}`));
      const digests = listed(image).manifests.map(({ digest }: { digest: string }) => digest);
      expect(digests).toEqual([items[1]!.digest, items[2]!.digest]);
    });

    it.each([
      ['a manifest', () => void repository().tags.set(tagOf(image), image.digest)],
      ['a page for browsers', () => void lab.registry.faults.add(when('GET', /manifests\/sha256-/), htmlError(200))],
    ])('stops where the tag is %s', async (_, prepare) => {
      prepare();
      const before = repository().tags.get(tagOf(image));
      const error = await errorOf(pushImage(makeReferrer(image.descriptor, 'text/sbom'), nameOf(':sbom')));
      expect(error.code).toBe('server-invalid');
      expect(repository().tags.get(tagOf(image))).toBe(before);
    });

    it.each([
      [3, undefined],
      [5, 'server-unavailable'],
    ])('reads the list again where %i others were faster, up to five times', async (times, code) => {
      Object.assign(lab.registry.quirks, { etags: true, checksBlobs: false });
      await pushImage(makeReferrer(image.descriptor, 'text/first'), nameOf(':first'));
      let others = 0;
      lab.registry.faults.add(
        when('PUT', /manifests\/sha256-/, ({ headers }) => headers['if-match'] !== undefined),
        {
          instead: async (exchange) => {
            await exchange.drain();
            const list = listed(image);
            const other = { mediaType: 'x/y', digest: digestOf(String(others++)), size: 1 };
            repository().putManifest({ ...list, manifests: [...list.manifests, other] }, { tag: tagOf(image) });
            return { status: 412 };
          },
        },
        times,
      );
      const pushed = pushImage(makeReferrer(image.descriptor, 'text/second'), nameOf(':second'));
      if (code !== undefined) expect((await errorOf(pushed)).code).toBe(code);
      else await pushed;
      expect(listed(image).manifests).toHaveLength(times + (code === undefined ? 2 : 1));
    });

    it('is taken out of the list', async () => {
      const items = ['text/sbom', 'text/signature'].map((type) => makeReferrer(image.descriptor, type));
      for (const item of items) await pushImage(item, nameOf(`@${item.digest}`));
      const pushing = startPushing(nameOf(''));
      const remove = (item: TestImage) =>
        removeReferrer(pushing.endpoint, image.digest as Digest, item.digest as Digest);
      await remove(items[0]!);
      expect(listed(image).manifests.map(({ digest }: { digest: string }) => digest)).toEqual([items[1]!.digest]);
      await remove(items[0]!);
      await remove(items[1]!);
      expect(listed(image).manifests).toEqual([]);
      await pushing.close();
      await pushImage(items[1]!, nameOf(':again'));
      expect(listed(image).manifests).toHaveLength(1);
    });
  });
});
