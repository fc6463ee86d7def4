import { type ComparedImage, type ImageDocuments, type Packages, readPackages } from '../compare/index.js';
import { type LayerMember, readLayerMembers } from '../layer/index.js';
import { type Digest, renderPlatform } from '../oci/index.js';
import type { LayerRecord, PlatformRecord, PublishedRecord } from '../plan/index.js';
import { emptyTree, type FileTree, overlay } from '../tree/index.js';
import { baseOf, layerNames } from './existing-image.js';
import { fileIn, type OpenFile } from './image-files.js';
import type { LayerContents } from './layer-contents.js';
import { type LayerReading, readLayerTree } from './layer-trees.js';
import type { FoundImage } from './select-image.js';

/** What one side is read from. */
export interface SideToRead {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly documents: ImageDocuments;
  readonly images: readonly FoundImage[];
  readonly published: PublishedRecord | undefined;
}

type SideReading = LayerReading & { readonly contents: LayerContents };

/** Every layer has a name of its own: that which tbuild gave it where no layer above has it too, else its number from 1. */
function uniqueNames(image: FoundImage): readonly string[] {
  const names = layerNames(image);
  return names.map((name, position) =>
    name === undefined || names.indexOf(name, position + 1) >= 0 ? `${position + 1}` : name,
  );
}

/** Layers of others below those of tbuild are its base's; of what else is a base's an image does not tell. */
function firstOwnLayer(image: FoundImage, known: PlatformRecord | undefined): number {
  const names = layerNames(image);
  if (known !== undefined) return names.length - known.layers.length;
  const first = names.lastIndexOf(undefined) + 1;
  return first === names.length ? 0 : first;
}

function recordOf(image: FoundImage, published: PublishedRecord | undefined): PlatformRecord {
  const { descriptor, manifest, config } = image;
  const known = published?.image.platforms.find(({ digest }) => digest === descriptor.digest);
  const names = uniqueNames(image);
  const first = firstOwnLayer(image, known);
  return {
    platform: renderPlatform(image.platform),
    digest: descriptor.digest,
    base: known === undefined ? (baseOf(image) ?? null) : known.base,
    artifacts: known?.artifacts ?? [],
    layers: manifest.layers.slice(first).map(({ digest }, own) => ({
      name: names[first + own]!,
      key: known?.layers[own]?.key ?? null,
      digest,
      diffId: config.rootfs.diff_ids[first + own]!,
    })),
    config,
    annotations: manifest.annotations ?? {},
  };
}

/** An image of anybody, as one side of a comparison. */
export class DiffSide {
  readonly image: ComparedImage;
  readonly #side: SideToRead;
  readonly #reading: SideReading;
  readonly #trees = new Map<Digest, FileTree>();
  readonly #members = new Map<Digest, readonly LayerMember[]>();
  readonly #packages = new Map<string, Packages>();

  constructor(side: SideToRead, reading: SideReading) {
    this.#side = side;
    this.#reading = reading;
    const { digest, mediaType, documents, images, published } = side;
    const platforms = images.map((image) => recordOf(image, published));
    this.image = {
      record: { version: 1, format: published?.image.format ?? 1, digest, mediaType, platforms },
      listingOf: (layer: LayerRecord) => this.#trees.get(layer.digest),
      documents,
      membersOf: (layer: LayerRecord) => this.#members.get(layer.digest),
      packagesOf: (platform: string) => this.#packages.get(platform),
    };
  }

  /** The image for a platform, as rendered. */
  find(platform: string): FoundImage | undefined {
    return this.#side.images.find((image) => renderPlatform(image.platform) === platform);
  }

  /**
   * Reads the layers of an image but for those that the other side has too, and finds the packages that they bring.
   * @returns whether they bring any
   */
  async read(image: FoundImage, shared: ReadonlySet<Digest>): Promise<boolean> {
    for (const [position, { digest }] of image.manifest.layers.entries()) {
      if (!shared.has(digest) && !this.#trees.has(digest)) await this.#readLayer(image, position);
    }
    const known = image.manifest.layers.flatMap(({ digest }) => this.#trees.get(digest) ?? []);
    const packages = await readPackages(known.reduce((lower, upper) => overlay(lower, upper), emptyTree));
    if (packages !== undefined) this.#packages.set(renderPlatform(image.platform), packages);
    return packages !== undefined;
  }

  /**
   * A file of a layer that was read: of that which has the name or number, or where the other side calls it otherwise of the topmost
   * that has the path.
   */
  readonly open: OpenFile = (where, path) => {
    for (const image of this.#side.images) {
      const platform = renderPlatform(image.platform);
      if (!where.endsWith(` (${platform})`)) continue;
      const layers = uniqueNames(image).map((name, position) => ({
        isNamed: where === `layer ${name} (${platform})`,
        digest: image.manifest.layers[position]!.digest,
      }));
      const ordered = [...layers.filter(({ isNamed }) => isNamed), ...layers.reverse()];
      for (const { digest } of ordered) {
        const file = fileIn(this.#trees.get(digest), path, this.#reading.contents);
        if (file !== undefined) return file;
      }
    }
    return undefined;
  };

  /** A record spares reading the layer: it has the origins besides, and times and order are those of tbuild. */
  async #readLayer(image: FoundImage, position: number): Promise<void> {
    const { source, contents } = this.#reading;
    const layer = image.manifest.layers[position]!;
    const recorded = this.#side.published?.listings.get(layer.digest);
    if (recorded !== undefined) {
      this.#trees.set(layer.digest, contents.openable(recorded, layer, source));
      return;
    }
    this.#trees.set(layer.digest, await readLayerTree(image, position, this.#reading));
    this.#members.set(layer.digest, await readLayerMembers(await source.open(layer)));
  }
}

function layersOf(image: FoundImage): ReadonlySet<Digest> {
  return new Set(image.manifest.layers.map(({ digest }) => digest));
}

/**
 * Reads what is needed to compare: of each platform that both have the layers that are not in both. What is installed is known
 * from all layers: where only one side changed that, the others are read too.
 */
export async function readSides(before: DiffSide, after: DiffSide): Promise<void> {
  for (const { platform } of after.image.record.platforms) {
    const [old, now] = [before.find(platform), after.find(platform)];
    if (old === undefined || now === undefined || old.descriptor.digest === now.descriptor.digest) continue;
    const hasPackages = [await before.read(old, layersOf(now)), await after.read(now, layersOf(old))];
    if (hasPackages[0] === hasPackages[1]) continue;
    await before.read(old, new Set());
    await after.read(now, new Set());
  }
}
