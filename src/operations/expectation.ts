import type { ComparedImage, ReadMembers } from '../compare/index.js';
import { fail } from '../errors/index.js';
import { type Descriptor, type Digest, MediaTypes, type Reference, renderReference } from '../oci/index.js';
import type { ImageRecord, LayerRecord } from '../plan/index.js';
import { type ImageSource, openImageSource } from '../store/index.js';
import type { BuildContext, Lent } from './build-context.js';
import { cachedSource } from './cached-source.js';
import { countingSource } from './counting-source.js';
import {
  type ExistingImage,
  publishedImage,
  readEveryBlob,
  readExistingImage,
  recordedImage,
} from './existing-image.js';
import { listingsOf, readLastApply } from './history.js';
import { filesOf, type OpenFile } from './image-files.js';
import { LayerContents } from './layer-contents.js';
import { membersOf } from './layer-members.js';
import type { LayerReading } from './layer-trees.js';
import type { ManifestFile } from './read-manifest.js';
import type { VerifyRequest } from './requests.js';
import { findImages } from './select-image.js';
import { Steps } from './steps.js';
import { usableRecord } from './usable-record.js';

/** An image to compare with, and its files as far as they are at hand. */
interface ReadableImage {
  readonly image: ComparedImage;
  readonly open: OpenFile;
  readonly members: ReadMembers;
}

/** What a rebuilt image must be. */
export interface Expectation {
  readonly digest: Digest;
  /** In words: `the last apply`, `oci:DIR`. */
  readonly against: string;
  /**
   * To be asked while the expectation is at hand. What is read for it is kept in the store of the context.
   * @param found what was rebuilt: layers that both have are not read
   * @returns undefined where only the digest is known
   */
  readonly read: (found: ImageRecord, context: BuildContext) => Promise<ReadableImage | undefined>;
}

/** What is at hand before anything is rebuilt. */
export interface Known extends Lent {
  readonly file: ManifestFile;
}

/** Where the layers of the last apply are still in the cache, their files can be read there. */
function lastApplied(record: ImageRecord, { otherCache, file }: Known, context: BuildContext): ReadableImage {
  const listingOf = listingsOf(otherCache, file.realPath);
  const contents = new LayerContents(context);
  const openable = (layer: LayerRecord) => {
    const { digest } = layer;
    const tree = listingOf(layer);
    const size = otherCache.sizeOf(digest);
    // How it is compressed is seen at its first bytes.
    const descriptor = { mediaType: MediaTypes.layer, digest, size: size ?? 0 };
    return tree === undefined || size === undefined ? undefined : contents.openable(tree, descriptor, otherCache);
  };
  const image = { record, listingOf };
  const members = membersOf(image, otherCache, (digest) => otherCache.sizeOf(digest));
  return { image, open: filesOf(image, openable, contents), members };
}

function expectLastApply(known: Known): Expectation {
  const { otherCache, file } = known;
  const record = readLastApply(otherCache, file.realPath);
  if (record === undefined) {
    throw fail('nothing-to-verify', {
      message: `There is no earlier apply of ${JSON.stringify(file.manifest.file)} in this cache to compare with`,
      hint: 'Run "tbuild apply" first, or name what to compare with: tbuild verify sha256:… or tbuild verify oci:DIR:TAG.',
    });
  }
  const read = async (_: ImageRecord, context: BuildContext) => lastApplied(record, known, context);
  return { digest: record.digest, against: 'the last apply', read };
}

function expectDigest(digest: Digest, known: Known): Expectation {
  const record = readLastApply(known.otherCache, known.file.realPath);
  const read = async (_: ImageRecord, context: BuildContext) =>
    record?.digest === digest ? lastApplied(record, known, context) : undefined;
  return { digest, against: digest, read };
}

interface OpenedReference {
  readonly reference: Reference;
  readonly source: ImageSource;
  readonly root: Descriptor;
  readonly known: Known;
}

/** An image whose layers are in one place. */
export async function readable(
  image: ExistingImage,
  root: Descriptor,
  { source, contents }: Pick<LayerReading, 'source' | 'contents'>,
): Promise<ReadableImage> {
  const sizes = new Map<Digest, number>();
  for (const { manifest } of await findImages(source, root, undefined)) {
    for (const { digest, size } of manifest.layers) sizes.set(digest, size);
  }
  const members = membersOf(image, source, (digest) => sizes.get(digest));
  return { image, open: filesOf(image, image.listingOf, contents), members };
}

/** What it was made of is known where the last apply made it, and where it brings its record. */
async function readImage(
  { reference, source, root, known }: OpenedReference,
  found: ImageRecord,
  context: BuildContext,
): Promise<ReadableImage> {
  const { host, store, steps } = context;
  const { otherCache, file } = known;
  const isFar = reference.transport === 'docker';
  const near = isFar ? cachedSource(source, { host, caches: [store, otherCache], keepIn: store, steps }) : source;
  const contents = new LayerContents(context);
  const reading = { host, source: near, records: store.records, steps, contents, name: renderReference(reference) };
  const applied = readLastApply(otherCache, file.realPath);
  if (applied?.digest === root.digest) {
    const image = await recordedImage(
      root,
      { record: applied, listingOf: listingsOf(otherCache, file.realPath) },
      reading,
    );
    return readable(image, root, reading);
  }
  const published = await usableRecord(root, reference, { ...context, built: found.platforms });
  const image =
    published === undefined
      ? await readExistingImage(root, found, reading)
      : await publishedImage(root, published, reading);
  return readable(image, root, reading);
}

async function withReference<T>(
  opened: Omit<OpenedReference, 'root'>,
  context: Pick<BuildContext, 'host' | 'steps'>,
  work: (expectation: Expectation) => Promise<T>,
): Promise<T> {
  const { host, steps } = context;
  const { reference, source } = opened;
  const against = renderReference(reference);
  const root = await source.resolve(reference);
  await steps.run(`read ${against}`, (step) => readEveryBlob(countingSource(source, step, host.interruption), root));
  const read = (found: ImageRecord, building: BuildContext) => readImage({ ...opened, root }, found, building);
  return work({ digest: root.digest, against, read });
}

/**
 * Does the work while what is expected is at hand.
 * @throws TbuildError `nothing-to-verify`; `blob-mismatch` where the expected image is damaged, and what reading it reports
 */
export async function withExpectation<T>(
  host: BuildContext['host'],
  request: VerifyRequest,
  known: Known,
  work: (expectation: Expectation) => Promise<T>,
): Promise<T> {
  const { expected, report } = request;
  if (expected === undefined) return work(expectLastApply(known));
  if (expected.kind === 'digest') return work(expectDigest(expected.digest, known));
  const { reference } = expected;
  const { registries } = known;
  const source = openImageSource(host, reference, { directory: host.env.workingDirectory, registries });
  try {
    return await withReference({ reference, source, known }, { host, steps: new Steps(report) }, work);
  } finally {
    source.close();
  }
}
