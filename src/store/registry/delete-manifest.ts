import { fail } from '../../errors/index.js';
import { isDigest } from '../../oci/index.js';
import { shownReference } from '../image-errors.js';
import type { Endpoint } from './endpoint.js';
import { manifestPath } from './manifests.js';
import { refusalOf } from './registry-errors.js';

const DELETED = [200, 202, 204];
/** What registries answer that do not delete at all, or not by tag. */
const NOT_ALLOWED = [400, 405, 501];

/**
 * OCI distribution-spec, "Content Management". By digest the manifest goes, with every tag; by tag just that, where
 * the registry knows how.
 * @param name a tag or digest
 * @throws TbuildError `image-missing`, `registry-refused`
 */
export async function deleteManifest(endpoint: Endpoint, name: string): Promise<void> {
  const { registry, repository } = endpoint.reference;
  const named = isDigest(name) ? { digest: name } : { tag: name };
  const shown = shownReference({ transport: 'docker', registry, repository, ...named });
  const task = `Cannot delete ${shown}`;
  const path = manifestPath(name);
  const answer = await endpoint.send({ method: 'DELETE', path, access: 'delete', repeat: 'safely', task });
  if (DELETED.includes(answer.status)) return answer.discard();
  if (answer.status === 404) {
    await answer.discard();
    throw fail('image-missing', { message: `There is no ${shown}` });
  }
  const isAllowed = !NOT_ALLOWED.includes(answer.status);
  const hint = isDigest(name) ? 'The registry does not allow deleting.' : 'The registry does not delete by tag.';
  const refusal = await refusalOf(answer, task, { hint: isAllowed ? undefined : hint });
  if (isAllowed) throw refusal;
  throw fail('registry-refused', { message: refusal.message, hint, details: refusal.details });
}
