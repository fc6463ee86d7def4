import { fail, TbuildError } from '../../errors/index.js';
import {
  type Descriptor,
  type Digest,
  DOCUMENT_LIMIT_BYTES,
  hexOf,
  type ImageIndex,
  isDigest,
  MediaTypes,
  parseLayoutIndex,
  parseManifestDocument,
} from '../../oci/index.js';
import { bytesOf } from '../../util/index.js';
import { mediaTypeOf } from './answers.js';
import type { Endpoint } from './endpoint.js';
import { missingOf, type OutgoingDocument, rereadable } from './push-manifest.js';
import { refusalOf } from './registry-errors.js';

/** What refers to a manifest. OCI image-spec, "Content Descriptors". */
export interface Referrer extends Descriptor {
  readonly artifactType?: string;
}

/** Members that the types of images do not have. */
interface Linking {
  readonly subject?: { readonly digest?: unknown } | null;
  readonly artifactType?: unknown;
  readonly annotations?: Descriptor['annotations'];
}

/** What a document with a subject says of itself. */
export interface Link {
  readonly subject: Digest;
  readonly referrer: Referrer;
}

/** Others may write the tag at the same time. */
const TRIES_MAX = 5;

/** The tag that stands for the API where that is lacking: OCI distribution-spec, "Referrers Tag Schema". */
export function referrersTag(subject: Digest): string {
  return `sha256-${hexOf(subject)}`;
}

/**
 * What a manifest or index refers to, and how the list of that has it: OCI distribution-spec, "Pushing manifests with
 * subject". Undefined where it refers to nothing.
 */
export function linkOf({ target, bytes }: OutgoingDocument): Link | undefined {
  const parsed = parseManifestDocument(bytes, target);
  const document: Linking = parsed.kind === 'index' ? parsed.index : parsed.manifest;
  const subject = document.subject?.digest;
  if (!isDigest(subject)) return undefined;
  const { mediaType, digest, size } = target;
  const ofConfig = parsed.kind === 'index' ? undefined : parsed.manifest.config.mediaType;
  // "If the artifactType is empty or missing": distribution-spec, "Listing Referrers".
  const artifactType = document.artifactType || ofConfig;
  const { annotations } = document;
  return {
    subject,
    referrer: {
      mediaType,
      digest,
      size,
      ...(typeof artifactType === 'string' && { artifactType }),
      ...(annotations && { annotations }),
    },
  };
}

interface TagState {
  readonly index: ImageIndex;
  readonly etag: string | undefined;
}

const NO_REFERRERS: ImageIndex = { schemaVersion: 2, mediaType: MediaTypes.index, manifests: [] };

/** True where the registry answers for itself what refers to a manifest. @throws TbuildError */
async function hasReferrersApi(endpoint: Endpoint, subject: Digest, task: string): Promise<boolean> {
  const response = await endpoint.send({
    method: 'GET',
    path: `referrers/${subject}`,
    headers: { accept: MediaTypes.index },
    access: 'push',
    repeat: 'safely',
    task,
  });
  if (response.status === 429 || response.status >= 500) throw await refusalOf(response, task);
  await response.discard();
  // Registries that do not know the address may answer anything, also with a page for browsers.
  return response.status === 200 && mediaTypeOf(response) === MediaTypes.index;
}

function parseIndex(bytes: Uint8Array, tag: string, task: string): ImageIndex {
  try {
    return parseLayoutIndex(bytes, `The index of the tag ${JSON.stringify(tag)}`);
  } catch (error) {
    if (!(error instanceof TbuildError)) throw error;
    throw fail('server-invalid', {
      message: `${task}: ${error.message}`,
      hint: 'Tags of this form list what refers to an image. Remove the tag if it is for something else.',
      cause: error,
    });
  }
}

async function readTag(endpoint: Endpoint, tag: string, task: string): Promise<TagState> {
  const response = await endpoint.send({
    method: 'GET',
    path: `manifests/${tag}`,
    headers: { accept: MediaTypes.index },
    access: 'push',
    repeat: 'safely',
    task,
  });
  if (response.status === 404) {
    await response.discard();
    return { index: NO_REFERRERS, etag: undefined };
  }
  if (response.status !== 200) throw await refusalOf(response, task);
  const bytes = await response.whole(DOCUMENT_LIMIT_BYTES);
  return { index: parseIndex(bytes, tag, task), etag: response.header('etag') };
}

/** `stale`: another wrote the tag in between. A set: what of the list is not in the registry. */
type Outcome = 'written' | 'stale' | ReadonlySet<Digest>;

async function writeTag(
  endpoint: Endpoint,
  tag: string,
  state: TagState & { readonly task: string },
): Promise<Outcome> {
  const { index, etag, task } = state;
  const bytes = Buffer.from(JSON.stringify(index));
  // What nobody could read again is not written: it would be too long.
  parseLayoutIndex(bytes, `The index of the tag ${JSON.stringify(tag)}`);
  const answer = await endpoint.send({
    method: 'PUT',
    path: `manifests/${tag}`,
    headers: { 'content-type': MediaTypes.index, ...(etag === undefined ? {} : { 'if-match': etag }) },
    body: { size: bytes.length, open: async () => bytesOf(bytes) },
    access: 'push',
    repeat: 'safely',
    task,
  });
  const response = rereadable(answer);
  const isStale = response.status === 412 && etag !== undefined;
  if (isStale || [200, 201, 202, 204].includes(response.status)) {
    await response.discard();
    return isStale ? 'stale' : 'written';
  }
  const missing = await missingOf(response);
  if (missing === undefined || missing === 'all') throw await refusalOf(response, task);
  return missing;
}

interface Edit {
  readonly subject: Digest;
  /** Undefined where there is nothing to do. */
  readonly change: (manifests: readonly Referrer[]) => readonly Referrer[] | undefined;
}

async function editTag(endpoint: Endpoint, { subject, change }: Edit, task: string): Promise<void> {
  const tag = referrersTag(subject);
  // Some registries take no index with what they do not have, and who deletes a manifest may have left it in the list.
  const gone = new Set<Digest>();
  for (let tries = 1; tries <= TRIES_MAX; tries++) {
    const { index, etag } = await readTag(endpoint, tag, task);
    const manifests = change(index.manifests)?.filter(({ digest }) => !gone.has(digest));
    if (manifests === undefined) return;
    const outcome = await writeTag(endpoint, tag, { index: { ...index, manifests }, etag, task });
    if (outcome === 'written') return;
    if (outcome !== 'stale') for (const digest of outcome) gone.add(digest);
  }
  throw fail('server-unavailable', {
    message: `${task}: the tag ${JSON.stringify(tag)}, which lists what refers to ${subject}, could not be written in ${TRIES_MAX} tries`,
  });
}

const taskFor = (endpoint: Endpoint, subject: Digest): string =>
  `Cannot write what refers to ${subject} in "${endpoint.reference.registry}/${endpoint.reference.repository}"`;

/**
 * Sees to it that what refers to a manifest can be found from there, after it was pushed to a registry that did not say
 * that it does so itself: OCI distribution-spec, "Pushing manifests with subject".
 *
 * @throws TbuildError `server-invalid` where the tag for it is something else; what `Endpoint.send` throws
 */
export async function addReferrer(endpoint: Endpoint, subject: Digest, referrer: Referrer): Promise<void> {
  const task = taskFor(endpoint, subject);
  if (await hasReferrersApi(endpoint, subject, task)) return;
  const change: Edit['change'] = (manifests) =>
    manifests.some(({ digest }) => digest === referrer.digest) ? undefined : [...manifests, referrer];
  await editTag(endpoint, { subject, change }, task);
}

/** Takes a manifest that is deleted out of the list, where the list is a tag. @throws as `addReferrer` */
export async function removeReferrer(endpoint: Endpoint, subject: Digest, digest: Digest): Promise<void> {
  const task = taskFor(endpoint, subject);
  if (await hasReferrersApi(endpoint, subject, task)) return;
  const change: Edit['change'] = (manifests) => {
    const left = manifests.filter((item) => item.digest !== digest);
    return left.length === manifests.length ? undefined : left;
  };
  await editTag(endpoint, { subject, change }, task);
}
