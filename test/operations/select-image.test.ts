import { describe, expect, it } from 'vitest';
import { type BlobSource, type Descriptor, MediaTypes, type Platform, renderPlatform } from '../../src/oci/index.js';
import { readExistingImage } from '../../src/operations/existing-image.js';
import { findImages, listPlatforms } from '../../src/operations/select-image.js';
import { Steps } from '../../src/operations/steps.js';
import type { Records } from '../../src/store/index.js';
import { addImage, type Blobs, blobsInMemory, errorOf, host } from '../store/support.js';

const BASE = 'org.opencontainers.image.base';
const AMD64: Platform = { os: 'linux', architecture: 'amd64' };
const ARM64: Platform = { os: 'linux', architecture: 'arm64' };

function indexOf(blobs: Blobs, manifests: readonly Descriptor[]): Descriptor {
  return blobs.addJson({ schemaVersion: 2, mediaType: MediaTypes.index, manifests }, MediaTypes.index);
}

const image = async (blobs: Blobs, platform: Platform) => (await addImage(blobs, 'hello', platform)).manifest;

/** The blobs, and how often one was opened. */
function counted(blobs: Blobs): { readonly source: BlobSource; readonly opened: Descriptor[] } {
  const opened: Descriptor[] = [];
  const open = (target: Descriptor) => {
    opened.push(target);
    return blobs.open(target);
  };
  return { source: { open }, opened };
}

describe('an image that exists', () => {
  it.each(['', 'sha256:x', '\u001b[2J'])('has no base where its annotation says %j', async (digest) => {
    const blobs = blobsInMemory();
    const { config, layer } = await addImage(blobs, 'hello');
    const annotations = { [`${BASE}.digest`]: digest, [`${BASE}.name`]: '' };
    const document = { schemaVersion: 2, mediaType: MediaTypes.manifest, config, layers: [layer], annotations };
    const root = blobs.addJson(document, MediaTypes.manifest);
    const records: Records = {
      has: () => false,
      read: () => undefined,
      readBytes: () => undefined,
      write: () => undefined,
      remove: () => undefined,
    };
    const reading = { host, source: blobs, records, steps: new Steps(undefined), name: 'the image' };
    const { record } = await readExistingImage(root, undefined, reading);
    expect(record.platforms.map(({ base }) => base)).toEqual([null]);
  });
});

describe('the images of an index', () => {
  it('are those among signatures, lists of contents and whatever else stands there', async () => {
    const blobs = blobsInMemory();
    const manifest = await image(blobs, AMD64);
    const config = blobs.add(Buffer.from('{}'), 'application/vnd.oci.empty.v1+json');
    const document = { schemaVersion: 2, mediaType: MediaTypes.manifest, config, layers: [] };
    const artifact = blobs.addJson({ ...document, artifactType: 'a/b' }, MediaTypes.manifest);
    const others = [artifact, blobs.add(Buffer.from('hello'), 'text/plain')];
    const found = await findImages(blobs, indexOf(blobs, [...others, manifest]), undefined);
    expect(found.map(({ descriptor }) => descriptor)).toEqual([manifest]);
    expect(await errorOf(() => findImages(blobs, artifact, undefined))).toMatchObject({ code: 'image-invalid' });
  });

  it('are read once each, however often they are listed', async () => {
    const blobs = blobsInMemory();
    const inner = indexOf(blobs, Array(1000).fill(await image(blobs, AMD64)));
    const { source, opened } = counted(blobs);
    expect(await findImages(source, indexOf(blobs, Array(1000).fill(inner)), undefined)).toHaveLength(1);
    expect(opened).toHaveLength(4);
  });

  const variants: readonly [string, Platform, Platform | undefined, Platform][] = [
    [
      'arm of a variant that only the index tells',
      { os: 'linux', architecture: 'arm' },
      { os: 'linux', architecture: 'arm', variant: 'v6' },
      { os: 'linux', architecture: 'arm', variant: 'v6' },
    ],
    ['amd64 of the variant v1', { ...AMD64, variant: 'v1' }, { ...AMD64, variant: 'v1' }, AMD64],
    ['arm64 of the variant v8', { ...ARM64, variant: 'v8' }, ARM64, ARM64],
    ['arm64 without a platform in the index', ARM64, undefined, { ...ARM64, variant: 'v8' }],
  ];
  it.each(variants)('are found for %s', async (_title, inConfig, inIndex, wanted) => {
    const blobs = blobsInMemory();
    const manifest = await image(blobs, inConfig);
    const entry = inIndex === undefined ? manifest : { ...manifest, platform: inIndex };
    const root = indexOf(blobs, [{ ...(await image(blobs, AMD64)), platform: ARM64 }, entry]);
    expect((await findImages(blobs, root, wanted)).map(({ descriptor }) => descriptor.digest)).toEqual([
      manifest.digest,
    ]);
  });

  it('are named also where the index does not hold them', async () => {
    const blobs = blobsInMemory();
    const here = { ...(await image(blobs, AMD64)), platform: AMD64 };
    const elsewhere = { ...(await image(blobs, ARM64)), platform: ARM64 };
    blobs.map.delete(elsewhere.digest);
    const platforms = [AMD64, ARM64].map(renderPlatform);
    expect(await listPlatforms(blobs, indexOf(blobs, [here, elsewhere]))).toEqual(platforms);
  });
});
