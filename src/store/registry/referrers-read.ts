import { fail, TbuildError } from '../../errors/index.js';
import type { NetworkResponse } from '../../network/index.js';
import { type Digest, isDigest, MediaTypes, parseLayoutIndex } from '../../oci/index.js';
import { shownReference } from '../image-errors.js';
import { mediaTypeOf } from './answers.js';
import type { Endpoint } from './endpoint.js';
import { pagesOf } from './pages.js';
import { type Referrer, referrersTag } from './referrers-write.js';
import { refusalOf, serverInvalid } from './registry-errors.js';

/** What registries answer that do not know the API; others show a page for browsers. */
const NO_API = [404, 405, 501];

const isNoApi = (answer: NetworkResponse): boolean =>
  NO_API.includes(answer.status) || /\bhtml\b/.test(answer.header('content-type') ?? '');

/** The index that a registry, or a client for it, made of what refers to a manifest. @throws TbuildError `server-invalid` */
function parseReferrers(bytes: Uint8Array, type: string | undefined, task: string): readonly Referrer[] {
  if (type !== undefined && type !== MediaTypes.index) {
    throw serverInvalid(task, `the registry answered with ${JSON.stringify(type)} instead of an index`);
  }
  try {
    return parseLayoutIndex(bytes, 'The list').manifests;
  } catch (error) {
    if (!(error instanceof TbuildError) || error.code !== 'image-invalid') throw error;
    throw fail('server-invalid', { message: `${task}: ${error.message}`, cause: error });
  }
}

interface Listing {
  readonly endpoint: Endpoint;
  readonly task: string;
}

/** Undefined where there is nothing. */
async function readList({ endpoint, task }: Listing, path: string): Promise<readonly Referrer[] | undefined> {
  const all: Referrer[] = [];
  for await (const { answer, bytes } of pagesOf(endpoint, { path, accept: MediaTypes.index, task })) {
    if (isNoApi(answer)) {
      await answer.discard();
      return undefined;
    }
    if (answer.status !== 200) throw await refusalOf(answer, task);
    all.push(...parseReferrers(bytes, mediaTypeOf(answer), task));
  }
  return all;
}

/**
 * What refers to a manifest: OCI distribution-spec, "Listing Referrers", and where the registry does not know that,
 * the tag of the same section. Each once, and filtered whatever the registry did.
 *
 * @throws TbuildError `server-invalid`
 */
export async function readReferrers(
  endpoint: Endpoint,
  subject: Digest,
  artifactType?: string,
): Promise<readonly Referrer[]> {
  if (!isDigest(subject)) throw fail('digest-invalid', { message: `${JSON.stringify(subject)} is not a digest` });
  const { registry, repository } = endpoint.reference;
  const shown = shownReference({ transport: 'docker', registry, repository, digest: subject });
  const listing: Listing = { endpoint, task: `Cannot list what refers to ${shown}` };
  const filter = artifactType === undefined ? '' : `?${new URLSearchParams({ artifactType })}`;
  const found =
    (await readList(listing, `referrers/${subject}${filter}`)) ??
    (await readList(listing, `manifests/${referrersTag(subject)}`)) ??
    [];
  const each = new Map(found.map((item) => [item.digest, item]));
  return [...each.values()].filter((item) => artifactType === undefined || item.artifactType === artifactType);
}
