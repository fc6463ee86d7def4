import { fail, type TbuildError } from '../errors/index.js';
import type { BaseImage } from '../image/index.js';
import type { ImagePin, PlatformPins, TreeFacts, WantedImage } from '../lock/index.js';
import type { BaseDeclaration } from '../manifest/index.js';
import {
  type BlobSource,
  canonicalJson,
  type Descriptor,
  type Digest,
  digestOf,
  type Json,
  type Platform,
  type RegistryReference,
  renderPlatform,
  renderRegistryReference,
} from '../oci/index.js';
import type { BasePlan } from '../plan/index.js';
import { emptyTree, type FileTree } from '../tree/index.js';
import { type KnownFacts, knownFacts, NotInFacts, ObservedBase } from './base-facts.js';
import type { BuildContext } from './build-context.js';
import type { LayerContents } from './layer-contents.js';
import { hasListing, type LayerReading, readImageTree } from './layer-trees.js';
import {
  atDeclaration,
  fullReference,
  type ImageDeclaration,
  isPinned,
  type LocatedImage,
  type OpenedImages,
  pinOf,
  wantedOf,
} from './opened-images.js';
import { atOther } from './other-errors.js';
import type { OtherManifest } from './other-images.js';
import type { FoundImage } from './select-image.js';

/** The base of one platform. */
export interface ResolvedBase {
  /** Undefined while an artifact of it has not run. */
  readonly image: BaseImage | undefined;
  readonly plan: Omit<BasePlan, 'previousDigest'>;
}

/** The base of one platform, or none, as what layers are put on. */
export interface Ground {
  readonly base: ResolvedBase | undefined;
  /**
   * Does the work on the tree of the base: on what the lock tells of it where that is enough, else on all of it. What the
   * work asked for goes into the lock; where it could not be done to its end, besides what the lock told before.
   */
  build<T>(work: BaseWork<T>, isComplete: (result: T) => boolean): Promise<T>;
}

type BaseWork<T> = (observed: ObservedBase, tree: FileTree) => Promise<T>;

/** How the pin of a base is remembered; undefined for one that is not pinned. */
interface Pinning {
  readonly pins: PlatformPins;
  readonly wanted: WantedImage;
  /** What the lock says, unless that is to be found anew. */
  readonly pin: ImagePin | undefined;
  /** What the lock says in any case. */
  readonly before: ImagePin | undefined;
}

/**
 * How the image names its base: an image of a registry in full, however it is written (OCI image-spec, "Pre-Defined
 * Annotation Keys": `org.opencontainers.image.base.name`), any other as it is written.
 */
function nameOf(declaration: ImageDeclaration): string {
  const reference = fullReference(declaration);
  return reference.transport === 'docker' ? renderRegistryReference(reference) : declaration.text;
}

const NO_BASE: Ground = {
  base: undefined,
  build: (work) => work(ObservedBase.nothing(), emptyTree),
};

/** The bases of one build. */
export class Bases {
  readonly #context: BuildContext;
  readonly #images: OpenedImages;
  readonly #contents: LayerContents;
  readonly #layers = new Map<
    Digest,
    { readonly blobs: BlobSource; readonly location: RegistryReference | undefined }
  >();

  constructor(context: BuildContext, images: OpenedImages, contents: LayerContents) {
    this.#context = context;
    this.#images = images;
    this.#contents = contents;
  }

  /** @throws TbuildError `base-missing`, `base-platform`, and what reading an image reports, all at the place of the declaration */
  async resolve(written: BaseDeclaration, platform: Platform): Promise<Ground> {
    if (written.kind === 'scratch') return NO_BASE;
    if (written.kind === 'manifest') return this.#fromManifest(written, platform);
    const declaration: ImageDeclaration = { ...written, role: 'base' };
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

  /** The image of another image.yaml of this run. It is no pin: like a file it is what it is now. */
  async #fromManifest(other: OtherManifest, platform: Platform): Promise<Ground> {
    const { reference, blobs, forPlatform, platforms } = await this.#context.others.image(other);
    const image = forPlatform(platform);
    if (image === undefined) throw lacksPlatform(other, renderPlatform(platform), platforms);
    if (image === 'unknown') return unknownGround(reference);
    const { manifest } = image;
    for (const layer of manifest.layers) this.#layers.set(layer.digest, { blobs, location: blobs.locate?.(layer) });
    return {
      base: resolvedBase(reference, image),
      build: async (work) => {
        const tree = await this.#wholeTree(other, { image, blobs, fetch: async () => undefined });
        return work(new ObservedBase(tree, undefined, wholeIdentity(image)), tree);
      },
    };
  }

  #pinning(declaration: ImageDeclaration, platform: Platform): Pinning | undefined {
    if (!isPinned(declaration)) return undefined;
    const { pins: all, lock } = this.#context;
    const name = renderPlatform(platform);
    const pins = all.forPlatform(name);
    const wanted = wantedOf(declaration);
    return { pins, wanted, pin: pins.base(wanted), before: lock?.platforms[name]?.base };
  }

  async #resolve(declaration: ImageDeclaration, platform: Platform): Promise<Ground> {
    const pinning = this.#pinning(declaration, platform);
    const located = await this.#images.find(declaration, platform, pinning?.pin);
    const { image, blobs } = located;
    const { manifest } = image;
    const location = declaration.reference.transport === 'docker' ? declaration.reference : undefined;
    for (const { digest } of manifest.layers) this.#layers.set(digest, { blobs, location });
    if (pinning !== undefined)
      pinning.pins.setBase(pinning.wanted, { ...pinOf(declaration, image), ...treeOf(pinning) });
    return {
      base: resolvedBase(nameOf(declaration), image),
      build: async (work, isComplete) => {
        const { result, observed } = await this.#work(work, { declaration, located, pinning });
        if (pinning !== undefined) {
          const tree = isComplete(result) ? observed.facts() : besides(pinning, observed, image);
          pinning.pins.setBase(pinning.wanted, { ...pinOf(declaration, image), ...(tree !== undefined && { tree }) });
        }
        return result;
      },
    };
  }

  async #work<T>(
    work: BaseWork<T>,
    base: {
      readonly declaration: ImageDeclaration;
      readonly located: LocatedImage;
      readonly pinning: Pinning | undefined;
    },
  ): Promise<{ readonly result: T; readonly observed: ObservedBase }> {
    const facts = this.#factsOf(base.pinning, base.located);
    if (facts !== undefined) {
      const observed = new ObservedBase(facts.tree, facts.isKnown, facts.identity);
      try {
        return { result: await work(observed, facts.tree), observed };
      } catch (error) {
        if (!(error instanceof NotInFacts)) throw error;
      }
    }
    const tree = await this.#wholeTree(base.declaration, base.located);
    const observed = new ObservedBase(tree, undefined, wholeIdentity(base.located.image));
    return { result: await work(observed, tree), observed };
  }

  /** What the lock tells of the base's tree; undefined where the whole tree is at hand or has to be read. */
  #factsOf(
    pinning: Pinning | undefined,
    { image }: LocatedImage,
  ): (KnownFacts & { readonly identity: string }) | undefined {
    const { store, trustsLock } = this.#context;
    const isPinned = pinning?.pin?.manifest.digest === image.descriptor.digest;
    const tree = isPinned && trustsLock ? pinning?.pin?.tree : undefined;
    if (tree === undefined) return undefined;
    if (image.manifest.layers.every((_, position) => hasListing(image, position, store))) return undefined;
    const known = knownFacts(tree, (file) =>
      store.sizeOf(file.digest) === file.size ? store.chunks(file) : undefined,
    );
    const told = digestOf(canonicalJson(tree as unknown as Json));
    return { ...known, identity: `what the lock tells of ${image.descriptor.digest}: ${told}` };
  }

  async #wholeTree(
    declaration: ImageDeclaration | OtherManifest,
    { image, blobs, fetch }: LocatedImage,
  ): Promise<FileTree> {
    const { host, store, steps } = this.#context;
    const shared = { host, source: blobs, records: store.records, steps, contents: this.#contents };
    const reading: LayerReading = { ...shared, name: 'the base' };
    try {
      await fetch(image.manifest.layers.filter((_, position) => !hasListing(image, position, reading)));
      return await readImageTree(image, reading);
    } catch (error) {
      throw 'reference' in declaration ? atDeclaration(error, declaration) : atOther(error, declaration);
    }
  }
}

function resolvedBase(reference: string, { descriptor, manifest, config }: FoundImage): ResolvedBase {
  const sizeBytes = manifest.layers.reduce((sum, layer) => sum + layer.size, 0);
  return {
    image: { reference, descriptor, manifest, config },
    plan: { reference, digest: descriptor.digest, layers: manifest.layers.length, sizeBytes },
  };
}

/** The tree of an image follows from its digest. */
function wholeIdentity({ descriptor }: FoundImage): string {
  return `all of ${descriptor.digest}`;
}

function lacksPlatform({ path, at }: OtherManifest, wanted: string, platforms: readonly string[]): TbuildError {
  return fail('base-platform', {
    message: `The base ${JSON.stringify(path)} is not built for ${wanted}: it is for ${platforms.join(', ')}`,
    hint: `Add ${wanted} to "platforms" there, or leave it out here.`,
    at,
  });
}

/** The base of one platform while an artifact of it has not run: nothing that lies on it is known. */
function unknownGround(reference: string): Ground {
  return {
    base: { image: undefined, plan: { reference, digest: null, layers: 0, sizeBytes: 0 } },
    build: (work) => work(new ObservedBase(emptyTree), emptyTree),
  };
}

/** What the lock told of the tree of this very image, and what was asked for now. */
function besides({ before }: Pinning, observed: ObservedBase, { descriptor }: FoundImage): TreeFacts | undefined {
  const facts = observed.facts();
  if (before?.manifest.digest !== descriptor.digest) return facts;
  return before.tree === undefined || facts === undefined ? undefined : { ...before.tree, ...facts };
}

/** What was known of the tree stays in the lock until something else is found out. */
function treeOf({ pin }: Pinning): { readonly tree?: TreeFacts } {
  return pin?.tree === undefined ? {} : { tree: pin.tree };
}
