import { fail, TbuildError } from '../../errors/index.js';
import {
  type BlobSource,
  type Descriptor,
  type Digest,
  type RegistryReference,
  renderPlatform,
  renderReference,
} from '../../oci/index.js';
import { type ImageSource, openImageSource, type Registries } from '../../store/index.js';
import { findImages, listPlatforms } from '../select-image.js';
import type { SyncedImage } from '../transfer-requests.js';
import type { Writing } from '../write-image.js';
import type { Candidate } from './candidates.js';

/** An image, and what is in its place now. */
export interface Comparison {
  readonly candidate: Candidate;
  /** What goes to the destination. */
  readonly root: Descriptor;
  readonly change: SyncedImage['change'];
  /** What is there, if anything. */
  readonly existing: Digest | undefined;
}

/** @throws TbuildError `tag-moved` */
function checkPin({ exact, from }: Candidate, { digest: found }: Descriptor): void {
  const expected = exact?.digest;
  if (expected === undefined || expected === found) return;
  throw fail('tag-moved', {
    message: `${renderReference(from)} names ${found}, and the list says ${expected}`,
    hint: 'Look at what changed, and write the new digest.',
    at: exact!.at,
    details: { expected, found },
  });
}

/** Everything, or the image of the one platform that the entry names. @throws TbuildError `image-missing` */
async function pick({ entry, from }: Candidate, source: BlobSource, root: Descriptor): Promise<Descriptor> {
  const { platform } = entry;
  if (platform === undefined) return root;
  const [image] = await findImages(source, root, platform);
  if (image !== undefined) {
    const { mediaType, digest, size } = image.descriptor;
    return { mediaType, digest, size };
  }
  const there = (await listPlatforms(source, root)).join(', ');
  throw fail('image-missing', {
    message: `${renderReference(from)} holds no image for ${renderPlatform(platform)}`,
    hint: there === '' ? undefined : `It has: ${there}.`,
  });
}

/** What a registry has under a tag; undefined also where reading is denied: some answer so for a repository that is yet to come. */
async function existingIn(to: RegistryReference, registries: Registries): Promise<Digest | undefined> {
  try {
    return (await registries.repository(to).find(to.tag!))?.digest;
  } catch (error) {
    if (error instanceof TbuildError && error.code === 'registry-unauthorised') return undefined;
    throw error;
  }
}

/** What is in the place of the image; undefined also for what cannot be read, since writing decides whether that may go. */
async function existingAt({ to }: Candidate, { host, registries }: Writing): Promise<Digest | undefined> {
  if (to.transport === 'docker') return existingIn(to, registries);
  let source: ImageSource | undefined;
  try {
    source = openImageSource(host, to, { directory: host.env.workingDirectory, registries });
    return (await source.resolve(to)).digest;
  } catch (error) {
    if (error instanceof TbuildError && ['image-missing', 'image-invalid'].includes(error.code)) return undefined;
    throw error;
  } finally {
    source?.close();
  }
}

function changeOf(wanted: Digest, existing: Digest | undefined): SyncedImage['change'] {
  if (existing === undefined) return 'new';
  return existing === wanted ? 'same' : 'moved';
}

/**
 * Finds out what a candidate is, and whether its destination has it. Reads no layer.
 * @throws TbuildError `image-missing`, `tag-moved`, and what registries report
 */
export async function compareImage(candidate: Candidate, writing: Writing): Promise<Comparison> {
  const { host, registries } = writing;
  const source = openImageSource(host, candidate.from, { directory: host.env.workingDirectory, registries });
  try {
    const named = await source.resolve(candidate.from);
    checkPin(candidate, named);
    const root = await pick(candidate, source, named);
    const existing = await existingAt(candidate, writing);
    return { candidate, root, existing, change: changeOf(root.digest, existing) };
  } finally {
    source.close();
  }
}
