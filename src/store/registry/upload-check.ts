import type { NetworkResponse } from '../../network/index.js';
import type { Digest } from '../../oci/index.js';
import type { Content } from '../verified-chunks.js';
import { claimedDigest, lengthOf } from './answers.js';
import type { ApiRequest, Endpoint } from './endpoint.js';
import { refusalOf, serverInvalid } from './registry-errors.js';

const REDIRECTS = [301, 302, 303, 307, 308];

/** What servers answer that do not know HEAD. */
export const NO_HEAD = [405, 501];

function ask(endpoint: Endpoint, target: Content, request: Pick<ApiRequest, 'method' | 'headers' | 'task'>) {
  const path = `blobs/${target.digest}`;
  return endpoint.send({ ...request, path, access: 'push', repeat: 'safely', redirects: 'return' });
}

/**
 * True where the repository has the blob. What a registry does not want to tell counts as no: it says more when the
 * blob is sent.
 *
 * @throws TbuildError `server-unavailable`, `registry-unauthorised`
 */
export async function isUploaded(endpoint: Endpoint, target: Content, task: string): Promise<boolean> {
  let response = await ask(endpoint, target, { method: 'HEAD', task });
  if (NO_HEAD.includes(response.status)) {
    await response.discard();
    response = await ask(endpoint, target, { method: 'GET', headers: { range: 'bytes=0-0' }, task });
  }
  const { status } = response;
  if (status === 429 || status >= 500) throw await refusalOf(response, task);
  await response.discard();
  // Whoever knows where to get it has it; if not, the manifest is refused, and the blob sent then.
  if (status === 206 || REDIRECTS.includes(status)) return true;
  // Where a page of whatever is answered for every address, its length is another.
  const length = lengthOf(response);
  return status === 200 && (length === undefined || length === target.size);
}

/** @throws TbuildError `server-invalid` where the answer says that what was sent got another digest */
export function checkDigestHeader(response: NetworkResponse, digest: Digest, task: string): void {
  const found = claimedDigest(response, task);
  if (found !== undefined && found !== digest)
    throw serverInvalid(task, `the registry says that its digest is ${found}`);
}
