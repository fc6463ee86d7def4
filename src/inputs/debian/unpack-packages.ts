import type { SourceSpan } from '../../errors/index.js';
import type { WorkerPool } from '../../host/index.js';
import type { PackagePin } from '../../lock/index.js';
import { inParallel, lazy } from '../../util/index.js';
import { contentsKey, type TreeArchive, unpackArchive } from '../archive-tree.js';
import type { UnpackedArchive } from '../archives/unpack-members.js';
import type { ContentContext } from '../input-context.js';
import { labelOf } from './debian-package.js';
import { placed } from './placed.js';
import { type PackageWork, unpackPackageTask } from './unpack-package.js';

type UnpackContext = Pick<ContentContext, 'host' | 'store' | 'step'>;
type Unpack = (work: PackageWork) => UnpackedArchive | Promise<UnpackedArchive>;

/** @param unpack by default in this thread */
export function packageArchive(
  pin: PackagePin,
  { host, store }: UnpackContext,
  { at, unpack = unpackPackageTask(host).run }: { readonly at: SourceSpan; readonly unpack?: Unpack },
): TreeArchive {
  const label = labelOf(pin);
  return {
    key: `Debian package, 1: ${pin.digest}`,
    origin: { kind: 'debian', label, at },
    at,
    async unpack(into, tick) {
      const found = await unpack({ pin, source: store.directoryOf(pin), directory: store.directory, into, label });
      tick(found.size);
      return found;
    },
  };
}

/** The result of a thread, unless the run is interrupted before: threads do not hear of that, they are ended. */
async function runIn(
  pool: WorkerPool<PackageWork, UnpackedArchive>,
  work: PackageWork,
  { signal, end }: { readonly signal: AbortSignal; end(): Promise<void> },
): Promise<UnpackedArchive> {
  let stop = (): void => undefined;
  const interrupted = new Promise<never>((_, reject) => {
    stop = () => void end().then(() => reject(signal.reason));
    signal.addEventListener('abort', stop);
  });
  try {
    signal.throwIfAborted();
    return await Promise.race([pool.run(work, []), interrupted]);
  } catch (error) {
    if (signal.aborted) await end();
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/**
 * Unpacks the packages whose contents are not known yet, one in each thread at a time, the largest first. Their files are
 * in the store.
 *
 * @param at the content in image.yaml
 * @throws TbuildError as `readArchiveTree`, `deb-invalid`
 */
export async function unpackPackages(
  pins: readonly PackagePin[],
  context: UnpackContext,
  at: SourceSpan,
): Promise<void> {
  const { host, store } = context;
  const isKnown = (pin: PackagePin): boolean =>
    store.records.has('contents', contentsKey(packageArchive(pin, context, { at })));
  const byDigest = new Map(pins.filter((pin) => !isKnown(pin)).map((pin) => [pin.digest, pin]));
  const missing = [...byDigest.values()].sort((a, b) => b.size - a.size);
  if (missing.length === 0) return;
  const pool = host.workers.open(unpackPackageTask(host));
  const end = lazy(() => pool.close());
  const unpack: Unpack = (work) => runIn(pool, work, { signal: host.interruption, end });
  try {
    await inParallel(missing, pool.size, async (pin) => {
      try {
        await unpackArchive(packageArchive(pin, context, { at, unpack }), context);
      } catch (error) {
        throw placed(error, at);
      }
    });
  } finally {
    await end();
  }
}
