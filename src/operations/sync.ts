import type { Host } from '../host/index.js';
import type { SyncRequest, SyncResult } from './transfer-requests.js';

/**
 * Copies the images of a list to one place, those that are not there already, byte for byte. One that cannot be copied
 * stops no other.
 *
 * @throws TbuildError what is wrong with the list; failures of single images are in the result
 */
export async function syncImages(host: Host, request: SyncRequest): Promise<SyncResult> {
  const { runSync } = await import('./sync/run-sync.js');
  return runSync(host, request);
}
