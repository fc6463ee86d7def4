import { TbuildError } from '../../errors/index.js';
import type { NetworkResponse } from '../../network/index.js';
import type { RegistryReference } from '../../oci/index.js';
import type { Content } from '../verified-chunks.js';
import type { Endpoint } from './endpoint.js';
import { checkDigestHeader } from './upload-check.js';
import { begunBy, type UploadSession } from './upload-session.js';

/** True where a blob that is there is in reach of a mount: same registry, another repository. */
export function canMount(endpoint: Endpoint, location: RegistryReference | undefined): location is RegistryReference {
  const { registry, repository } = endpoint.reference;
  return location !== undefined && location.registry === registry && location.repository !== repository;
}

async function askForMount(
  endpoint: Endpoint,
  target: Content,
  request: { readonly from: string; readonly task: string },
): Promise<NetworkResponse | 'denied'> {
  const { from, task } = request;
  try {
    return await endpoint.send({
      method: 'POST',
      path: `blobs/uploads/?mount=${encodeURIComponent(target.digest)}&from=${encodeURIComponent(from)}`,
      headers: { 'content-length': '0' },
      access: 'push',
      mountFrom: from,
      repeat: 'safely',
      task,
    });
  } catch (error) {
    // Who may write here need not be allowed to read there.
    if (error instanceof TbuildError && error.code === 'registry-unauthorised') return 'denied';
    throw error;
  }
}

/**
 * Takes a blob over from another repository of the registry, without its bytes: OCI distribution-spec, "Mounting a
 * blob from another repository".
 *
 * @returns the upload that the registry began instead; undefined where it did neither; `denied` where the other
 * repository may not be read
 * @throws TbuildError `server-invalid`, `server-unavailable`
 */
export async function mountBlob(
  endpoint: Endpoint,
  target: Content,
  request: { readonly from: RegistryReference; readonly task: string },
): Promise<'mounted' | 'denied' | UploadSession | undefined> {
  const { from, task } = request;
  const response = await askForMount(endpoint, target, { from: from.repository, task });
  if (response === 'denied') return response;
  await response.discard();
  if (response.status === 202) return begunBy(response, task);
  if (response.status !== 201) return undefined;
  checkDigestHeader(response, target.digest, task);
  return 'mounted';
}
