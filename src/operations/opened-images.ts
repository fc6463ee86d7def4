import { fail, type SourceSpan, TbuildError } from '../errors/index.js';
import type { ImagePin, WantedImage } from '../lock/index.js';
import {
  type BlobSource,
  type Descriptor,
  type Digest,
  type Platform,
  type Reference,
  renderPlatform,
  renderReference,
} from '../oci/index.js';
import { type ImageSource, openImageSource } from '../store/index.js';
import type { Bytes } from '../util/index.js';
import type { BuildContext } from './build-context.js';
import { type CachedSource, cachedSource } from './cached-source.js';
import { rootInCaches } from './root-in-caches.js';
import { type FoundImage, findImages, listPlatforms } from './select-image.js';

/** An image that image.yaml names: to put layers on, or to copy files from. */
export interface ImageDeclaration {
  readonly reference: Reference;
  /** As written. */
  readonly text: string;
  readonly at: SourceSpan;
  /** What it is for, in messages. */
  readonly role: 'base' | 'image';
}

/** The image of one platform, and where its blobs can be read. */
export interface LocatedImage {
  readonly image: FoundImage;
  readonly blobs: BlobSource;
  /** Brings blobs near that no cache has; does nothing where they are near. */
  fetch(targets: readonly Descriptor[]): Promise<void>;
}

interface OpenImage {
  readonly source: ImageSource;
  /** What to read from: for a registry, with the caches before it. */
  readonly blobs: BlobSource & Partial<CachedSource>;
}

const BASE_HINT = 'Build it first, or correct the path: it starts at the directory of image.yaml.';

/** True where a message says which image it is about: the repository, under whatever tag or digest. */
function names(message: string, reference: Reference): boolean {
  if (reference.transport !== 'docker') return message.includes(renderReference(reference));
  const { registry, repository } = reference;
  return message.includes(renderReference({ transport: 'docker', registry, repository }));
}

/** A failure to find the image, at its place in image.yaml. */
export function atDeclaration(error: unknown, declaration: ImageDeclaration): unknown {
  if (!(error instanceof TbuildError) || error.at !== undefined || error.code === 'interrupted') return error;
  const { details, hint } = error;
  const facts = { at: declaration.at, details, cause: error };
  const isFile = 'path' in declaration.reference;
  // It names the image already.
  if (error.code === 'image-missing') {
    const code = declaration.role === 'base' ? 'base-missing' : 'image-missing';
    return fail(code, { ...facts, message: error.message, hint: hint ?? (isFile ? BASE_HINT : undefined) });
  }
  const message = names(error.message, declaration.reference)
    ? error.message
    : `Cannot use the ${declaration.role} ${JSON.stringify(declaration.text)}: ${error.message}`;
  return fail(error.code, { ...facts, message, hint });
}

/** The reference in full: what a name stands for, however it is written. */
export function fullReference({ reference }: ImageDeclaration): Reference {
  if (reference.transport !== 'docker') return reference;
  const isNamed = reference.tag !== undefined || reference.digest !== undefined;
  return isNamed ? reference : { ...reference, tag: 'latest' };
}

/**
 * True for images whose names others can move: those of registries. What lies on this machine is an input like a file
 * (manifest.md, "image.lock.json").
 */
export function isPinned({ reference }: ImageDeclaration): boolean {
  return reference.transport === 'docker';
}

export function wantedOf(declaration: ImageDeclaration): WantedImage {
  const { reference, text, at } = declaration;
  const isExact = reference.transport === 'docker' && reference.digest !== undefined;
  return { reference: renderReference(fullReference(declaration)), text, at, isExact };
}

export function pinOf(declaration: ImageDeclaration, { descriptor, manifest }: FoundImage): ImagePin {
  const bare = ({ mediaType, digest, size }: Descriptor): Descriptor => ({ mediaType, digest, size });
  return {
    reference: renderReference(fullReference(declaration)),
    manifest: bare(descriptor),
    config: bare(manifest.config),
    layers: manifest.layers.map(bare),
  };
}

async function* bytesOfDeclared(bytes: Bytes, declaration: ImageDeclaration): Bytes {
  try {
    yield* bytes;
  } catch (error) {
    throw atDeclaration(error, declaration);
  }
}

/** Blobs of an image, also read long after it was found: a failure says which image they are of. */
function blobsOfDeclared(blobs: BlobSource, declaration: ImageDeclaration): BlobSource {
  return {
    async open(target) {
      try {
        return bytesOfDeclared(await blobs.open(target), declaration);
      } catch (error) {
        throw atDeclaration(error, declaration);
      }
    },
    locate: (target) => blobs.locate?.(target),
  };
}

const pinAnew = ({ role, text }: ImageDeclaration): string =>
  `Pin it anew: tbuild lock --update ${role === 'base' ? 'base' : text}.`;

/** The failure to find what is pinned: registries drop images that no tag names any more, and then the pin has to move. */
function goneFrom(error: unknown, declaration: ImageDeclaration): unknown {
  if (!(error instanceof TbuildError) || error.code !== 'image-missing' || error.hint !== undefined) return error;
  const message = `${error.message}: the lock has this image, and the registry has it no more`;
  return fail(error.code, { message, hint: pinAnew(declaration), details: error.details, cause: error });
}

/** A pin repeats what the manifest says. Where it says something else, a hand or a merge changed it. */
function checkPin(pin: ImagePin, { manifest }: FoundImage, declaration: ImageDeclaration): void {
  const digestsOf = ({ config, layers }: Pick<ImagePin, 'config' | 'layers'>): readonly Digest[] =>
    [config, ...layers].map(({ digest }) => digest);
  const [pinned, there] = [digestsOf(pin), digestsOf(manifest)];
  for (const position of Array(Math.max(pinned.length, there.length)).keys()) {
    const [expected = 'none', found = 'none'] = [pinned[position], there[position]];
    if (expected === found) continue;
    const part = position === 0 ? 'config' : `layer ${position}`;
    throw fail('input-mismatch', {
      message: `the lock says that its ${part} is ${expected}, and its manifest has ${found}`,
      hint: pinAnew(declaration),
      details: { expected, found },
    });
  }
}

/** Images that are read during one build: each opened once, whatever the platforms. Their blobs stay readable until `close`. */
export class OpenedImages {
  readonly #context: BuildContext;
  readonly #open = new Map<string, OpenImage>();

  constructor(context: BuildContext) {
    this.#context = context;
  }

  /**
   * The image of the platform: what the pin says, else what the name means now.
   * @throws TbuildError `base-missing`, `base-platform`, `image-missing`, `input-mismatch` where the pin contradicts the image,
   *   and what reading an image reports
   */
  async find(declaration: ImageDeclaration, platform: Platform, pin: ImagePin | undefined): Promise<LocatedImage> {
    const { blobs, source } = this.#opened(declaration);
    // An index may say a variant that the config does not.
    const root = pin === undefined ? await this.#root(declaration, source) : { ...pin.manifest, platform };
    const image = await this.#select(declaration, { blobs, root }, platform).catch((error: unknown) => {
      throw pin === undefined ? error : goneFrom(error, declaration);
    });
    if (pin !== undefined) checkPin(pin, image, declaration);
    return {
      image,
      blobs: blobsOfDeclared(blobs, declaration),
      fetch: async (targets) => blobs.fetch?.(targets),
    };
  }

  close(): void {
    for (const { source } of this.#open.values()) source.close();
  }

  #opened({ reference, text }: ImageDeclaration): OpenImage {
    const known = this.#open.get(text);
    if (known !== undefined) return known;
    const { host, file, registries, store, steps } = this.#context;
    const source = openImageSource(host, reference, { directory: file.directory, registries });
    // What a registry has is kept in the cache.
    const isFar = reference.transport === 'docker';
    const blobs = isFar ? cachedSource(source, { host, caches: this.#caches(), keepIn: store, steps }) : source;
    const opened = { source, blobs };
    this.#open.set(text, opened);
    return opened;
  }

  #caches() {
    const { store, otherCache } = this.#context;
    return otherCache === undefined ? [store] : [store, otherCache];
  }

  /** No registry is asked where a digest names what is in a cache already. */
  async #root({ reference }: ImageDeclaration, source: ImageSource): Promise<Descriptor> {
    const digest = reference.transport === 'docker' ? reference.digest : undefined;
    const known = digest === undefined ? undefined : await rootInCaches(this.#caches(), digest);
    return known ?? source.resolve(reference);
  }

  async #select(
    { role }: ImageDeclaration,
    { blobs, root }: { readonly blobs: BlobSource; readonly root: Descriptor },
    platform: Platform,
  ): Promise<FoundImage> {
    const [image] = await findImages(blobs, root, platform);
    if (image !== undefined) return image;
    const there = (await listPlatforms(blobs, root)).join(', ');
    throw fail(role === 'base' ? 'base-platform' : 'image-missing', {
      message: `it has no image for ${renderPlatform(platform)}`,
      hint: `It has: ${there || 'none'}. List only these under "platforms", or choose another ${role}.`,
    });
  }
}
