import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNodeHost, type Host } from '../../src/host/index.js';
import { parsePlatform, parseReference } from '../../src/oci/index.js';
import { type BuildEvent, type CopyRequest, copyImage } from '../../src/operations/index.js';
import { failureOf } from '../support/failure-of.js';
import { readLayout } from '../support/layout.js';
import { cuttingUploadAt, hangingUp } from '../support/registry/effects.js';
import { when } from '../support/registry/faults.js';
import { makeImage, makeIndex, makeReferrer, putImage, writeLayout } from '../support/registry/images.js';
import { openRegistry, requestsOf, strangerWorkspace } from './registry-support.js';

const real = createNodeHost();
/** This machine, whatever it is, for the platform that is chosen by default. */
const host: Host = { ...real, env: Object.create(real.env, { architecture: { value: 'amd64' } }) };

/** A workspace, and copying from and to texts in which HOST is a registry and DIR a directory. */
async function copying() {
  const registry = await openRegistry();
  const { options, path } = strangerWorkspace({});
  const reference = (text: string) =>
    parseReference(text.replace('HOST', registry.authority).replace('DIR', path('files')));
  const copy = (from: string, to: string, more: Partial<CopyRequest> = {}) =>
    copyImage(host, { ...options, from: reference(from), to: reference(to), ...more });
  return { registry, path, copy, files: path('files') };
}

const images = () =>
  Promise.all(['amd64', 'arm64'].map((architecture, at) => makeImage({ architecture, gzip: true, seed: at + 1 })));

describe('copy', () => {
  it.each(['docker://HOST/to:1', 'oci:DIR:1', 'oci-archive:DIR:1', 'dir:DIR'])(
    'keeps the digest on the way to %s and back',
    async (place) => {
      const { registry, copy } = await copying();
      const image = putImage(registry.repository('from'), await makeImage({ gzip: true }), '1');
      const there = await copy('docker://HOST/from:1', place);
      expect(there).toMatchObject({ digest: image.digest, blobsMounted: place.startsWith('docker:') ? 3 : 0 });
      const back = await copy(place, 'docker://HOST/back:2');
      expect([back.digest, back.tags]).toEqual([image.digest, ['2']]);
      const { tags, manifests } = registry.repositories.get('back')!;
      expect(tags.get('2')).toBe(image.digest);
      expect(manifests.get(image.digest)!.bytes).toEqual(image.documents.get(image.digest)!.bytes);
    },
  );

  it('keeps the media types of docker', async () => {
    const { registry, copy } = await copying();
    const image = putImage(registry.repository('from'), await makeImage({ family: 'docker', gzip: true }), '1');
    const other = await openRegistry();
    await copy('docker://HOST/from:1', `docker://${other.authority}/to`);
    expect(other.repositories.get('to')!.manifest('1')).toMatchObject({
      mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
      bytes: image.documents.get(image.digest)!.bytes,
    });
  });

  it('takes of an index the image for this machine, the one of a platform, or everything', async () => {
    const { registry, copy } = await copying();
    const [amd64, arm64] = await images();
    const index = putImage(registry.repository('from'), makeIndex([amd64!, arm64!]), '1');
    const digestOf = async (more: Partial<CopyRequest>, tag: string) =>
      (await copy('docker://HOST/from:1', `docker://HOST/to:${tag}`, more)).digest;
    expect(await digestOf({}, 'own')).toBe(amd64!.digest);
    expect(await digestOf({ platform: parsePlatform('linux/arm64')! }, 'arm')).toBe(arm64!.digest);
    expect(await digestOf({ platform: 'all' }, 'all')).toBe(index.digest);
    expect(registry.repositories.get('to')!.manifest('all')!.bytes).toEqual(index.documents.get(index.digest)!.bytes);
    expect(await failureOf(digestOf({ platform: parsePlatform('linux/s390x')! }, 'none'))).toMatchObject({
      code: 'image-missing',
      hint: expect.stringContaining('linux/amd64, linux/arm64'),
    });
  });

  it('reads no platform but the one it takes', async () => {
    const { registry, copy } = await copying();
    const [amd64, arm64] = await images();
    putImage(registry.repository('from'), makeIndex([amd64!, arm64!]), '1');
    await copy('docker://HOST/from:1', 'oci:DIR');
    const reads = requestsOf(registry).filter((line) => line.startsWith('GET'));
    expect(reads.filter((line) => line.includes('blobs'))).toHaveLength(4);
    expect(registry.requestsLike(new RegExp(arm64!.digest))).toEqual([]);
  });

  it('gives an image of one platform only where it is of the one asked for', async () => {
    const { registry, copy } = await copying();
    putImage(registry.repository('from'), await makeImage({ architecture: 'arm64' }), '1');
    const wanted = { platform: parsePlatform('linux/amd64')! };
    expect(await failureOf(copy('docker://HOST/from:1', 'oci:DIR', wanted))).toMatchObject({ code: 'image-missing' });
    await copy('docker://HOST/from:1', 'oci:DIR:1');
  });

  it('takes along what is no image', async () => {
    const { registry, copy } = await copying();
    const image = await makeImage();
    const signature = putImage(registry.repository('from'), makeReferrer(image.descriptor, 'a/signature'), 'sig');
    expect((await copy('docker://HOST/from:sig', 'docker://HOST/to')).digest).toBe(signature.digest);
    expect(registry.repositories.get('to')!.tags.get('sig')).toBe(signature.digest);
  });

  it.each([
    ['docker://HOST/from', 'docker://HOST/to', [], ['latest']],
    ['docker://HOST/from:1', 'docker://HOST/to', [], ['1']],
    ['docker://HOST/from:1', 'docker://HOST/to:2', ['3', '2'], ['2', '3']],
    ['oci:DIR:1', 'docker://HOST/to', ['2'], ['1', '2']],
    ['oci:DIR', 'docker://HOST/to', [], []],
  ])('from %s to %s with %j has the tags %j', async (from, to, tags, expected) => {
    const { registry, copy, files } = await copying();
    const image = await makeImage();
    writeLayout(files, { '1': image });
    putImage(registry.repository('from'), image, '1', 'latest');
    expect((await copy(from, to, { tags })).tags).toEqual(expected);
    const { tags: found, manifests } = registry.repositories.get('to')!;
    expect([[...found.keys()], manifests.has(image.digest)]).toEqual([expected, true]);
  });

  it('gives a directory of one image no tag', async () => {
    const { registry, copy } = await copying();
    putImage(registry.repository('from'), await makeImage(), '1');
    expect(await failureOf(copy('docker://HOST/from:1', 'dir:DIR', { tags: ['2'] }))).toMatchObject({ code: 'usage' });
    expect((await copy('docker://HOST/from:1', 'dir:DIR')).tags).toEqual([]);
  });

  it('refuses a destination with another digest, before anything is sent', async () => {
    const { registry, copy, files } = await copying();
    const image = await makeImage();
    writeLayout(files, { '1': image });
    const wrong = `sha256:${'0'.repeat(64)}`;
    expect(await failureOf(copy('oci:DIR:1', `docker://HOST/to@${wrong}`))).toMatchObject({
      code: 'destination-failed',
      details: { expected: wrong, found: image.digest },
    });
    expect(requestsOf(registry)).toEqual([]);
    expect((await copy('oci:DIR:1', `docker://HOST/to:x@${image.digest}`)).tags).toEqual(['x']);
  });

  it('leaves nothing where the source ends in the middle', async () => {
    const { registry, copy, path } = await copying();
    const image = putImage(registry.repository('from'), await makeImage(), '1');
    const [layer] = image.blobs.keys();
    registry.repository('from').forgetBlob(layer!);
    expect(await failureOf(copy('docker://HOST/from:1', 'oci-archive:DIR'))).toMatchObject({ code: 'blob-missing' });
    expect(existsSync(path('files'))).toBe(false);
    expect(await failureOf(copy('docker://HOST/from:1', 'docker://HOST/to:1'))).toMatchObject({ code: 'blob-missing' });
    expect(registry.repositories.get('to')?.tags.size ?? 0).toBe(0);
  });

  it('sends to a registry only what it lacks, and tells how much', async () => {
    const { registry, copy, files } = await copying();
    const image = await makeImage({ gzip: true });
    writeLayout(files, { '1': image });
    const first = await copy('oci:DIR:1', 'docker://HOST/to:1');
    expect(first).toMatchObject({ blobsWritten: 3, blobsMounted: 0, blobsThere: 0 });
    expect(first.bytesWritten).toBe([...image.blobs.values()].reduce((sum, blob) => sum + blob.length, 0));
    requestsOf(registry);
    expect(await copy('oci:DIR:1', 'docker://HOST/to:1')).toMatchObject({
      ...{ blobsWritten: 0, bytesWritten: 0, blobsThere: 3 },
      ...{ from: `oci:${files}:1`, to: `docker://${registry.authority}/to:1` },
    });
    expect(requestsOf(registry).filter((line) => line.includes('uploads'))).toEqual([]);
  });

  it('goes on where an earlier run was cut, however long ago that was', async () => {
    const { registry, copy, files } = await copying();
    const image = await makeImage({ layerBytes: [2_000_000] });
    writeLayout(files, { '1': image });
    const cut = registry.faults.add(
      when('PATCH PUT', /\/uploads\//, ({ headers }) => Number(headers['content-length']) > 1e6),
      cuttingUploadAt(1_500_000),
      1,
    );
    registry.faults.add(() => cut.hits > 0, hangingUp);
    expect(await failureOf(copy('oci:DIR:1', 'docker://HOST/to:1'))).toMatchObject({ code: 'server-unavailable' });
    registry.faults.clear();
    await copy('oci:DIR:1', 'docker://HOST/to:1');
    expect(registry.receivedBytes).toBeLessThan(1.2 * image.totalBytes);
    expect(registry.repositories.get('to')!.tags.get('1')).toBe(image.digest);
  }, 60_000);

  it('shows its progress in bytes and blobs, of which it knows all before it begins', async () => {
    const { registry, copy, files } = await copying();
    const image = await makeImage({ gzip: true });
    writeLayout(files, { '1': image });
    const [layer] = image.blobs;
    registry.repository('to').putBlob(layer![1]);
    const events: BuildEvent[] = [];
    await copy('oci:DIR:1', 'docker://HOST/to:1', { report: (event) => events.push(event) });
    const steps = events.filter(({ kind }) => kind === 'step-started');
    const totals = { totalBytes: image.totalBytes, totalFiles: 4, unit: 'blob' };
    expect(steps).toMatchObject([{ title: `push docker://${registry.authority}/to:1`, ...totals }]);
    const last = events.findLast(({ kind }) => kind === 'step-progress');
    expect(last).toMatchObject({ bytes: image.totalBytes, files: 4 });
  });

  it('goes from a layout to an archive that docker loads, under the name of the registry it came from', async () => {
    const { registry, copy, path } = await copying();
    const image = putImage(registry.repository('team/app'), await makeImage({ gzip: true }), '1');
    await copy('docker://HOST/team/app:1', 'docker-archive:DIR');
    const text = readFileSync(path('files')).toString('latin1');
    expect(text).toContain(`"${registry.authority}/team/app:1"`);
    await copy('docker-archive:DIR', `oci:${join(path('files'), '..', 'layout')}:again`);
    expect(readLayout(path('layout'), 'again').digest).toBe(image.digest);
  });
});
