import { join } from 'node:path';
import type { Host } from '../../host/index.js';
import type { Descriptor, Digest, Reference } from '../../oci/index.js';
import { checkDestination, type DestinationDirectory, makeDestination } from '../destination-directory.js';
import { withDirectoryLock } from '../directory-lock.js';
import { attempt, explained } from '../explained.js';
import { destinationFailed, writeFailed } from '../image-errors.js';
import type { ImageSink } from '../image-transport.js';
import { encodeJson, LayoutFiles, layoutBlob, MARKER_TEXT } from '../layout-files.js';
import { oneAtATime } from '../one-at-a-time.js';
import { OWN_PREFIX, type Owned, openOwnership, sweep } from '../ownership.js';
import { openPending, publishBytes } from '../pending-file.js';
import { nameIn } from '../pick-image.js';
import { openBlobPlacing } from '../place-blob.js';
import type { SeenFiles } from '../seen-files.js';
import { problemOfLayout } from './check-layout.js';
import { mergeIndex } from './merge-index.js';
import { readLayoutIndex } from './read-index.js';

/** What a killed run may have left before the marker of a layout was there. */
const isStart = (name: string): boolean => name === LayoutFiles.blobs;

/**
 * An OCI layout directory, which is created where it is not there. Blobs appear one by one, complete; the index changes
 * in one step, in `commit`. Images that are there already stay.
 *
 * @param options.path absolute
 * @throws TbuildError `destination-failed`
 */
export function openLayoutSink(
  host: Host,
  reference: Reference,
  { path, seen }: { readonly path: string; readonly seen: SeenFiles },
): ImageSink {
  const place: DestinationDirectory = { host, reference, directory: path };
  const explain = writeFailed(reference);
  const ownership = openOwnership(host);
  const tags = new Map<string | undefined, Descriptor>();
  const intact = new Set<Digest>();
  let blobsWritten = 0;
  let bytesWritten = 0;
  const makeDirectories = (): void => makeDestination(place, join(path, LayoutFiles.blobs, 'sha256'));
  const temporaryPath = (): string => join(path, OWN_PREFIX + ownership.nameFor('file'));
  const placing = openBlobPlacing(host, { reference, seen, temporaryPath });
  const inTurn = oneAtATime<Digest>();
  const pathOf = ({ digest }: Descriptor): string => join(path, layoutBlob(digest));
  const has = async (target: Descriptor): Promise<boolean> => {
    if (intact.has(target.digest)) return true;
    const isThere = await placing.isThere(target, pathOf(target));
    if (isThere) intact.add(target.digest);
    return isThere;
  };
  const publish = (name: string, bytes: Uint8Array): void =>
    publishBytes(openPending(host.files, temporaryPath(), explain), bytes, { path: join(path, name), mode: 0o644 });
  const writeIndex = (): void => {
    const isLayout = problemOfLayout(host.files, path) === undefined;
    if (!isLayout) publish(LayoutFiles.marker, Buffer.from(MARKER_TEXT));
    publish(LayoutFiles.index, encodeJson(mergeIndex(readLayoutIndex(host.files, path, reference), tags)));
  };
  const busy = (rivals: readonly Owned[]): Error =>
    destinationFailed(reference, `process ${rivals[0]?.processId} is writing to it`, 'Try again when it has ended.');

  explained(() => checkDestination(place, { isStart, problem: () => problemOfLayout(host.files, path) }), explain);
  return {
    has,
    verifies: true,
    put: (target, open, places) =>
      inTurn(target.digest, async () => {
        if (await has(target)) return;
        explained(() => makeDirectories(), explain);
        await placing.place({ ...places, target, open }, pathOf(target));
        intact.add(target.digest);
        blobsWritten += 1;
        bytesWritten += target.size;
      }),
    async tag(named, target) {
      tags.set(nameIn(named), target);
    },
    async commit() {
      explained(() => {
        makeDirectories();
        placing.flushNames();
        host.files.syncDirectory(join(path, LayoutFiles.blobs));
        withDirectoryLock(host, { directory: path, ownership, busy }, writeIndex);
        sweep(host, ownership.list(path, OWN_PREFIX));
      }, explain);
      return { blobsWritten, bytesWritten, blobsMounted: 0 };
    },
    abort: () => attempt(() => sweep(host, ownership.list(path, OWN_PREFIX))),
  };
}
