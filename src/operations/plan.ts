import { TbuildError } from '../errors/index.js';
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

/** True for a tag that a registry does not have: so it is until the image is published. Anything else is a mistake. */
function isUnpublished(error: unknown, reference: Reference): error is TbuildError {
  const isTag = reference.transport === 'docker' && reference.digest === undefined;
  return isTag && error instanceof TbuildError && error.code === 'image-missing';
}

function nothing({ message, hint }: TbuildError): Previous {
  const perhaps = hint === undefined ? '' : `. ${hint}`;
  const warning = { message: `nothing to compare with, so everything is new: ${message}${perhaps}` };
  return { previous: undefined, listingOf: () => undefined, warnings: [warning] };
}

async function existing(reference: Reference, built: BuiltImage, context: BuildContext): Promise<Previous> {
  const { host, store, registries, steps } = context;
  const opened = openImageSource(host, reference, { directory: host.env.workingDirectory, registries });
  try {
    const root = await opened.resolve(reference).catch((error: unknown) => {
      if (isUnpublished(error, reference)) return error;
      throw error;
    });
    if (root instanceof TbuildError) return nothing(root);
    const isFar = reference.transport === 'docker';
    const source = isFar ? cachedSource(opened, { host, caches: [store], steps }) : opened;
    const reading = { host, source, records: store.records, steps, name: renderReference(reference) };
    const { record, listingOf } = await readExistingImage(root, built.image?.record, reading);
    return { previous: { record, from: renderReference(reference) }, listingOf };
  } finally {
    opened.close();
  }
}

/**
 * What `applyImage` would make and why it differs from what was there before. Writes nothing but the cache and runs no
 * artifact; behind one that is not in the cache the digest is null. Against a tag that a registry does not have yet,
 * everything is new.
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
