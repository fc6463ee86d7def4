import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bearerGuard } from '../../support/registry/guards.js';
import { makeImage, makeIndex, putImage } from '../../support/registry/images.js';
import { type Laboratory, labUser, openLaboratory } from '../../support/registry/laboratory.js';
import { pushImage } from './push-support.js';

let lab: Laboratory;
beforeEach(async () => {
  lab = await openLaboratory();
});
afterEach(() => lab.close());

const linesOf = () => lab.requests.map(({ method, path }) => `${method} ${path.replace(/uploads\/.+/, 'uploads/…')}`);
const nameOf = (rest: string) => `${lab.registry.authority}/${rest}`;

/** The registry holds the image, byte for byte. */
function expectImage(repository: string, tag: string, image: Awaited<ReturnType<typeof makeImage>>) {
  const { blobs, manifests, tags } = lab.registry.repository(repository);
  expect(tags.get(tag)).toBe(image.digest);
  for (const [digest, bytes] of image.blobs) expect(blobs.get(digest)?.equals(bytes)).toBe(true);
  for (const [digest, { bytes, mediaType }] of image.documents) {
    expect(manifests.get(digest)).toMatchObject({ mediaType });
    expect(manifests.get(digest)?.bytes.equals(bytes)).toBe(true);
  }
}

describe('pushing an image', () => {
  it('sends blobs first, each in one request, and the manifest last, under its tag', async () => {
    const image = await makeImage();
    const written = await pushImage(image, nameOf('a/b:1.0'));
    expectImage('a/b', '1.0', image);
    const sizes = [...image.blobs.values()].reduce((sum, { length }) => sum + length, 0);
    expect(written).toMatchObject({ blobsWritten: 3, bytesWritten: sizes, blobsMounted: 0 });
    const lines = linesOf();
    expect(lines.slice(-2)).toEqual(['HEAD /v2/a/b/manifests/1.0', 'PUT /v2/a/b/manifests/1.0']);
    expect(lines.filter((line) => line === 'PUT /v2/a/b/blobs/uploads/…')).toHaveLength(3);
    expect(lines).toHaveLength(3 * 3 + 2);
    expect(lab.registry.receivedBytes).toBe(image.totalBytes);
  });

  it('sends nothing of an unchanged image, and asks for each blob once', async () => {
    lab.registry.guard = bearerGuard(lab.tokens);
    const layers = [9000, 9000, 9000, 9000];
    const image = await makeImage({ layerBytes: layers });
    await pushImage(image, nameOf('a/b:1'), { user: labUser });
    const before = lab.requests.length;
    const received = lab.registry.receivedBytes;
    const written = await pushImage(image, nameOf('a/b:1'), { user: labUser });
    expect(written).toMatchObject({ blobsWritten: 0, bytesWritten: 0, blobsMounted: 0 });
    expect(lab.registry.receivedBytes).toBe(received);
    expect(lab.requests.length - before).toBeLessThanOrEqual(3 + 2 * layers.length);
    const methods = lab.requests.slice(before).filter(({ server }) => server === 'registry');
    expect(new Set(methods.map(({ method }) => method))).toEqual(new Set(['HEAD']));
  });

  it('sends of an image on a base in another repository what is new, and nothing else', async () => {
    const base = await makeImage({ layerBytes: [200_000, 300_000] });
    putImage(lab.registry.repository('a/base'), base, '1');
    const layers = [...base.blobs.values()].slice(0, 2);
    const [own] = (await makeImage({ layerBytes: [5000], seed: 7 })).blobs.values();
    const image = await makeImage({ layers: [...layers, own!] });
    const written = await pushImage(image, nameOf('a/b:1'), { from: 'a/base' });
    expectImage('a/b', '1', image);
    expect(written).toMatchObject({ blobsWritten: 2, blobsMounted: 2 });
    expect(lab.registry.receivedBytes).toBe(image.totalBytes - layers[0]!.length - layers[1]!.length);
  });

  it('sends an index after its images, and those by digest', async () => {
    const images = [await makeImage({ seed: 1 }), await makeImage({ seed: 2, architecture: 'arm64' })];
    const index = makeIndex(images);
    await pushImage(index, nameOf('a/b:1'));
    expectImage('a/b', '1', index);
    const puts = linesOf().filter((line) => line.startsWith('PUT /v2/a/b/manifests/'));
    expect(puts.slice(0, 2).sort()).toEqual(images.map(({ digest }) => `PUT /v2/a/b/manifests/${digest}`).sort());
    expect(puts[2]).toBe('PUT /v2/a/b/manifests/1');
    expect(puts).toHaveLength(3);
    const before = lab.requests.length;
    await pushImage(index, nameOf('a/b:1'));
    expect(new Set(lab.requests.slice(before).map(({ method }) => method))).toEqual(new Set(['HEAD']));
  });

  it('sends nothing of an unchanged image where the registry knows neither HEAD nor its digests', async () => {
    const image = await makeImage();
    putImage(lab.registry.repository('a/b'), image, '1');
    for (const quirks of [{ heads: false, digestHeaders: 'missing' }, { heads: true }] as const) {
      Object.assign(lab.registry.quirks, quirks);
      await pushImage(image, nameOf('a/b:1'));
      expect(lab.registry.receivedBytes).toBe(0);
      expect(lab.registry.requestsLike(/^(POST|PUT)/)).toEqual([]);
    }
    // One byte of each blob, and the manifest for each of both.
    const { bytes } = image.documents.get(image.digest)!;
    expect(lab.registry.sentBytes).toBe(image.blobs.size + 2 * bytes.length);
  });
});
