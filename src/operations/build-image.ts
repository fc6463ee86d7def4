import { type ComposedImage, composeIndex, type Document } from '../image/index.js';
import { type BlobSource, type Descriptor, MediaTypes } from '../oci/index.js';
import { type ImageRecord, type Plan, type PlanFacts, planOf } from '../plan/index.js';
import { bytesOf } from '../util/index.js';
import { Bases } from './bases.js';
import type { BuildContext } from './build-context.js';
import { type BuiltPlatform, buildPlatform } from './build-platform.js';
import { withLacking } from './lacking.js';
import { LayerContents } from './layer-contents.js';
import { OpenedImages } from './opened-images.js';
import { placeOfSetting } from './place-of-setting.js';
import { warningsOf } from './warnings.js';
import { type WrittenPins, writePins } from './write-pins.js';

/** What the plan is compared with. */
export interface Previous extends Pick<PlanFacts, 'previous' | 'listingOf'> {
  /** What is to be said about it. */
  readonly warnings?: Plan['warnings'];
}

/** A whole image: all its blobs can be read from `blobs`. */
export interface KnownImage {
  readonly root: Descriptor;
  readonly record: ImageRecord;
}

export interface BuiltImage {
  readonly platforms: readonly BuiltPlatform[];
  /** Undefined behind an artifact that has not run. */
  readonly image: KnownImage | undefined;
  readonly pinned: WrittenPins;
  /** Every blob of the image: its own from the store, those of its bases from where the bases are. */
  readonly blobs: BlobSource;
}

type Annotations = Readonly<Record<string, string>>;

/** Annotations that every platform has alike: those of the index. */
function sharedAnnotations(platforms: readonly BuiltPlatform[]): Annotations {
  const [first, ...others] = platforms.map((platform) => platform.manifest.annotations);
  const shared = Object.entries<string>(first ?? {}).filter(([name, value]) =>
    others.every((annotations) => annotations[name] === value),
  );
  return Object.fromEntries(shared);
}

function storeOrBases({ store }: BuildContext, bases: Bases): BlobSource {
  return {
    async open(target) {
      const isKept = store.sizeOf(target.digest) === target.size;
      return ((isKept ? undefined : bases.sourceOf(target)) ?? store).open(target);
    },
    locate: (target) => bases.locate(target),
    fileOf: (target) => store.fileOf(target),
  };
}

async function storeDocuments(documents: readonly Document<unknown>[], { store }: BuildContext): Promise<void> {
  for (const { descriptor, bytes } of documents) await store.put(descriptor, async () => bytesOf(bytes));
}

async function composeRoot(
  platforms: readonly BuiltPlatform[],
  images: readonly ComposedImage[],
  context: BuildContext,
): Promise<KnownImage> {
  const parts = images.flatMap((image): Document<unknown>[] => [image.config, image.manifest]);
  const [only] = images;
  const index = images.length === 1 ? undefined : composeIndex(images, sharedAnnotations(platforms));
  await storeDocuments(index === undefined ? parts : [...parts, index], context);
  const root = (index ?? only!.manifest).descriptor;
  const { digest, mediaType } = root;
  const record: ImageRecord = {
    version: 1,
    format: 1,
    digest,
    mediaType,
    platforms: platforms.map((platform) => platform.record!),
  };
  return { root, record };
}

/** A built image whose bases are open, so that their blobs can be read. */
export interface OpenImage {
  readonly built: BuiltImage;
  close(): void;
}

/**
 * Builds the image into the store, as far as it is known. What had to be found goes into the lock.
 * @param options.run runs artifacts that are not in the cache
 */
export async function openImage(context: BuildContext, options: { readonly run: boolean }): Promise<OpenImage> {
  const { manifest } = context.file;
  const images = new OpenedImages(context);
  const contents = new LayerContents(context);
  const bases = new Bases(context, images, contents);
  try {
    const platforms: BuiltPlatform[] = [];
    for (const platform of manifest.platforms) {
      const parts = { ...context, ...options, images, contents };
      platforms.push(await buildPlatform(manifest.forPlatform(platform), bases, parts));
    }
    const composed = platforms.flatMap(({ image }) => (image === undefined ? [] : [image]));
    const isKnown = composed.length === platforms.length;
    const image = isKnown ? await composeRoot(platforms, composed, context) : undefined;
    const pinned = writePins(context);
    const built = { platforms, image, pinned, blobs: storeOrBases(context, bases) };
    return { built, close: () => images.close() };
  } catch (error) {
    images.close();
    throw withLacking(error, context);
  }
}

/** Where image.yaml says the value of a setting (`env.PORT`). */
export function placesOfSettings(built: BuiltImage, { file }: BuildContext): PlanFacts['placeOf'] {
  return (field) => placeOfSetting(field, file.manifest, built.platforms[0]!.manifest);
}

/** The built image as a plan, against what was there before. */
export function planOfImage(built: BuiltImage, context: BuildContext, previous: Previous): Plan {
  const { manifest } = context.file;
  return planOf({
    file: manifest.file,
    name: manifest.name,
    tags: manifest.tags,
    digest: built.image?.root.digest ?? null,
    mediaType: manifest.platforms.length === 1 ? MediaTypes.manifest : MediaTypes.index,
    platforms: built.platforms.map((platform) => platform.state),
    ...previous,
    placeOf: placesOfSettings(built, context),
    pins: built.pinned.isWritten ? built.pinned.changes : [],
    warnings: [...(previous.warnings ?? []), ...warningsOf(built.platforms)],
  });
}
