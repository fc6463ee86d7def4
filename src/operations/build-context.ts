import { resolve } from 'node:path';
import { openSandboxes, type Sandboxes } from '../artifact/index.js';
import type { Host } from '../host/index.js';
import type { FileDigests } from '../inputs/index.js';
import { type LayerThreads, openLayerThreads } from '../layer/index.js';
import type { ImageLock, Pins } from '../lock/index.js';
import { type Network, openNetwork } from '../network/index.js';
import { type ContentStore, cacheDirectoryOf, openContentStore, type Registries } from '../store/index.js';
import type { OtherImages } from './other-images.js';
import type { ManifestFile } from './read-manifest.js';
import { settingsOf, withRegistries } from './registries.js';
import type { BuildRequest, OperationOptions } from './requests.js';
import { Steps } from './steps.js';
import type { TakenContents } from './taken-contents.js';

/** What all images of one run share. */
export interface Workshop {
  readonly host: Host;
  readonly store: ContentStore;
  readonly threads: LayerThreads;
  readonly registries: Registries;
  /** For what comes neither from a registry nor from the docker daemon. */
  readonly network: Network;
  readonly sandboxes: Sandboxes;
  /** A pin that is missing or stale is an error. */
  readonly isFrozen: boolean;
  /** False where what the lock says of trees is to be found out again, from the trees. */
  readonly trustsLock: boolean;
  /** Another cache that has blobs of bases, perhaps. */
  readonly otherCache: ContentStore | undefined;
  readonly steps: Steps;
}

/** What every step of a build has at hand. */
export interface BuildContext extends Workshop {
  readonly file: ManifestFile;
  /** Seconds since the epoch: the one time of the image. */
  readonly created: number;
  readonly digests: FileDigests;
  readonly pins: Pins;
  /** The lock that is there; undefined where there is none. */
  readonly lock: ImageLock | undefined;
  /** Images of other manifests, to put this one on. */
  readonly others: OtherImages;
  /** Only where an image is rebuilt without its repository. */
  readonly taken?: TakenContents;
}

/** What a build shares with another operation that it is a part of. */
export interface Lent {
  readonly registries: Registries;
  readonly otherCache: ContentStore;
}

/** Whatever images it builds. */
export interface WorkshopRequest extends Omit<BuildRequest, 'file'> {
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

function withLentRegistries<T>(
  host: Host,
  request: WorkshopRequest,
  store: ContentStore,
  work: (registries: Registries) => Promise<T>,
): Promise<T> {
  const { lent } = request;
  return lent === undefined ? withRegistries(host, request, store, work) : work(lent.registries);
}

/** Where nobody says, a lock is frozen where programs run by themselves. */
function isFrozen({ frozen, lent }: WorkshopRequest, { env }: Host): boolean {
  if (lent !== undefined) return true;
  return frozen ?? !['0', 'false', undefined].includes(env.variable('CI')?.toLowerCase());
}

/** Does the work with a network for what is no image, and closes it, whatever happens. */
async function withNetwork<T>(
  host: Host,
  request: WorkshopRequest,
  work: (network: Network) => Promise<T>,
): Promise<T> {
  const network = openNetwork(host, settingsOf(host, request, undefined).network);
  try {
    return await work(network);
  } finally {
    await network.close();
  }
}

async function withThreads<T>(
  host: Host,
  codec: BuildRequest['codec'],
  work: (threads: LayerThreads) => Promise<T>,
): Promise<T> {
  const threads = openLayerThreads(host, codec ?? 'fastest');
  try {
    return await work(threads);
  } finally {
    await threads.close();
  }
}

/** Does the work with all that images are built with, and releases it, whatever happens. */
export async function withWorkshop<T>(
  host: Host,
  request: WorkshopRequest,
  work: (workshop: Workshop) => Promise<T>,
): Promise<T> {
  const { lent } = request;
  const known = {
    host,
    isFrozen: isFrozen(request, host),
    trustsLock: lent === undefined,
    otherCache: lent?.otherCache,
    sandboxes: openSandboxes(host),
    steps: new Steps(request.report),
  };
  return withStore(host, request, (store) =>
    withLentRegistries(host, request, store, (registries) =>
      withNetwork(host, request, (network) =>
        withThreads(host, request.codec, (threads) => work({ ...known, store, registries, network, threads })),
      ),
    ),
  );
}
