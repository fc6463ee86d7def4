import { resolve } from 'node:path';
import { type Compressor, openCompressor } from '../codec/index.js';
import { TbuildError } from '../errors/index.js';
import type { Host } from '../host/index.js';
import { type FileDigests, openFileDigests } from '../inputs/index.js';
import { type ContentStore, cacheDirectoryOf, openContentStore, type Registries } from '../store/index.js';
import { type ManifestFile, readManifest } from './read-manifest.js';
import { withRegistries } from './registries.js';
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

/** Does the work with all that a build needs, and releases it, whatever happens. */
export async function withBuild<T>(
  host: Host,
  request: ContextRequest,
  work: (context: BuildContext) => Promise<T>,
): Promise<T> {
  const file = typeof request.file === 'string' ? readManifest(host, request.file) : request.file;
  const created = await resolveCreated(host, file.directory, file.manifest.created);
  const steps = new Steps(request.report);
  const otherCache = request.lent?.otherCache;
  return withStore(host, request, (store) =>
    withLentRegistries(host, request, store, async (registries) => {
      const compressor = openCompressor(host.workers, request.codec ?? 'fastest');
      const digests = openFileDigests(host, store.records, file.realPath);
      try {
        const parts = { store, digests, compressor, registries, otherCache, steps };
        const result = await work({ host, file, created, ...parts });
        digests.save();
        return result;
      } catch (error) {
        // What was learned so far is worth keeping, but the failure to tell is the one that was there first.
        saveIfPossible(digests);
        throw error;
      } finally {
        await compressor.close();
      }
    }),
  );
}
