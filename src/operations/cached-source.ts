import type { Host } from '../host/index.js';
import { type BlobSource, type Descriptor, type Digest, layerCompression, shortDigest } from '../oci/index.js';
import type { ContentStore } from '../store/index.js';
import { inParallel } from '../util/index.js';
import { countingSource } from './counting-source.js';
import type { Steps } from './steps.js';

/** Blobs of a far source, and where near ones may have them. */
export interface Caching {
  readonly host: Host;
  /** Asked first, in this order. Bytes from there are verified as those from anywhere. */
  readonly caches: readonly ContentStore[];
  /** One of the caches: keeps what is fetched. Absent: what is read is not kept. */
  readonly keepIn?: ContentStore;
  readonly steps: Steps;
}

export interface CachedSource extends BlobSource {
  /** Keeps those blobs that no cache has, several at a time. */
  fetch(targets: readonly Descriptor[]): Promise<void>;
}

/** Fetches at a time: more gain nothing, and registries limit them. */
const PARALLEL = 4;

function titleOf({ mediaType, digest }: Descriptor): string {
  return `fetch ${layerCompression(mediaType) === undefined ? '' : 'layer '}${shortDigest(digest)}`;
}

/** A source that is asked only for what no cache has. */
export function cachedSource(source: BlobSource, { host, caches, keepIn, steps }: Caching): CachedSource {
  const cacheOf = ({ digest, size }: Descriptor) => caches.find((cache) => cache.sizeOf(digest) === size);
  const keep = (target: Descriptor, store: ContentStore, interruption: AbortSignal): Promise<void> =>
    steps.run(
      titleOf(target),
      (step) => {
        const counted = countingSource(source, step, interruption);
        // The store verifies what it takes in.
        return store.put(target, async () => (counted.openRaw ?? counted.open)(target));
      },
      { totalBytes: target.size },
    );
  return {
    async open(target) {
      const cache = cacheOf(target);
      if (cache !== undefined) return cache.open(target);
      if (keepIn === undefined) return source.open(target);
      await keep(target, keepIn, host.interruption);
      return keepIn.open(target);
    },
    locate: (target) => source.locate?.(target),
    async fetch(targets) {
      if (keepIn === undefined) return;
      const missing = new Map<Digest, Descriptor>();
      for (const target of targets) if (cacheOf(target) === undefined) missing.set(target.digest, target);
      await inParallel(missing.values(), PARALLEL, (target, stop) =>
        keep(target, keepIn, AbortSignal.any([host.interruption, stop])),
      );
    },
  };
}
