import type { ImageRecord, LayerRecord } from '../plan/index.js';
import type { ContentStore } from '../store/index.js';
import { decodeListing, type FileTree } from '../tree/index.js';

const contentsAreNotKept = (): never => {
  throw new Error('the contents of an earlier image are not kept');
};

/** What the last apply of this image.yaml made; undefined where there was none in this cache. */
export function readLastApply(store: ContentStore, realPath: string): ImageRecord | undefined {
  const text = store.records.read('applied', realPath);
  return text === undefined ? undefined : (JSON.parse(text) as ImageRecord);
}

export function writeLastApply(store: ContentStore, realPath: string, record: ImageRecord): void {
  store.records.write('applied', realPath, JSON.stringify(record));
}

/** The entries of layers that this cache built. */
export function listingsOf(store: ContentStore): (layer: LayerRecord) => FileTree | undefined {
  return ({ key }) => {
    const text = key === null ? undefined : store.records.read('listing', key);
    return text === undefined ? undefined : decodeListing(text, contentsAreNotKept);
  };
}
