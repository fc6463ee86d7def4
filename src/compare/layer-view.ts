import type { Descriptor } from '../oci/index.js';
import type { LayerRecord, PlatformRecord } from '../plan/index.js';
import type { ComparedImage, PlatformDocuments } from './difference.js';
import { samePlatformName } from './platform-name.js';

/** One layer of an image, the base's too. */
export interface LayerView {
  /** The name that it was built under, else its number from the bottom. */
  readonly name: string;
  readonly isNamed: boolean;
  /** True for what the base brought, where that is known. */
  readonly isOfBase: boolean;
  readonly record: LayerRecord;
  readonly descriptor: Descriptor | undefined;
}

/** The documents of one platform. */
export function documentsOf({ documents }: ComparedImage, { platform }: PlatformRecord): PlatformDocuments | undefined {
  return documents?.images.find((image) => samePlatformName(image.platform, platform));
}

function viewOf(record: LayerRecord, position: number, descriptor: Descriptor | undefined): LayerView {
  const isNamed = record.name !== `${position + 1}`;
  return { name: record.name, isNamed, isOfBase: false, record, descriptor };
}

/** All layers from the bottom up: those of the manifest where it is at hand, else those that the record knows. */
export function layersOf(image: ComparedImage, platform: PlatformRecord): readonly LayerView[] {
  const documents = documentsOf(image, platform);
  if (documents === undefined) return platform.layers.map((layer, i) => viewOf(layer, i, undefined));
  const { manifest, config } = documents;
  const below = manifest.layers.length - platform.layers.length;
  return manifest.layers.map((descriptor, i): LayerView => {
    const own = platform.layers[i - below];
    if (own !== undefined) return viewOf(own, i, descriptor);
    const { digest } = descriptor;
    const record = { name: `${i + 1}`, key: null, digest, diffId: config.rootfs.diff_ids[i]! };
    return { ...viewOf(record, i, descriptor), isOfBase: true };
  });
}
