import type { BuiltLayer, LayerFormat } from '../layer/index.js';
import { type DiffId, isDigest, type LayerKey, layerMediaType } from '../oci/index.js';
import type { ContentStore } from '../store/index.js';

interface KeptLayer {
  readonly digest: BuiltLayer['descriptor']['digest'];
  readonly size: number;
  readonly diffId: DiffId;
}

/** The layer that an earlier run built from the same entries, if its bytes are still there. */
export function findKept(key: LayerKey, format: LayerFormat, store: ContentStore): BuiltLayer | undefined {
  const text = store.records.read('layer', key);
  if (text === undefined) return undefined;
  const { digest, size, diffId } = JSON.parse(text) as KeptLayer;
  if (!isDigest(digest) || store.sizeOf(digest) !== size) return undefined;
  return { descriptor: { mediaType: layerMediaType(format.compression), digest, size }, diffId };
}

export function keepLayer(key: LayerKey, { descriptor, diffId }: BuiltLayer, store: ContentStore): void {
  const { digest, size } = descriptor;
  store.records.write('layer', key, JSON.stringify({ digest, size, diffId } satisfies KeptLayer));
}
