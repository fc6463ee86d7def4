import { dirname, join } from 'node:path';
import type { Host } from '../../host/index.js';
import type { Reference } from '../../oci/index.js';
import type { Bytes } from '../../util/index.js';
import { attempt, explained } from '../explained.js';
import { destinationFailed, writeFailed } from '../image-errors.js';
import type { ImageSink } from '../image-transport.js';
import { OWN_PREFIX, openOwnership, sweep } from '../ownership.js';
import { openPending } from '../pending-file.js';
import { nameIn } from '../pick-image.js';
import { openArchiveContents } from './contents.js';

const MAGIC_AT = 257;

/** True for an empty file, and for what begins as every archive of today does (POSIX pax, "ustar Interchange Format"). */
function mayBeArchive({ files }: Host, path: string): boolean {
  const handle = files.openRead(path);
  try {
    const magic = Buffer.alloc(5);
    return handle.stat().size === 0 || (handle.read(magic, MAGIC_AT) === 5 && magic.toString('latin1') === 'ustar');
  } finally {
    handle.close();
  }
}

/** Where the file really is: a link stays a link. An archive is replaced, but not what somebody else put there. */
function finalPath(host: Host, reference: Reference, path: string): string {
  const stat = host.files.stat(path);
  if (stat === undefined) return path;
  if (stat.kind !== 'file') throw destinationFailed(reference, 'something that is not a file is in its place');
  if (!mayBeArchive(host, path)) {
    throw destinationFailed(reference, 'a file that is no archive is in its place', 'Remove it, or name another file.');
  }
  return host.files.realPath(path);
}

async function writeArchive(host: Host, file: { reference: Reference; path: string }, archive: Bytes) {
  const { files, interruption } = host;
  const explain = writeFailed(file.reference);
  const ownership = openOwnership(host);
  const folder = dirname(file.path);
  explained(() => files.makeDirectory(folder), explain);
  const pending = openPending(files, join(folder, OWN_PREFIX + ownership.nameFor('file')), explain);
  try {
    for await (const chunk of archive) {
      interruption.throwIfAborted();
      pending.write(chunk);
    }
    pending.flush();
    pending.publish(file.path, 0o644);
  } finally {
    pending.discard();
  }
  attempt(() => sweep(host, ownership.list(folder, OWN_PREFIX)));
}

/**
 * An archive file with an OCI layout and docker's `manifest.json`. It replaces the file that is there, in `commit`.
 * @param path absolute
 * @throws TbuildError `destination-failed`
 */
export function openArchiveSink(
  host: Host,
  reference: Reference,
  options: { readonly path: string; readonly name: string | undefined },
): ImageSink {
  const contents = openArchiveContents(options.name);
  const path = explained(() => finalPath(host, reference, options.path), writeFailed(reference));
  return {
    has: contents.has,
    put: contents.put,
    async tag(named, target) {
      contents.name(nameIn(named), target);
    },
    async commit() {
      await writeArchive(host, { reference, path }, contents.stream());
      return contents.written;
    },
    abort: contents.clear,
  };
}
