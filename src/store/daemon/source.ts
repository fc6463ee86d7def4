import { fail } from '../../errors/index.js';
import type { Host } from '../../host/index.js';
import { type DaemonReference, renderDaemonName } from '../../oci/index.js';
import { shownReference } from '../image-errors.js';
import type { ImageSource } from '../image-transport.js';
import { callDaemon, refusalOf } from './call-daemon.js';
import { spool } from './spool.js';

/**
 * An image of the docker daemon. Docker gives it as `docker save` does, whole, so the first use waits for all of it.
 * Docker's classic store keeps layers unpacked: the digest is then not the one that the image had in a registry.
 *
 * @param openArchive opens the archive at a path, which is removed afterwards
 */
export function openDaemonSource(
  host: Host,
  reference: DaemonReference,
  openArchive: (path: string) => ImageSource,
): ImageSource {
  const shown = shownReference(reference);
  const task = `Cannot read ${shown}`;
  let isClosed = false;
  const fetchArchive = async (): Promise<ImageSource> => {
    const path = `/images/${renderDaemonName(reference)}/get`;
    const response = await callDaemon(host, { method: 'GET', path, task });
    if (response.status !== 200) {
      const refusal = await refusalOf(response);
      if (response.status === 404) throw fail('image-missing', { message: `There is no ${shown}: ${refusal}` });
      throw fail('input-unreadable', { message: `${task}: ${refusal}` });
    }
    const source = await spool(host, response.body, { task, open: openArchive });
    if (isClosed) source.close();
    return source;
  };
  let fetched: Promise<ImageSource> | undefined;
  const archive = (): Promise<ImageSource> => {
    fetched ??= fetchArchive();
    return fetched;
  };
  return {
    resolve: async (wanted) => (await archive()).resolve(wanted),
    open: async (target) => (await archive()).open(target),
    close() {
      isClosed = true;
      fetched?.then(
        (source) => source.close(),
        () => undefined,
      );
    },
  };
}
