import { fail, TbuildError } from '../errors/index.js';
import type { BaseImage } from '../image/index.js';
import type { BaseDeclaration } from '../manifest/index.js';
import {
  type BlobSource,
  type Descriptor,
  type Digest,
  type Platform,
  type Reference,
  type RegistryReference,
  renderPlatform,
  renderReference,
  renderRegistryReference,
} from '../oci/index.js';
import type { BasePlan } from '../plan/index.js';
import { type ImageSource, openImageSource } from '../store/index.js';
import type { FileTree } from '../tree/index.js';
import type { BuildContext } from './build-context.js';
import { type CachedSource, cachedSource } from './cached-source.js';
import { hasListing, type LayerReading, readImageTree } from './layer-trees.js';
import { rootInCaches } from './root-in-caches.js';
import { type FoundImage, findImages, listPlatforms } from './select-image.js';

/** The base of one platform. */
export interface ResolvedBase {
  readonly image: BaseImage;
  readonly tree: FileTree;
  readonly plan: Omit<BasePlan, 'previousDigest'>;
}

type ImageDeclaration = BaseDeclaration & { readonly kind: 'image' };

const BASE_HINT = 'Build it first, or correct the path: it starts at the directory of image.yaml.';

interface OpenBase {
  readonly source: ImageSource;
  /** What to read from: for a registry, with the caches before it. */
  readonly blobs: BlobSource & Partial<CachedSource>;
  readonly root: Descriptor;
}

/** True where a message says which image it is about: the repository, under whatever tag or digest. */
function names(message: string, reference: Reference): boolean {
  if (reference.transport !== 'docker') return message.includes(renderReference(reference));
  const { registry, repository } = reference;
  return message.includes(renderReference({ transport: 'docker', registry, repository }));
}

/** A failure to find the base, at its place in image.yaml. */
function atDeclaration(error: unknown, declaration: ImageDeclaration): unknown {
  if (!(error instanceof TbuildError) || error.at !== undefined || error.code === 'interrupted') return error;
  const { details, hint } = error;
  const facts = { at: declaration.at, details, cause: error };
  const isFile = 'path' in declaration.reference;
  // It names the base already.
  if (error.code === 'image-missing')
    return fail('base-missing', { ...facts, message: error.message, hint: hint ?? (isFile ? BASE_HINT : undefined) });
  const message = names(error.message, declaration.reference)
    ? error.message
    : `Cannot use the base ${JSON.stringify(declaration.text)}: ${error.message}`;
  return fail(error.code, { ...facts, message, hint });
}

/**
 * How the image names its base: an image of a registry in full, however it is written (OCI image-spec, "Pre-Defined
 * Annotation Keys": `org.opencontainers.image.base.name`), any other as it is written.
 */
function nameOf({ reference, text }: ImageDeclaration): string {
  if (reference.transport !== 'docker') return text;
  const isNamed = reference.tag !== undefined || reference.digest !== undefined;
  return renderRegistryReference(isNamed ? reference : { ...reference, tag: 'latest' });
}

/** The bases of one build: each opened once, whatever the platforms. Their blobs stay readable until `close`. */
export class Bases {
  readonly #context: BuildContext;
  readonly #open = new Map<string, OpenBase>();
  readonly #layers = new Map<
    Digest,
    { readonly blobs: BlobSource; readonly location: RegistryReference | undefined }
  >();

  constructor(context: BuildContext) {
    this.#context = context;
  }

  /** @throws TbuildError `base-missing`, `base-platform`, and what reading an image reports, all at the place of `base` */
  async resolve(declaration: BaseDeclaration, platform: Platform): Promise<ResolvedBase | undefined> {
    if (declaration.kind === 'scratch') return undefined;
    try {
      return await this.#resolve(declaration, platform);
    } catch (error) {
      throw atDeclaration(error, declaration);
    }
  }

  /** Where the layers of the bases can be read; undefined for every other blob. */
  sourceOf({ digest }: Descriptor): BlobSource | undefined {
    return this.#layers.get(digest)?.blobs;
  }

  /** The repository that a layer of a base is in. */
  locate({ digest }: Descriptor): RegistryReference | undefined {
    return this.#layers.get(digest)?.location;
  }

  close(): void {
    for (const { source } of this.#open.values()) source.close();
  }

  async #resolve(declaration: ImageDeclaration, platform: Platform): Promise<ResolvedBase> {
    const { host, store, steps } = this.#context;
    const { blobs, root } = await this.#opened(declaration);
    const image = await this.#select(blobs, root, platform);
    const reading: LayerReading = { host, source: blobs, records: store.records, steps };
    const unlisted = image.manifest.layers.filter((_, position) => !hasListing(image, position, reading));
    await blobs.fetch?.(unlisted);
    const tree = await readImageTree(image, reading);
    const { descriptor, manifest, config } = image;
    const location = declaration.reference.transport === 'docker' ? declaration.reference : undefined;
    for (const { digest } of manifest.layers) this.#layers.set(digest, { blobs, location });
    const reference = nameOf(declaration);
    const sizeBytes = manifest.layers.reduce((sum, layer) => sum + layer.size, 0);
    return {
      image: { reference, descriptor, manifest, config },
      tree,
      plan: { reference, digest: descriptor.digest, layers: manifest.layers.length, sizeBytes },
    };
  }

  async #opened(declaration: ImageDeclaration): Promise<OpenBase> {
    const known = this.#open.get(declaration.text);
    if (known !== undefined) return known;
    const { host, file, registries } = this.#context;
    const source = openImageSource(host, declaration.reference, { directory: file.directory, registries });
    try {
      const opened = { source, ...(await this.#reading(declaration, source)) };
      this.#open.set(declaration.text, opened);
      return opened;
    } catch (error) {
      source.close();
      throw error;
    }
  }

  /** What a registry has is kept in the cache, and is not asked for where a digest names what is there already. */
  async #reading({ reference }: ImageDeclaration, source: ImageSource): Promise<Omit<OpenBase, 'source'>> {
    if (reference.transport !== 'docker') return { blobs: source, root: await source.resolve(reference) };
    const { host, store, otherCache, steps } = this.#context;
    const caches = otherCache === undefined ? [store] : [store, otherCache];
    const { digest } = reference;
    const known = digest === undefined ? undefined : await rootInCaches(caches, digest);
    return {
      blobs: cachedSource(source, { host, caches, keepIn: store, steps }),
      root: known ?? (await source.resolve(reference)),
    };
  }

  async #select(source: BlobSource, root: Descriptor, platform: Platform): Promise<FoundImage> {
    const [image] = await findImages(source, root, platform);
    if (image !== undefined) return image;
    const there = (await listPlatforms(source, root)).join(', ');
    throw fail('base-platform', {
      message: `it has no image for ${renderPlatform(platform)}`,
      hint: `It has: ${there || 'none'}. List only these under "platforms", or choose another base.`,
    });
  }
}
