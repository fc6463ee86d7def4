import type { Host } from '../../host/index.js';
import type { DaemonReference, Reference } from '../../oci/index.js';
import { destinationFailed, shownReference } from '../image-errors.js';
import type { ArchiveContents, ImageSink } from '../image-transport.js';
import { callDaemon, refusalOf } from './call-daemon.js';
import { problemOfLoading } from './load-report.js';

/** The name that docker is to give to the image. */
function nameFor(reference: Reference): string {
  const { name, tag } = reference as DaemonReference;
  if (name !== undefined && tag !== undefined) return `${name}:${tag}`;
  throw destinationFailed(reference, 'docker names images by tags', 'Write docker-daemon:NAME:tag.');
}

/**
 * The docker daemon, which loads the image as `docker load` does, in `commit`. Docker's classic store unpacks the layers
 * (and takes the first image of an index): the digest does not survive there; that of the config, the image ID, does.
 *
 * @param contents what the archive for docker is put together in
 * @throws TbuildError `destination-failed`, `daemon-unavailable`
 */
export function openDaemonSink(host: Host, reference: DaemonReference, contents: ArchiveContents): ImageSink {
  const task = `Cannot write ${shownReference(reference)}`;
  nameFor(reference);
  const load = async (): Promise<string | undefined> => {
    const request = { method: 'POST', path: '/images/load?quiet=1', body: contents.stream(), task } as const;
    const response = await callDaemon(host, request);
    return response.status === 200 ? problemOfLoading(response.body) : refusalOf(response);
  };
  return {
    has: contents.has,
    put: contents.put,
    async tag(named, target) {
      contents.name(nameFor(named), target);
    },
    async commit() {
      const problem = await load();
      if (problem !== undefined) throw destinationFailed(reference, problem);
      return contents.written;
    },
    abort: contents.clear,
  };
}
