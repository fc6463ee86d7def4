import type { LayerKey } from '../oci/index.js';
import type { ImageRecord, LayerRecord, LayerState } from '../plan/index.js';
import type { ContentStore } from '../store/index.js';
import { decodeListing, encodeListing, type FileTree } from '../tree/index.js';

const contentsAreNotKept = (): never => {
  throw new Error('the contents of an earlier image are not kept');
};

/** What the last apply of this image.yaml made; undefined where there was none in this cache. */
export function readLastApply(store: ContentStore, realPath: string): ImageRecord | undefined {
  const text = store.records.read('applied', realPath);
  return text === undefined ? undefined : (JSON.parse(text) as ImageRecord);
}

/** Each image.yaml has its own: it can have made the very layer of another one, but from other inputs. */
const listingKey = (realPath: string, layer: LayerKey): string => `${layer} ${realPath}`;

/** What the layer rests on of which that is the listing. */
const groundsKey = (realPath: string, layer: LayerKey): string => `grounds of ${listingKey(realPath, layer)}`;

/** Remembers what an apply made. Listings go first: whoever finds the record finds them too. */
export function writeLastApply(
  { records }: ContentStore,
  realPath: string,
  made: { readonly record: ImageRecord; readonly layers: readonly LayerState[] },
): void {
  for (const { key, tree, grounds } of made.layers) {
    if (key === null || tree === undefined) continue;
    const [listing, from] = [listingKey(realPath, key), groundsKey(realPath, key)];
    // Neither made nor compared where it is known to be there.
    if (grounds !== undefined && records.has('listing', listing) && records.read('listing', from) === grounds) continue;
    records.remove('listing', from);
    records.write('listing', listing, encodeListing(tree));
    if (grounds !== undefined) records.write('listing', from, grounds);
  }
  records.write('applied', realPath, JSON.stringify(made.record));
}

/** The entries of layers that the last apply of this image.yaml made, with what they came from. */
export function listingsOf({ records }: ContentStore, realPath: string): (layer: LayerRecord) => FileTree | undefined {
  return ({ key }) => {
    const text = key === null ? undefined : records.read('listing', listingKey(realPath, key));
    return text === undefined ? undefined : decodeListing(text, contentsAreNotKept);
  };
}
