import { join } from 'node:path';
import type { Host } from '../../host/index.js';
import type { Descriptor, Reference } from '../../oci/index.js';
import { checkDestination, type DestinationDirectory, makeDestination } from '../destination-directory.js';
import { withDirectoryLock } from '../directory-lock.js';
import { attempt, explained } from '../explained.js';
import { destinationFailed, writeFailed } from '../image-errors.js';
import type { ImageSink } from '../image-transport.js';
import { oneAtATime } from '../one-at-a-time.js';
import { OWN_PREFIX, type Owned, openOwnership, sweep } from '../ownership.js';
import { openPending, publishBytes } from '../pending-file.js';
import { openBlobPlacing } from '../place-blob.js';
import type { SeenFiles } from '../seen-files.js';
import { DirectoryFiles, fileName, isMarked, MARKER_TEXT } from './files.js';
import { replaceImage } from './replace-image.js';

const NOT_MARKED = 'its file "version" does not say that it holds an image of "dir:"';

/** Makes the directory, and marks it before anything else is in it, so that it is known again after a killed run. */
function prepare(place: DestinationDirectory, publish: (name: string, bytes: Uint8Array) => void): void {
  const { host, directory } = place;
  makeDestination(place, directory);
  if (!isMarked(host.files, directory)) publish(DirectoryFiles.marker, Buffer.from(MARKER_TEXT));
}

/**
 * A directory that holds one image as skopeo's `dir:` does; it is created where it is not there. Blobs appear one by
 * one, complete; which image the directory holds changes in one step, in `commit`, and what the former one needed goes.
 *
 * @param options.path absolute
 * @throws TbuildError `destination-failed`
 */
export function openDirectorySink(
  host: Host,
  reference: Reference,
  { path, seen }: { readonly path: string; readonly seen: SeenFiles },
): ImageSink {
  const place: DestinationDirectory = { host, reference, directory: path };
  const explain = writeFailed(reference);
  const ownership = openOwnership(host);
  const inTurn = oneAtATime<string>();
  const intact = new Map<string, Descriptor>();
  let root: Descriptor | undefined;
  let blobsWritten = 0;
  let bytesWritten = 0;
  const temporaryPath = (): string => join(path, OWN_PREFIX + ownership.nameFor('file'));
  const placing = openBlobPlacing(host, { reference, seen, temporaryPath });
  const publish = (name: string, bytes: Uint8Array): void =>
    publishBytes(openPending(host.files, temporaryPath(), explain), bytes, { path: join(path, name), mode: 0o644 });
  const has = async (target: Descriptor): Promise<boolean> => {
    const name = fileName(target);
    if (intact.has(name)) return true;
    // A document may be there as the image that the directory holds.
    for (const candidate of name.endsWith(DirectoryFiles.root) ? [name, DirectoryFiles.root] : [name]) {
      if (!(await placing.isThere(target, join(path, candidate)))) continue;
      intact.set(name, target);
      return true;
    }
    return false;
  };
  const busy = (rivals: readonly Owned[]): Error =>
    destinationFailed(reference, `process ${rivals[0]?.processId} is writing to it`, 'Try again when it has ended.');

  const problem = (): string | undefined => (isMarked(host.files, path) ? undefined : NOT_MARKED);
  explained(() => checkDestination(place, { isStart: () => false, problem }), explain);
  return {
    has,
    verifies: true,
    put(target, open, places) {
      const name = fileName(target);
      return inTurn(name, async () => {
        if (await has(target)) return;
        explained(() => prepare(place, publish), explain);
        await placing.place({ ...places, target, open }, join(path, name));
        intact.set(name, target);
        blobsWritten += 1;
        bytesWritten += target.size;
      });
    },
    async tag(_, target) {
      if (root !== undefined && root.digest !== target.digest) {
        throw destinationFailed(reference, 'it holds one image, not two');
      }
      root = target;
    },
    async commit() {
      if (root === undefined) throw destinationFailed(reference, 'there is no image for it');
      const image = { root, files: intact, publish };
      explained(() => {
        prepare(place, publish);
        placing.flushNames();
        withDirectoryLock(host, { directory: path, ownership, busy }, () =>
          replaceImage(host, { directory: path, reference }, image),
        );
        sweep(host, ownership.list(path, OWN_PREFIX));
      }, explain);
      return { blobsWritten, bytesWritten, blobsMounted: 0 };
    },
    abort: () => attempt(() => sweep(host, ownership.list(path, OWN_PREFIX))),
  };
}
