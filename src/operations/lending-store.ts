import type { Content, ContentStore } from '../store/index.js';

/**
 * A store that also has the blobs of another one, which are what their digest says wherever they lie; what is written,
 * and all records, are its own.
 */
export function lendingStore(store: ContentStore, other: ContentStore): ContentStore {
  const holderOf = ({ digest, size }: Content): ContentStore => (store.sizeOf(digest) === size ? store : other);
  return {
    ...store,
    pathOf: (digest) => (store.sizeOf(digest) === undefined ? other : store).pathOf(digest),
    sizeOf: (digest) => store.sizeOf(digest) ?? other.sizeOf(digest),
    has: async (target) => (await store.has(target)) || (await other.has(target)),
    open: async (target) => ((await store.has(target)) ? store : other).open(target),
    chunks: (target) => holderOf(target).chunks(target),
    openAt: (target) => holderOf(target).openAt(target),
    fileOf: (target) => holderOf(target).fileOf(target),
    directoryOf: (target) => holderOf(target).directory,
  };
}
