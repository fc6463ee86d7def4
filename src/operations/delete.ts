import { fail, TbuildError } from '../errors/index.js';
import type { Host } from '../host/index.js';
import { type Descriptor, type Digest, isDigest, type RegistryReference, renderReference } from '../oci/index.js';
import type { Repository } from '../store/index.js';
import { compareUtf8, decodeUtf8, inParallel } from '../util/index.js';
import { withRegistries } from './registries.js';
import type { DeleteRequest, DeleteResult } from './transfer-requests.js';

/** Looking through more tags than that would take minutes, and many requests of a registry that counts them. */
const TAGS_MAX = 1000;
const PARALLEL = 8;
const SHOWN_TAGS = 10;
/** What registries answer that do not delete by tag. OCI distribution-spec, "Deleting tags". */
const NOT_BY_TAG = [400, 405, 501];

interface Target {
  readonly reference: RegistryReference;
  readonly repository: Repository;
  readonly root: Descriptor;
}

/** @returns false where the registry deletes nothing by tag */
async function deleteTag({ repository, root }: Target, tag: string): Promise<boolean> {
  try {
    await repository.deleteManifest(tag);
    return true;
  } catch (error) {
    if (!(error instanceof TbuildError)) throw error;
    const isRefused = error.code === 'registry-refused' && NOT_BY_TAG.includes(Number(error.details.status));
    // Registries that look for a manifest with the digest "" find none.
    const isThere = error.code === 'image-missing' && (await repository.find(tag))?.digest === root.digest;
    if (isRefused || isThere) return false;
    throw error;
  }
}

/** The other tags that name the image. @throws TbuildError `registry-refused` where there are too many to look at */
async function tagsNaming({ reference, repository, root }: Target): Promise<readonly string[]> {
  const tags = (await repository.tags()).filter((tag) => tag !== reference.tag);
  if (tags.length > TAGS_MAX) {
    throw fail('registry-refused', {
      message: `Cannot delete ${shown(reference)}: the registry deletes only the image with all its tags, and there are ${tags.length} tags, too many to see which`,
      hint: `To delete it whatever names it: --with-other-tags.`,
    });
  }
  const same: string[] = [];
  await inParallel(tags, PARALLEL, async (tag) => {
    if ((await repository.find(tag))?.digest === root.digest) same.push(tag);
  });
  return same.sort(compareUtf8);
}

const shown = (reference: RegistryReference): string => JSON.stringify(renderReference(reference));

function refuse(reference: RegistryReference, { digest }: Descriptor, others: readonly string[]): TbuildError {
  const more = others.length > SHOWN_TAGS ? `, and ${others.length - SHOWN_TAGS} more` : '';
  const names = others.slice(0, SHOWN_TAGS).map((tag) => JSON.stringify(tag));
  const why =
    reference.digest === undefined
      ? 'the registry does not delete tags, and the image would go with its other tags'
      : 'the image would go with its tags';
  return fail('registry-refused', {
    message: `Cannot delete ${shown(reference)}: ${why}: ${names.join(', ')}${more}`,
    hint: 'To delete the image and all of these: --with-other-tags.',
    details: { digest, tags: others },
  });
}

/** What the manifest refers to, and so is listed at. OCI image-spec, `subject`. */
async function subjectOf({ repository, root }: Target): Promise<Digest | undefined> {
  const { bytes } = await repository.readDocument(root);
  try {
    const { subject } = JSON.parse(decodeUtf8(bytes) ?? '') as { readonly subject?: { readonly digest?: unknown } };
    return isDigest(subject?.digest) ? subject.digest : undefined;
  } catch {
    return undefined;
  }
}

/** Deletes the manifest, and takes it out of the list of what refers to another, where that is kept by clients. */
async function deleteImageOf(target: Target): Promise<void> {
  const { repository, root } = target;
  const subject = await subjectOf(target);
  await repository.deleteManifest(root.digest);
  if (subject !== undefined) await repository.removeReferrer(subject, root.digest);
}

async function remove(target: Target, { withOtherTags = false }: DeleteRequest): Promise<DeleteResult> {
  const { reference, root } = target;
  const own = reference.tag === undefined ? [] : [reference.tag];
  const facts = { reference: renderReference(reference), digest: root.digest };
  if (reference.digest === undefined && (await deleteTag(target, reference.tag!))) {
    return { ...facts, deleted: 'tag', tags: own };
  }
  const others = await tagsNaming(target).catch((error: unknown) => {
    // They only were to be named.
    if (withOtherTags && error instanceof TbuildError && error.code !== 'interrupted') return [];
    throw error;
  });
  if (others.length > 0 && !withOtherTags) throw refuse(reference, root, others);
  await deleteImageOf(target);
  return { ...facts, deleted: 'image', tags: [...own, ...others] };
}

/**
 * Deletes a tag, or where the registry knows only images, the image that it names, unless other tags name it too. By
 * digest it is always the image.
 *
 * @throws TbuildError `usage`, `image-missing`, `registry-refused` (also where other tags would go, which it names)
 */
export async function deleteImage(host: Host, request: DeleteRequest): Promise<DeleteResult> {
  const { reference } = request;
  const name = reference.digest ?? reference.tag;
  if (name === undefined) {
    throw fail('usage', {
      message: `${shown(reference)} names a repository, not an image`,
      hint: 'Add what to delete: a tag after a colon, or "@" and a digest.',
    });
  }
  return withRegistries(host, request, undefined, async (registries) => {
    const repository = registries.repository(reference);
    const root = await repository.resolve(name);
    return remove({ reference, repository, root }, request);
  });
}
