import type { Host } from '../../host/index.js';
import type { SyncList } from '../../manifest/index.js';
import { renderPlatform, renderReference } from '../../oci/index.js';
import { type ContentStore, openImageSource } from '../../store/index.js';
import { withStore } from '../build-context.js';
import { withRegistries } from '../registries.js';
import { Steps } from '../steps.js';
import type { SyncedImage, SyncRequest, SyncResult } from '../transfer-requests.js';
import { type Writing, writeImage } from '../write-image.js';
import { doneOf, failuresOf, tryEach } from './attempts.js';
import { aboutCandidate, checkDestinations, listCandidates } from './candidates.js';
import { type Comparison, compareImage } from './compare-images.js';
import { readSyncList } from './read-sync-list.js';

const PARALLEL = 4;

/** Copies one image where it is not there already. */
async function write({ candidate, root, change }: Comparison, writing: Writing): Promise<number> {
  if (change === 'same') return 0;
  const { host, registries } = writing;
  const { from, to } = candidate;
  host.interruption.throwIfAborted();
  const source = openImageSource(host, from, { directory: host.env.workingDirectory, registries });
  try {
    const tags = 'tag' in to && to.tag !== undefined ? [to.tag] : [];
    const destination = { reference: to, tags, name: undefined };
    const { bytesWritten } = await writeImage({ root, blobs: source }, destination, writing);
    return bytesWritten;
  } finally {
    source.close();
  }
}

function resultOf({ candidate, root, change, existing }: Comparison, bytesWritten: number): SyncedImage {
  const { entry, from, to } = candidate;
  return {
    from: renderReference(from),
    to: renderReference(to),
    digest: root.digest,
    change,
    ...(change === 'moved' && existing !== undefined ? { previous: existing } : {}),
    ...(entry.platform === undefined ? {} : { platform: renderPlatform(entry.platform) }),
    bytesWritten,
  };
}

async function sync(list: SyncList, dryRun: boolean, writing: Writing): Promise<SyncResult> {
  const candidates = await listCandidates(list, writing);
  checkDestinations(candidates, list.file);
  const comparisons = await writing.steps.run('compare with what is there', () =>
    tryEach(candidates, {
      parallel: PARALLEL,
      about: aboutCandidate,
      run: (candidate) => compareImage(candidate, writing),
    }),
  );
  // One after the other: each copies several blobs at the same time.
  const written = await tryEach(comparisons, {
    parallel: 1,
    about: ({ candidate }) => aboutCandidate(candidate),
    run: async (comparison) => resultOf(comparison, dryRun ? 0 : await write(comparison, writing)),
  });
  return { dryRun, images: doneOf(written), failures: failuresOf(written) };
}

/** @throws TbuildError what is wrong with the list; failures of single images are in the result */
export function runSync(host: Host, request: SyncRequest): Promise<SyncResult> {
  const list = readSyncList(host, request);
  const { dryRun = false } = request;
  const work = (store?: ContentStore) =>
    withRegistries(host, request, store, (registries) =>
      sync(list, dryRun, { host, registries, steps: new Steps(request.report) }),
    );
  // Only uploads leave something behind to go on with.
  return list.target.kind === 'registry' && !dryRun ? withStore(host, request, work) : work();
}
