import { fail } from '../errors/index.js';
import type { Host } from '../host/index.js';
import type { LockRequest, LockResult } from './requests.js';
import { withBuild } from './with-build.js';

/**
 * Finds the pins that are missing, and those to be updated, and writes them into the lock; where it is frozen, which an
 * update never is by itself, only sees whether something is missing. Runs no artifact; nothing is published.
 *
 * @throws TbuildError `usage` where `update` names what is not in the lock; `pin-missing`, `pin-stale` where it is frozen
 */
export async function lockImage(host: Host, request: LockRequest): Promise<LockResult> {
  const { frozen, update = [] } = request;
  const isUpdate = update.length > 0;
  if (frozen === true && isUpdate) {
    throw fail('usage', { message: 'A lock cannot be frozen and updated at the same time' });
  }
  const unfrozen = isUpdate ? { ...request, frozen: false } : request;
  return withBuild(host, { ...unfrozen, run: false }, async ({ context, graph }) => {
    const { built } = await graph.build(context.file);
    return built.pinned;
  });
}
