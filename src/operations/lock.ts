import { fail } from '../errors/index.js';
import type { Host } from '../host/index.js';
import { withBuild } from './build-context.js';
import { withImage } from './build-image.js';
import type { LockRequest, LockResult } from './requests.js';

/**
 * Finds the pins that are missing, and those to be updated, and writes them into the lock; with `frozen`, which here is
 * never the default, only sees whether something is missing. Runs no artifact; nothing is published.
 *
 * @throws TbuildError `usage` where `update` names what is not in the lock; `pin-missing`, `pin-stale` where it is frozen
 */
export async function lockImage(host: Host, request: LockRequest): Promise<LockResult> {
  const { frozen = false, update = [] } = request;
  if (frozen && update.length > 0) {
    throw fail('usage', { message: 'A lock cannot be frozen and updated at the same time' });
  }
  return withBuild(host, { ...request, frozen }, (context) =>
    withImage(context, { run: false }, async ({ pinned }) => pinned),
  );
}
