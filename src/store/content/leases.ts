import { join } from 'node:path';
import { fail, type TbuildError } from '../../errors/index.js';
import { errnoOf, type Host } from '../../host/index.js';
import { attempt, explained } from '../explained.js';
import type { Owned, Ownership } from '../ownership.js';
import { cacheFailed, leasesOf } from './cache-files.js';

/** A builder only adds and may run beside others; a collector removes and must be alone. */
export type LeaseRole = 'build' | 'collect';

/**
 * A file that says: this process uses the cache. Whoever comes first writes its lease and only then looks for others,
 * so of two that meet at least one sees the other.
 */
export interface Lease {
  /** Shows that its owner is still there, to those who cannot ask. */
  renew(): void;
  /** Live leases of others. */
  others(role?: LeaseRole): readonly Owned[];
  release(): void;
}

const RENEWAL_MS = 60_000;

export function takeLease(host: Host, directory: string, options: { role: LeaseRole; ownership: Ownership }): Lease {
  const { files, clock } = host;
  const { role, ownership } = options;
  const path = join(leasesOf(directory), ownership.nameFor(role));
  const create = (): void => files.createFile(path).close();
  explained(create, cacheFailed(directory));
  let renewedAt = clock.monotonic();
  return {
    renew() {
      if (clock.monotonic() - renewedAt < RENEWAL_MS) return;
      renewedAt = clock.monotonic();
      try {
        files.touch(path);
      } catch (error) {
        // Taken for dead by somebody in another container.
        if (errnoOf(error) === 'ENOENT') explained(create, cacheFailed(directory));
        else if (errnoOf(error) === undefined) throw error;
      }
    },
    others: (wanted) =>
      explained(() => ownership.list(leasesOf(directory)), cacheFailed(directory)).filter(
        (lease) => lease.owner === 'live' && lease.path !== path && (wanted === undefined || lease.role === wanted),
      ),
    release: () => attempt(() => files.remove(path)),
  };
}

export function cacheBusy(directory: string, others: readonly Owned[]): TbuildError {
  const processes = others.map((lease) => String(lease.processId)).sort();
  const list = processes.length === 1 ? `process ${processes[0]}` : `processes ${processes.join(', ')}`;
  return fail('cache-busy', {
    message: `The cache at ${JSON.stringify(directory)} is in use by ${list}`,
    hint: 'Try again when it has ended, or use another cache with XDG_CACHE_HOME.',
    details: { directory, processes },
  });
}
