import { fail, TbuildError } from '../../errors/index.js';
import type { NetworkResponse } from '../../network/index.js';
import { type Descriptor, type Digest, DOCUMENT_LIMIT_BYTES, digestOf, isDigest, MediaTypes } from '../../oci/index.js';
import { bytesOf, lazy } from '../../util/index.js';
import { claimedDigest } from './answers.js';
import type { Endpoint } from './endpoint.js';
import { errorEntries, refusalOf } from './registry-errors.js';
import { checkDigestHeader, NO_HEAD } from './upload-check.js';

/** A manifest or index with the bytes that its digest is of. */
export interface OutgoingDocument {
  readonly target: Descriptor;
  readonly bytes: Uint8Array;
}

/** What a registry lacks; `all` where it does not tell what that is. */
export type Missing = ReadonlySet<Digest> | 'all';

export interface ManifestRequest {
  /** A tag, or the document's digest. */
  readonly name: string;
  /** Begins messages: `Cannot push manifest sha256:… to "docker://ghcr.io/a/b:1"`. */
  readonly task: string;
  /** Sends what the registry lacks. @returns false where that is nothing that could be sent */
  repair(missing: Missing): Promise<boolean>;
}

const ACCEPT = [MediaTypes.index, MediaTypes.manifest, MediaTypes.dockerList, MediaTypes.dockerManifest].join(', ');
/** OCI distribution-spec, "Error Codes"; some registries say that children of an index are unknown manifests. */
const MISSING_CODES = ['MANIFEST_BLOB_UNKNOWN', 'MANIFEST_UNKNOWN', 'BLOB_UNKNOWN'];

function ask(endpoint: Endpoint, method: 'HEAD' | 'GET', { name, task }: Pick<ManifestRequest, 'name' | 'task'>) {
  const headers = { accept: ACCEPT };
  return endpoint.send({ method, path: `manifests/${name}`, headers, access: 'push', repeat: 'safely', task });
}

/**
 * The digest of what a tag or digest names in the registry; undefined where it is not there, or the registry does not
 * tell.
 *
 * @throws TbuildError `server-unavailable`, `server-invalid`, `registry-unauthorised`
 */
export async function digestAt(endpoint: Endpoint, name: string, task: string): Promise<Digest | undefined> {
  const head = await ask(endpoint, 'HEAD', { name, task });
  const claimed = head.status === 200 ? claimedDigest(head, task) : undefined;
  const isUntold = head.status === 200 && claimed === undefined;
  if (!isUntold && !NO_HEAD.includes(head.status)) {
    if (head.status === 429 || head.status >= 500) throw await refusalOf(head, task);
    await head.discard();
    return claimed;
  }
  await head.discard();
  const answer = await ask(endpoint, 'GET', { name, task });
  if (answer.status === 429 || answer.status >= 500) throw await refusalOf(answer, task);
  if (answer.status === 200) return digestOf(await answer.whole(DOCUMENT_LIMIT_BYTES));
  await answer.discard();
  return undefined;
}

/** The same answer, whose body can be read more than once for messages. */
export function rereadable(response: NetworkResponse): NetworkResponse {
  const first = lazy(() => response.excerpt(64 * 1024));
  return {
    status: response.status,
    url: response.url,
    body: response.body,
    header: (name) => response.header(name),
    headers: (name) => response.headers(name),
    hide: (text) => response.hide(text),
    excerpt: first,
    whole: (limitBytes) => response.whole(limitBytes),
    discard: () => response.discard(),
  };
}

/** What the registry says is missing; undefined where that is not what it says. */
export async function missingOf(response: NetworkResponse): Promise<Missing | undefined> {
  if (response.status !== 400 && response.status !== 404) return undefined;
  const entries = (await errorEntries(response)).filter(({ code }) => MISSING_CODES.includes(code));
  if (entries.length === 0) return undefined;
  const texts = entries.map(({ detail, message }) => `${JSON.stringify(detail)} ${message}`);
  const digests = texts.flatMap((text) => text.match(/sha256:[0-9a-f]{64}/g) ?? []).filter(isDigest);
  return digests.length === 0 ? 'all' : new Set(digests);
}

const IMMUTABLE = /immutab|overwrit|already exists|cannot be (?:changed|modified|updated)|protected tag/i;

/** Tags that may not change are refused in many ways, some of which say that access is denied. */
function explained(error: TbuildError, { name, task }: ManifestRequest): TbuildError {
  const { status } = error.details;
  if (isDigest(name) || error.code === 'server-unavailable') return error;
  const isSaid = (status === 400 || status === 403) && IMMUTABLE.test(error.message.slice(task.length));
  if (!isSaid && status !== 409 && status !== 412) return error;
  return fail('registry-refused', {
    message: error.message,
    hint: `The tag ${JSON.stringify(name)} is there already, and this registry does not let it be changed. Push under another tag.`,
    details: error.details,
    cause: error,
  });
}

async function send(
  endpoint: Endpoint,
  document: OutgoingDocument,
  request: ManifestRequest,
): Promise<NetworkResponse> {
  const { target, bytes } = document;
  const { name, task } = request;
  try {
    const response = await endpoint.send({
      method: 'PUT',
      path: `manifests/${name}`,
      headers: { 'content-type': target.mediaType },
      body: { size: bytes.length, open: async () => bytesOf(bytes) },
      access: 'push',
      repeat: 'safely',
      task,
    });
    return rereadable(response);
  } catch (error) {
    throw error instanceof TbuildError ? explained(error, request) : error;
  }
}

/**
 * Puts a manifest or index under a name: OCI distribution-spec, "Pushing manifests". What it needs and the registry lacks
 * is sent again, once.
 *
 * @returns true where the registry keeps track of what the document refers to
 * @throws TbuildError `registry-refused` (also for tags that may not change), and what `Endpoint.send` throws
 */
export async function putManifest(
  endpoint: Endpoint,
  document: OutgoingDocument,
  request: ManifestRequest,
): Promise<boolean> {
  let response = await send(endpoint, document, request);
  const missing = await missingOf(response);
  if (missing !== undefined && (await request.repair(missing))) response = await send(endpoint, document, request);
  if (![200, 201, 202, 204].includes(response.status)) {
    throw explained(await refusalOf(response, request.task), request);
  }
  await response.discard();
  checkDigestHeader(response, document.target.digest, request.task);
  return response.header('oci-subject') !== undefined;
}
