import { fail, TbuildError } from '../errors/index.js';
import type { BaseImage } from '../image/index.js';
import type { BaseDeclaration } from '../manifest/index.js';
import { type BlobSource, type Descriptor, type Platform, renderPlatform } from '../oci/index.js';
import type { BasePlan } from '../plan/index.js';
import { type ImageSource, openImageSource } from '../store/index.js';
import type { FileTree } from '../tree/index.js';
import type { BuildContext } from './build-context.js';
import { readImageTree } from './layer-trees.js';
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
  readonly root: Descriptor;
}

/** A failure to find the base, at its place in image.yaml. */
function atDeclaration(error: unknown, declaration: ImageDeclaration): unknown {
  if (!(error instanceof TbuildError) || error.at !== undefined || error.code === 'interrupted') return error;
  const { details, hint } = error;
  const facts = { at: declaration.at, details, cause: error };
  // It names the base already.
  if (error.code === 'image-missing')
    return fail('base-missing', { ...facts, message: error.message, hint: hint ?? BASE_HINT });
  const message = `Cannot use the base ${JSON.stringify(declaration.text)}: ${error.message}`;
  return fail(error.code, { ...facts, message, hint });
}

/** The bases of one build: each opened once, whatever the platforms. Their blobs stay readable until `close`. */
export class Bases {
  readonly #context: BuildContext;
  readonly #open = new Map<string, OpenBase>();

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

  /** The blobs of all bases, in the order in which they were opened. */
  get sources(): readonly BlobSource[] {
    return [...this.#open.values()].map((base) => base.source);
  }

  close(): void {
    for (const { source } of this.#open.values()) source.close();
  }

  async #resolve(declaration: ImageDeclaration, platform: Platform): Promise<ResolvedBase> {
    const { host, store, steps } = this.#context;
    const { source, root } = await this.#opened(declaration);
    const image = await this.#select(source, root, platform);
    const tree = await readImageTree(image, { host, source, records: store.records, steps });
    const { descriptor, manifest, config } = image;
    const sizeBytes = manifest.layers.reduce((sum, layer) => sum + layer.size, 0);
    return {
      image: { reference: declaration.text, descriptor, manifest, config },
      tree,
      plan: { reference: declaration.text, digest: descriptor.digest, layers: manifest.layers.length, sizeBytes },
    };
  }

  async #opened(declaration: ImageDeclaration): Promise<OpenBase> {
    const known = this.#open.get(declaration.text);
    if (known !== undefined) return known;
    const source = openImageSource(this.#context.host, declaration.reference, this.#context.file.directory);
    try {
      const opened = { source, root: await source.resolve(declaration.reference) };
      this.#open.set(declaration.text, opened);
      return opened;
    } catch (error) {
      source.close();
      throw error;
    }
  }

  async #select(source: ImageSource, root: Descriptor, platform: Platform): Promise<FoundImage> {
    const [image] = await findImages(source, root, platform);
    if (image !== undefined) return image;
    const there = (await listPlatforms(source, root)).join(', ');
    throw fail('base-platform', {
      message: `it has no image for ${renderPlatform(platform)}`,
      hint: `It has: ${there || 'none'}. List only these under "platforms", or choose another base.`,
    });
  }
}
