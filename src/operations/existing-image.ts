import { type BlobSource, type Descriptor, type Digest, isDigest, renderPlatform } from '../oci/index.js';
import type { ImageRecord, LayerRecord, PlatformRecord, PublishedRecord } from '../plan/index.js';
import type { FileTree } from '../tree/index.js';
import { type LayerReading, readLayerTree } from './layer-trees.js';
import { type FoundImage, findImages } from './select-image.js';

/**
 * An image that exists somewhere, as a record, with the entries of those layers that are not `known`. Their files can be
 * opened where the reading has `contents`.
 */
export interface ExistingImage {
  readonly record: ImageRecord;
  readonly listingOf: (layer: LayerRecord) => FileTree | undefined;
}

const LAYER = /^tbuild layer (.+)$/s;
const BASE_NAME = 'org.opencontainers.image.base.name';
const BASE_DIGEST = 'org.opencontainers.image.base.digest';

/** What the image says that it was put on; undefined where it says nothing that can be (buildah leaves the texts empty). */
export function baseOf({ manifest }: FoundImage): { readonly reference: string; readonly digest: Digest } | undefined {
  const { [BASE_DIGEST]: digest, [BASE_NAME]: name } = manifest.annotations ?? {};
  return isDigest(digest) ? { reference: name || digest, digest } : undefined;
}

/** Names that tbuild gave the layers, by position; undefined for layers of others. */
export function layerNames({ config, manifest }: FoundImage): readonly (string | undefined)[] {
  const described = (config.history ?? []).filter((entry) => entry.empty_layer !== true);
  return manifest.layers.map((_, position) => LAYER.exec(described[position]?.created_by ?? '')?.[1]);
}

/** Position of the first layer that image.yaml describes: those of the base come before it. */
function firstOwnLayer(image: FoundImage, known: PlatformRecord | undefined): number {
  const count = image.manifest.layers.length;
  const names = layerNames(image);
  const ofOthers = names.lastIndexOf(undefined) + 1;
  return baseOf(image) !== undefined && known !== undefined
    ? Math.max(ofOthers, count - known.layers.length)
    : ofOthers;
}

function platformRecord(image: FoundImage, known: PlatformRecord | undefined): PlatformRecord {
  const { descriptor, manifest, config, platform } = image;
  const annotations = manifest.annotations ?? {};
  const names = layerNames(image);
  const first = firstOwnLayer(image, known);
  return {
    platform: renderPlatform(platform),
    digest: descriptor.digest,
    base: baseOf(image) ?? null,
    artifacts: [],
    layers: manifest.layers.slice(first).map((layer, position) => ({
      name: names[first + position] ?? `${first + position + 1}`,
      key: null,
      digest: layer.digest,
      diffId: config.rootfs.diff_ids[first + position]!,
    })),
    config,
    annotations,
  };
}

/**
 * Reads an image so that it can be compared.
 * @param known the image to compare with: layers that both have are not read
 */
export async function readExistingImage(
  root: Descriptor,
  known: ImageRecord | undefined,
  reading: LayerReading,
): Promise<ExistingImage> {
  const images = await findImages(reading.source, root, undefined);
  const listings = new Map<string, FileTree>();
  for (const image of images) {
    const other = known?.platforms.find(({ platform }) => platform === renderPlatform(image.platform));
    // Of the same platform: another one may have the layer in place of a different one.
    const shared = new Set(other?.layers.map((layer) => layer.digest));
    for (const [position, { digest }] of image.manifest.layers.entries()) {
      if (shared.has(digest) || listings.has(digest)) continue;
      if (reading.mayRead?.(image, position) === false) continue;
      listings.set(digest, await readLayerTree(image, position, reading));
    }
  }
  const record: ImageRecord = {
    version: 1,
    format: 1,
    digest: root.digest,
    mediaType: root.mediaType,
    platforms: images.map((image) => {
      const platform = renderPlatform(image.platform);
      return platformRecord(
        image,
        known?.platforms.find((other) => other.platform === platform),
      );
    }),
  };
  return { record, listingOf: (layer) => listings.get(layer.digest) };
}

/**
 * The same of an image of which it is known what it was made of: nothing is read but its documents and, where a file is
 * opened, the layer that has it.
 */
export async function recordedImage(
  root: Descriptor,
  { record, listingOf }: ExistingImage,
  reading: LayerReading,
): Promise<ExistingImage> {
  const { source, contents } = reading;
  const images = await findImages(source, root, undefined);
  const layers = new Map(
    images.flatMap(({ manifest }) => manifest.layers.map((layer) => [layer.digest, layer] as const)),
  );
  const openable = (layer: LayerRecord): FileTree | undefined => {
    const tree = listingOf(layer);
    const descriptor = layers.get(layer.digest);
    if (tree === undefined || descriptor === undefined || contents === undefined) return tree;
    return contents.openable(tree, descriptor, source);
  };
  return { record, listingOf: openable };
}

/** The same of an image that brings its record. */
export function publishedImage(
  root: Descriptor,
  { image, listings }: PublishedRecord,
  reading: LayerReading,
): Promise<ExistingImage> {
  return recordedImage(root, { record: image, listingOf: ({ digest }) => listings.get(digest) }, reading);
}

/** Reads every byte of the image, which checks it. */
export async function readEveryBlob(source: BlobSource, root: Descriptor): Promise<void> {
  const drain = async (descriptor: Descriptor): Promise<void> => {
    const bytes = await source.open(descriptor);
    for await (const _ of bytes);
  };
  for (const { manifest } of await findImages(source, root, undefined)) {
    for (const layer of manifest.layers) await drain(layer);
  }
}
