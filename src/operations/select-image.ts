import { fail } from '../errors/index.js';
import { isImageManifest } from '../image/index.js';
import {
  type BlobSource,
  type Descriptor,
  type Digest,
  type ImageConfig,
  type ImageManifest,
  isDocumentType,
  NESTED_INDEXES_MAX,
  type Platform,
  renderPlatform,
  samePlatform,
} from '../oci/index.js';
import { readConfig, readDocument } from '../store/index.js';
import { inParallel } from '../util/index.js';

/** One image of what a reference names. */
export interface FoundImage {
  readonly descriptor: Descriptor;
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
  readonly platform: Platform;
}

/** Documents that are read at the same time, since they may be far. */
const PARALLEL = 4;

/** What the config says, and of the variant, which old configs lack, what the index says. */
function platformOf(config: ImageConfig, entry: Platform | undefined): Platform {
  const { os, architecture, variant = entry?.variant } = config;
  return variant === undefined ? { os, architecture } : { os, architecture, variant };
}

async function readImage(source: BlobSource, descriptor: Descriptor, manifest: ImageManifest): Promise<FoundImage> {
  if (!isImageManifest(manifest)) {
    const message = `${descriptor.digest} is not a container image: its config is of type ${JSON.stringify(manifest.config.mediaType)}`;
    throw fail('image-invalid', { message });
  }
  const config = await readConfig(source, manifest.config);
  if (config.rootfs.diff_ids.length !== manifest.layers.length) {
    const message = `Image ${descriptor.digest} has ${manifest.layers.length} layers, and its config lists ${config.rootfs.diff_ids.length}`;
    throw fail('image-invalid', { message });
  }
  return { descriptor, manifest, config, platform: platformOf(config, descriptor.platform) };
}

/** Attestations and the like stand in an index under a platform that is none, or are no manifests. */
const mayBeImage = ({ platform, mediaType }: Descriptor): boolean =>
  platform?.os !== 'unknown' && isDocumentType(mediaType);

const mayBeWanted = ({ platform }: Descriptor, wanted: Platform | undefined): boolean =>
  platform === undefined || wanted === undefined || samePlatform(platform, wanted);

/**
 * Every image that `root` leads to: itself, or those of an index in its order, each once. What else stands in an index
 * (signatures, lists of contents) is passed over.
 * @param wanted only this platform; others are not read
 */
export async function findImages(
  source: BlobSource,
  root: Descriptor,
  wanted: Platform | undefined,
): Promise<readonly FoundImage[]> {
  const seen = new Set<Digest>();
  const visit = async (descriptor: Descriptor, depth: number): Promise<FoundImage[]> => {
    if (seen.has(descriptor.digest)) return [];
    seen.add(descriptor.digest);
    const document = await readDocument(source, descriptor);
    if (document.kind === 'manifest') {
      const isPassedOver = depth > 0 && !isImageManifest(document.manifest);
      return isPassedOver ? [] : [await readImage(source, descriptor, document.manifest)];
    }
    if (depth >= NESTED_INDEXES_MAX) {
      throw fail('image-invalid', {
        message: `Index ${descriptor.digest} is nested more than ${NESTED_INDEXES_MAX} deep`,
      });
    }
    const children = document.index.manifests.filter((child) => mayBeImage(child) && mayBeWanted(child, wanted));
    const found: (readonly FoundImage[])[] = [];
    await inParallel(children.entries(), PARALLEL, async ([position, child]) => {
      found[position] = await visit(child, depth + 1);
    });
    return found.flat();
  };
  const images = await visit(root, 0);
  return wanted === undefined ? images : images.filter((image) => samePlatform(image.platform, wanted));
}

/** The platforms of an image, for an error that says what there is. An index that names them need not hold them all. */
export async function listPlatforms(source: BlobSource, root: Descriptor): Promise<readonly string[]> {
  const document = await readDocument(source, root);
  const entries = document.kind === 'index' ? document.index.manifests.filter(mayBeImage) : [];
  const named = entries.map(({ platform }) => platform).filter((platform) => platform !== undefined);
  if (named.length > 0 && named.length === entries.length) return [...new Set(named.map(renderPlatform))];
  return (await findImages(source, root, undefined)).map((image) => renderPlatform(image.platform));
}
