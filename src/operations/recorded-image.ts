import { fail, TbuildError } from '../errors/index.js';
import { type ImageLock, lockPathOf, parseLock } from '../lock/index.js';
import { type BuildManifest, parseManifest } from '../manifest/index.js';
import {
  type Descriptor,
  parsePlatform,
  type RegistryReference,
  renderPlatform,
  renderReference,
} from '../oci/index.js';
import type { PublishedRecord } from '../plan/index.js';
import type { FileTree } from '../tree/index.js';
import type { Workshop } from './build-context.js';
import type { CachedSource } from './cached-source.js';
import { type ExistingImage, publishedImage, readEveryBlob } from './existing-image.js';
import { LayerContents } from './layer-contents.js';
import { readRecord } from './read-record.js';
import { findImages } from './select-image.js';
import type { RecordedPlatform } from './stand-in-base.js';

/** An image of a registry, and what it says of how it was built. */
export interface RecordedImage {
  readonly root: Descriptor;
  readonly blobs: CachedSource;
  readonly published: PublishedRecord;
  readonly existing: ExistingImage;
  readonly platforms: readonly RecordedPlatform[];
}

function invalid(what: string, cause?: TbuildError): TbuildError {
  const message = `The record of the image ${what}`;
  return fail('record-invalid', { message, at: cause?.at, problems: cause?.problems ?? [], cause });
}

/** What the text says; a mistake in it is one of the record. */
function parsed<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof TbuildError)) throw error;
    throw invalid(`brings ${what} that is not valid: ${error.message}`, error);
  }
}

/**
 * Reads the image, every byte of it, and its record.
 * @throws TbuildError `record-missing`, `record-invalid`, `blob-mismatch`, and what reading from a registry reports
 */
export async function readRecorded(
  reference: RegistryReference,
  { root, blobs }: Pick<RecordedImage, 'root' | 'blobs'>,
  workshop: Workshop,
): Promise<RecordedImage> {
  const { host, store, steps } = workshop;
  const name = renderReference(reference);
  const published = await readRecord(root, reference, workshop);
  if (published === undefined) {
    throw fail('record-missing', {
      message: `${name} has no record of how it was built`,
      hint: 'Verify it from its repository: tbuild verify -f image.yaml. "tbuild apply --push" attaches a record.',
    });
  }
  await readEveryBlob(blobs, root);
  const contents = new LayerContents(workshop);
  const existing = await publishedImage(root, published, {
    host,
    source: blobs,
    records: store.records,
    steps,
    contents,
    name,
  });
  const platforms = (await findImages(blobs, root, undefined)).map((image): RecordedPlatform => {
    const record = published.image.platforms.find(({ platform }) => platform === renderPlatform(image.platform));
    if (record === undefined) throw invalid(`does not tell of ${renderPlatform(image.platform)}`);
    return { image, record };
  });
  return { root, blobs, published, existing, platforms };
}

/** The image.yaml of the record. @throws TbuildError `record-invalid` */
export function manifestOf({ published, platforms }: RecordedImage): BuildManifest {
  const { source } = published;
  // Where image.yaml lists no platforms it was built for that of its machine.
  const defaultPlatform = parsePlatform(platforms[0]?.record.platform ?? '');
  if (defaultPlatform === undefined) throw invalid('tells of no platform');
  const manifest = parsed('an image.yaml', () =>
    parseManifest(Buffer.from(source.manifest), { file: source.file, defaultPlatform }),
  );
  const lacking = manifest.platforms
    .map(renderPlatform)
    .find((wanted) => !platforms.some(({ record }) => record.platform === wanted));
  if (lacking !== undefined) throw invalid(`brings an image.yaml for ${lacking}, which the image is not for`);
  return manifest;
}

/** The lock of the record; undefined where the build had none. @throws TbuildError `record-invalid` */
export function lockOf({ published }: RecordedImage): ImageLock | undefined {
  const { lock, file } = published.source;
  if (lock === null) return undefined;
  return parsed('a lock', () => parseLock(Buffer.from(lock), { file: lockPathOf(file) }));
}

/** Its own layers for a platform (as rendered), from the bottom up. @throws TbuildError `record-invalid` */
export function layersOf(
  { platforms, existing }: RecordedImage,
  wanted: string,
): readonly { readonly name: string; readonly tree: FileTree }[] {
  const { layers } = platforms.find(({ record }) => record.platform === wanted)!.record;
  return layers.map((layer) => {
    const tree = existing.listingOf(layer);
    if (tree === undefined) throw invalid(`does not tell what is in layer ${layer.name} (${wanted})`);
    return { name: layer.name, tree };
  });
}
