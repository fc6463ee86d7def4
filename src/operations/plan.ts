import type { Host } from '../host/index.js';
import { type Reference, renderReference } from '../oci/index.js';
import type { Plan } from '../plan/index.js';
import { openImageSource } from '../store/index.js';
import { type BuildContext, withBuild } from './build-context.js';
import { type BuiltImage, type Previous, planOfImage, withImage } from './build-image.js';
import { cachedSource } from './cached-source.js';
import { readExistingImage } from './existing-image.js';
import { listingsOf, readLastApply } from './history.js';
import type { PlanRequest } from './requests.js';

/** The last apply of the same file with this cache. */
export function lastApply({ store, file }: BuildContext): Previous {
  const record = readLastApply(store, file.realPath);
  const previous = record === undefined ? undefined : { record, from: 'the last apply' };
  return { previous, listingOf: listingsOf(store, file.realPath) };
}

async function existing(reference: Reference, built: BuiltImage, context: BuildContext): Promise<Previous> {
  const { host, store, registries, steps } = context;
  const opened = openImageSource(host, reference, { directory: host.env.workingDirectory, registries });
  try {
    const root = await opened.resolve(reference);
    const isFar = reference.transport === 'docker';
    const source = isFar ? cachedSource(opened, { host, caches: [store], steps }) : opened;
    const reading = { host, source, records: store.records, steps };
    const { record, listingOf } = await readExistingImage(root, built.image?.record, reading);
    return { previous: { record, from: renderReference(reference) }, listingOf };
  } finally {
    opened.close();
  }
}

/**
 * What `applyImage` would make and why it differs from what was there before. Writes nothing but the cache and runs no
 * artifact; behind one that is not in the cache the digest is null.
 */
export function planImage(host: Host, request: PlanRequest): Promise<Plan> {
  return withBuild(host, request, (context) =>
    withImage(context, { run: false }, async (built) => {
      const { against } = request;
      const previous = against === undefined ? lastApply(context) : await existing(against, built, context);
      return planOfImage(built, context, previous);
    }),
  );
}
