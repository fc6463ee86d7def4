import { resolve } from 'node:path';
import { type Compressor, openCompressor } from '../codec/index.js';
import { TbuildError } from '../errors/index.js';
import type { Host } from '../host/index.js';
import { type FileDigests, openFileDigests } from '../inputs/index.js';
import { type ImageLock, lockPathOf, openPins, type PinOptions, type Pins } from '../lock/index.js';
import { type Network, openNetwork } from '../network/index.js';
import { type ContentStore, cacheDirectoryOf, openContentStore, type Registries } from '../store/index.js';
import { readLock } from './lock-file.js';
import { type ManifestFile, readManifest } from './read-manifest.js';
import { settingsOf, withRegistries } from './registries.js';
import type { BuildRequest, OperationOptions } from './requests.js';
import { resolveCreated } from './resolve-created.js';
import { Steps } from './steps.js';

/** What every step of a build has at hand. */
export interface BuildContext {
  readonly host: Host;
  readonly file: ManifestFile;
  /** Seconds since the epoch: the one time of the image. */
  readonly created: number;
  readonly store: ContentStore;
  readonly digests: FileDigests;
  readonly compressor: Compressor;
  readonly registries: Registries;
  /** For what comes neither from a registry nor from the docker daemon. */
  readonly network: Network;
  readonly pins: Pins;
  /** The lock that is there; undefined where there is none. */
  readonly lock: ImageLock | undefined;
  /** False where what the lock says of trees is to be found out again, from the trees. */
  readonly trustsLock: boolean;
  /** Another cache that has blobs of bases, perhaps. */
  readonly otherCache: ContentStore | undefined;
  readonly steps: Steps;
}

/** What a build shares with another operation that it is a part of. */
export interface Lent {
  readonly registries: Registries;
  readonly otherCache: ContentStore;
}

interface ContextRequest extends Omit<BuildRequest, 'file'> {
  /** The manifest, or one that is read already. */
  readonly file: string | ManifestFile;
  /** Pins to find anew. */
  readonly update?: PinOptions['update'];
  /** Only of `verify`: everything is found out again, and the lock stays as it is. */
  readonly lent?: Lent;
}

/** The cache that the request names, absolute. */
export function cacheDirectory(host: Host, options: OperationOptions): string {
  const named = options.cacheDirectory;
  return named === undefined ? cacheDirectoryOf(host.env) : resolve(host.env.workingDirectory, named);
}

/** Opens the store of the request, does the work and closes it, whatever happens. */
export async function withStore<T>(
  host: Host,
  options: OperationOptions,
  work: (store: ContentStore) => Promise<T>,
): Promise<T> {
  const store = openContentStore(host, cacheDirectory(host, options));
  try {
    return await work(store);
  } finally {
    store.close();
  }
}

function saveIfPossible(digests: FileDigests): void {
  try {
    digests.save();
  } catch (error) {
    if (!(error instanceof TbuildError)) throw error;
  }
}

function withLentRegistries<T>(
  host: Host,
  request: ContextRequest,
  store: ContentStore,
  work: (registries: Registries) => Promise<T>,
): Promise<T> {
  const { lent } = request;
  return lent === undefined ? withRegistries(host, request, store, work) : work(lent.registries);
}

/** Where nobody says, a lock is frozen where programs run by themselves. */
function isFrozen({ frozen, lent }: ContextRequest, { env }: Host): boolean {
  if (lent !== undefined) return true;
  return frozen ?? !['0', 'false', undefined].includes(env.variable('CI')?.toLowerCase());
}

/** Does the work with a network for what is no image, and closes it, whatever happens. */
async function withNetwork<T>(host: Host, request: ContextRequest, work: (network: Network) => Promise<T>): Promise<T> {
  const network = openNetwork(host, settingsOf(host, request, undefined).network);
  try {
    return await work(network);
  } finally {
    await network.close();
  }
}

/** Does the work with all that a build needs, and releases it, whatever happens. */
export async function withBuild<T>(
  host: Host,
  request: ContextRequest,
  work: (context: BuildContext) => Promise<T>,
): Promise<T> {
  const file = typeof request.file === 'string' ? readManifest(host, request.file) : request.file;
  const { lent, update = 'none' } = request;
  const lock = readLock(host, file.manifest.file);
  const pins = openPins({ lock, file: lockPathOf(file.manifest.file), isFrozen: isFrozen(request, host), update });
  const created = await resolveCreated(host, file.directory, file.manifest.created);
  const steps = new Steps(request.report);
  const known = {
    host,
    file,
    created,
    lock,
    pins,
    trustsLock: lent === undefined,
    otherCache: lent?.otherCache,
    steps,
  };
  return withStore(host, request, (store) =>
    withLentRegistries(host, request, store, (registries) =>
      withNetwork(host, request, (network) =>
        withMemory({ ...known, store, registries, network }, request.codec, work),
      ),
    ),
  );
}

async function withMemory<T>(
  known: Omit<BuildContext, 'digests' | 'compressor'>,
  codec: BuildRequest['codec'],
  work: (context: BuildContext) => Promise<T>,
): Promise<T> {
  const { host, store, file } = known;
  const compressor = openCompressor(host.workers, codec ?? 'fastest');
  const digests = openFileDigests(host, store.records, file.realPath);
  try {
    const result = await work({ ...known, digests, compressor });
    digests.save();
    return result;
  } catch (error) {
    // What was learned so far is worth keeping, but the failure to tell is the one that was there first.
    saveIfPossible(digests);
    throw error;
  } finally {
    await compressor.close();
  }
}
