import { fail } from '../errors/index.js';
import type { Host } from '../host/index.js';
import {
  type BlobSource,
  type Descriptor,
  isIndexType,
  isTag,
  type Platform,
  type Reference,
  renderPlatform,
  renderReference,
  tagOfName,
} from '../oci/index.js';
import { type ContentStore, openImageSource, type Registries } from '../store/index.js';
import { withStore } from './build-context.js';
import { withRegistries } from './registries.js';
import { findImages, listPlatforms } from './select-image.js';
import { Steps } from './steps.js';
import type { CopyRequest, CopyResult } from './transfer-requests.js';
import { writeImage } from './write-image.js';

/** The tag of what is read, which the copy gets where its destination names none. */
function tagOfSource(from: Reference): string | undefined {
  if (from.transport === 'dir') return undefined;
  if (from.transport === 'docker') return from.digest === undefined ? (from.tag ?? 'latest') : from.tag;
  const tag = from.tag === undefined ? undefined : tagOfName(from.tag);
  return tag !== undefined && isTag(tag) ? tag : undefined;
}

/** All tags of the copy. @throws TbuildError `usage` where the destination can have none */
function tagsOf({ from, to, tags: more = [] }: CopyRequest): readonly string[] {
  const canHave = to.transport !== 'dir' && !(to.transport === 'docker-daemon' && to.name === undefined);
  if (!canHave) {
    if (more.length === 0) return [];
    throw fail('usage', { message: `${JSON.stringify(renderReference(to))} holds one image, which has no tag` });
  }
  const isFixed = to.transport === 'docker' && to.digest !== undefined;
  const first = to.tag ?? (isFixed ? undefined : tagOfSource(from));
  return [...new Set(first === undefined ? more : [first, ...more])];
}

/** The repository that the image comes from: what an archive calls it. */
function nameOf(from: Reference): string | undefined {
  if (from.transport === 'docker') return `${from.registry}/${from.repository}`;
  return from.transport === 'docker-daemon' ? from.name : undefined;
}

/**
 * What is to be copied: everything, or of an index the image of one platform. What is no index is copied as it is, also
 * where it is no image that anything can run, unless it is of another platform than the one that was asked for.
 */
async function pick(source: BlobSource, root: Descriptor, request: CopyRequest, host: Host): Promise<Descriptor> {
  const { from, platform } = request;
  if (platform === 'all' || (platform === undefined && !isIndexType(root.mediaType))) return root;
  const wanted: Platform = platform ?? { os: 'linux', architecture: host.env.architecture };
  const [image] = await findImages(source, root, wanted);
  if (image !== undefined) {
    const { mediaType, digest, size } = image.descriptor;
    return { mediaType, digest, size };
  }
  const there = (await listPlatforms(source, root)).join(', ') || 'none';
  throw fail('image-missing', {
    message: `${JSON.stringify(renderReference(from))} holds no image for ${renderPlatform(wanted)}`,
    hint: `It has: ${there}. Choose one of them with --platform, or copy everything with --all.`,
  });
}

async function copy(host: Host, request: CopyRequest, registries: Registries): Promise<CopyResult> {
  const { from, to } = request;
  const tags = tagsOf(request);
  const source = openImageSource(host, from, { directory: host.env.workingDirectory, registries });
  try {
    const root = await pick(source, await source.resolve(from), request, host);
    const writing = { host, registries, steps: new Steps(request.report) };
    const moved = await writeImage({ root, blobs: source }, { reference: to, tags, name: nameOf(from) }, writing);
    const { digest, mediaType } = root;
    return { from: renderReference(from), to: renderReference(to), tags, digest, mediaType, ...moved };
  } finally {
    source.close();
  }
}

/**
 * Copies an image from any transport to any other, byte for byte: its digest stays.
 * @throws TbuildError `image-missing`, `destination-failed` (also where the destination cannot hold such an image), `usage`
 */
export function copyImage(host: Host, request: CopyRequest): Promise<CopyResult> {
  const work = (store?: ContentStore) =>
    withRegistries(host, request, store, (registries) => copy(host, request, registries));
  // Only uploads leave something behind to go on with.
  return request.to.transport === 'docker' ? withStore(host, request, work) : work();
}
