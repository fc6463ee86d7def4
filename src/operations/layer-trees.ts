import type { Host } from '../host/index.js';
import { indexLayer } from '../layer/index.js';
import type { BlobSource } from '../oci/index.js';
import type { Records } from '../store/index.js';
import { decodeListing, emptyTree, encodeListing, type FileTree, overlay } from '../tree/index.js';
import type { FoundImage } from './select-image.js';
import type { Steps } from './steps.js';

export interface LayerReading {
  readonly host: Host;
  readonly source: BlobSource;
  readonly records: Records;
  readonly steps: Steps;
}

const ORIGIN = { kind: 'base', label: 'the base' } as const;

const contentsAreNotKept = (): never => {
  throw new Error('the contents of a base stay in its layers');
};

/**
 * The tree of one layer of an image that exists. Each layer is read once: its listing stays in the cache under its digest
 * (architecture.md, "What the design must not lose", 2).
 */
export async function readLayerTree(image: FoundImage, position: number, reading: LayerReading): Promise<FileTree> {
  const descriptor = image.manifest.layers[position]!;
  const diffId = image.config.rootfs.diff_ids[position]!;
  const key = `${descriptor.digest} ${descriptor.mediaType} ${diffId}`;
  const known = reading.records.read('base', key);
  if (known !== undefined) return decodeListing(known, contentsAreNotKept);
  const title = `index layer ${position + 1} of ${image.manifest.layers.length}`;
  return reading.steps.run(title, async (step) => {
    const progress = (bytes: number): void => {
      reading.host.interruption.throwIfAborted();
      step.advance(bytes, 0);
    };
    const tree = await indexLayer(await reading.source.open(descriptor), {
      descriptor,
      diffId,
      origin: ORIGIN,
      progress,
    });
    reading.records.write('base', key, encodeListing(tree));
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
