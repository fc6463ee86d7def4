import { TbuildError } from '../errors/index.js';
import type { BuildManifest } from '../manifest/index.js';
import {
  type Descriptor,
  parseRegistryReference,
  type Reference,
  type RefSource,
  type RegistryReference,
  renderReference,
} from '../oci/index.js';
import { openImageSource, type Registries } from '../store/index.js';
import type { BuildContext } from './build-context.js';
import type { BuiltImage, Previous } from './build-image.js';
import { cachedSource } from './cached-source.js';
import { readExistingImage } from './existing-image.js';
import { listingsOf, readLastApply } from './history.js';
import { hasListing, type LayerReading } from './layer-trees.js';
import type { PlanRequest } from './requests.js';
import { unlessSilent } from './unless-silent.js';
import { usableRecord } from './usable-record.js';

/** What a plan is to be compared with. */
type Comparing = Pick<PlanRequest, 'against' | 'isLocal'>;

/** The last apply of the same file with this cache. */
export function lastApply({ store, file }: BuildContext): Previous {
  const record = readLastApply(store, file.realPath);
  const previous = record === undefined ? undefined : { record, from: 'the last apply' };
  return { previous, listingOf: listingsOf(store, file.realPath) };
}

function withWarning(previous: Previous, message: string): Previous {
  return { ...previous, warnings: [...(previous.warnings ?? []), { message }] };
}

/** True for a tag that a registry does not have: so it is until the image is published. Anything else is a mistake. */
function isUnpublished(error: unknown, reference: Reference): error is TbuildError {
  const isTag = reference.transport === 'docker' && reference.digest === undefined;
  return isTag && error instanceof TbuildError && error.code === 'image-missing';
}

function nothing({ message, hint }: TbuildError): Previous {
  const perhaps = hint === undefined ? '' : `. ${hint}`;
  const nowhere: Previous = { previous: undefined, listingOf: () => undefined };
  return withWarning(nowhere, `nothing to compare with, so everything is new: ${message}${perhaps}`);
}

/** An image that exists, and what it is compared with. */
interface Comparison {
  readonly root: Descriptor;
  readonly reference: Reference;
  readonly built: BuiltImage;
  readonly context: BuildContext;
  readonly registries: Registries;
}

/** What its record tells; undefined where it has none. */
async function fromRecord({ root, reference, built, context, registries }: Comparison): Promise<Previous | undefined> {
  const record = await usableRecord(root, reference, {
    registries,
    steps: context.steps,
    built: built.platforms.map(({ state }) => state),
  });
  if (record === undefined) return undefined;
  const { image, listings } = record;
  return {
    previous: { record: image, from: renderReference(reference) },
    listingOf: ({ digest }) => listings.get(digest),
  };
}

function readingOf({ reference, context, registries }: Comparison): LayerReading & { close(): void } {
  const { host, store, steps } = context;
  const opened = openImageSource(host, reference, { directory: host.env.workingDirectory, registries });
  const isFar = reference.transport === 'docker';
  const source = isFar ? cachedSource(opened, { host, caches: [store], steps }) : opened;
  const name = renderReference(reference);
  return { host, source, records: store.records, steps, name, close: () => opened.close() };
}

/** What its config and its layers tell, where these may be read. */
async function fromImage(comparison: Comparison, mayRead: NonNullable<LayerReading['mayRead']>): Promise<Previous> {
  const { root, reference, built } = comparison;
  const { close, ...reading } = readingOf(comparison);
  try {
    const { record, listingOf } = await readExistingImage(root, built.image?.record, { ...reading, mayRead });
    return { previous: { record, from: renderReference(reference) }, listingOf };
  } finally {
    close();
  }
}

/** What the name means; an error where it is a tag that is not there yet. */
function rootOf(reference: Reference, source: RefSource): Promise<Descriptor | TbuildError> {
  return source.resolve(reference).catch((error: unknown) => {
    if (isUnpublished(error, reference)) return error;
    throw error;
  });
}

/** The image that the user names. Its layers are read where it has no record. */
async function named(reference: Reference, built: BuiltImage, context: BuildContext): Promise<Previous> {
  const { host, registries } = context;
  const source = openImageSource(host, reference, { directory: host.env.workingDirectory, registries });
  try {
    const root = await rootOf(reference, source);
    if (root instanceof TbuildError) return nothing(root);
    const comparison: Comparison = { root, reference, built, context, registries };
    return (await fromRecord(comparison)) ?? (await fromImage(comparison, () => true));
  } finally {
    source.close();
  }
}

type TaggedReference = RegistryReference & { readonly tag: string };

/** Where image.yaml is published; undefined where it does not say that in full: a registry, a repository, a tag. */
function publishedReference({ name, tags }: BuildManifest): TaggedReference | undefined {
  const [tag] = tags;
  if (name === undefined || tag === undefined) return undefined;
  try {
    const reference = parseRegistryReference(name);
    return name.toLowerCase().startsWith(`${reference.registry}/`) ? { ...reference, tag } : undefined;
  } catch (error) {
    // A name that cannot be pushed to is a matter of those who push.
    if (error instanceof TbuildError) return undefined;
    throw error;
  }
}

/** No layer is pulled that nobody asked for: of a layer that is not in the cache only its digest is known. */
async function withoutLayers(comparison: Comparison): Promise<Previous> {
  const { reference, built, context } = comparison;
  const { store } = context;
  const now = new Set(built.platforms.flatMap(({ state }) => state.layers.map(({ digest }) => digest)));
  const previous = await fromImage(comparison, (image, position) => {
    const { digest, size } = image.manifest.layers[position]!;
    return hasListing(image, position, store) || store.sizeOf(digest) === size;
  });
  const layers = previous.previous?.record.platforms.flatMap((platform) => platform.layers) ?? [];
  if (layers.every((layer) => now.has(layer.digest) || previous.listingOf(layer) !== undefined)) return previous;
  const shown = renderReference(reference);
  const message = `${JSON.stringify(shown)} has no record of how it was built, and its layers are not in the cache, so what changes inside of them is not known; "--against ${shown}" reads them`;
  return withWarning(previous, message);
}

async function published(reference: TaggedReference, built: BuiltImage, context: BuildContext): Promise<Previous> {
  const registries = context.registries.hurried();
  const root = await registries.repository(reference).find(reference.tag);
  const last = lastApply(context);
  if (root === undefined) return last;
  // Then all that is to be known of it is in the cache.
  if (last.previous?.record.digest === root.digest) {
    return { ...last, previous: { ...last.previous, from: renderReference(reference) } };
  }
  const comparison: Comparison = { root, reference, built, context, registries };
  return (await fromRecord(comparison)) ?? (await withoutLayers(comparison));
}

/** The last apply, where a registry that nobody named does not tell what is published there. */
function instead(reference: RegistryReference, error: TbuildError, context: BuildContext): Previous {
  const last = lastApply(context);
  if (last.previous === undefined) return nothing(error);
  const shown = JSON.stringify(renderReference(reference));
  return withWarning(last, `compared with the last apply instead of ${shown}: ${error.message}`);
}

/**
 * What a plan is compared with: the image that the request names, else the one that is published under the name and the first tag of
 * image.yaml, else the last apply. A published image that has its record is compared without its layers. A registry that
 * nobody named and that does not answer at once is a warning.
 *
 * @throws TbuildError what reading the image that the request names reports
 */
export async function previousOf(request: Comparing, built: BuiltImage, context: BuildContext): Promise<Previous> {
  const { against, isLocal = false } = request;
  if (against !== undefined) return named(against, built, context);
  const reference = isLocal ? undefined : publishedReference(context.file.manifest);
  if (reference === undefined) return lastApply(context);
  try {
    return await unlessSilent(context.registries, reference.registry, () => published(reference, built, context));
  } catch (error) {
    if (!(error instanceof TbuildError) || error.code === 'interrupted') throw error;
    return instead(reference, error, context);
  }
}
