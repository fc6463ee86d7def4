import type { Host } from '../host/index.js';
import { indexLayer } from '../layer/index.js';
import type { BlobSource } from '../oci/index.js';
import type { Records } from '../store/index.js';
import { decodeListing, emptyTree, encodeListing, type FileTree, overlay } from '../tree/index.js';
import type { LayerContents } from './layer-contents.js';
import type { FoundImage } from './select-image.js';
import type { Steps } from './steps.js';

export interface LayerReading {
  readonly host: Host;
  readonly source: BlobSource;
  readonly records: Records;
  readonly steps: Steps;
  /** What messages call the image. */
  readonly name: string;
  /** Where files can be opened; without it they cannot. */
  readonly contents?: LayerContents;
  /** Whether a layer may be read where an image is compared; without it all may. */
  readonly mayRead?: (image: FoundImage, position: number) => boolean;
}

const ORIGIN = { kind: 'base', label: 'the base' } as const;

const contentsAreNotKept = (): never => {
  throw new Error('the contents of a base stay in its layers');
};

function listingKey({ manifest, config }: FoundImage, position: number): string {
  const { digest, mediaType } = manifest.layers[position]!;
  return `${digest} ${mediaType} ${config.rootfs.diff_ids[position]!}`;
}

/** True where the tree of a layer is known without the layer. */
export function hasListing(image: FoundImage, position: number, { records }: Pick<LayerReading, 'records'>): boolean {
  return records.has('base', listingKey(image, position));
}

/**
 * The tree of one layer of an image that exists. Each layer is read once: its listing stays in the cache under its digest
 * (architecture.md, "What the design must not lose", 2).
 */
export async function readLayerTree(image: FoundImage, position: number, reading: LayerReading): Promise<FileTree> {
  const tree = await readListing(image, position, reading);
  return reading.contents?.openable(tree, image.manifest.layers[position]!, reading.source) ?? tree;
}

async function readListing(image: FoundImage, position: number, reading: LayerReading): Promise<FileTree> {
  const { host, source, records, steps, name } = reading;
  const descriptor = image.manifest.layers[position]!;
  const diffId = image.config.rootfs.diff_ids[position]!;
  const key = listingKey(image, position);
  const known = records.read('base', key);
  if (known !== undefined) return decodeListing(known, contentsAreNotKept);
  // Before the step begins, since it may bring the layer from far, which is a step of its own.
  const bytes = await source.open(descriptor);
  return steps.run(`index layer ${position + 1} of ${image.manifest.layers.length}`, async (step) => {
    const progress = (count: number): void => {
      host.interruption.throwIfAborted();
      step.advance(count, 0);
    };
    const tree = await indexLayer(bytes, { descriptor, diffId, origin: ORIGIN, image: name, progress });
    records.write('base', key, encodeListing(tree));
    return tree;
  });
}

/** What a runtime sees of the image: all layers on top of each other. */
export async function readImageTree(image: FoundImage, reading: LayerReading): Promise<FileTree> {
  let tree = emptyTree;
  for (let position = 0; position < image.manifest.layers.length; position++) {
    tree = overlay(tree, await readLayerTree(image, position, reading));
  }
  return tree;
}
