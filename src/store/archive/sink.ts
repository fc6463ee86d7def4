import { dirname, join } from 'node:path';
import type { Host } from '../../host/index.js';
import {
  type Descriptor,
  type Digest,
  DOCUMENT_LIMIT_BYTES,
  isIndexType,
  isManifestType,
  MediaTypes,
  parseManifestDocument,
  type Reference,
} from '../../oci/index.js';
import { type TarSource, writeTar } from '../../tar/index.js';
import { type Bytes, bytesOf, compareUtf8 } from '../../util/index.js';
import { readAtMost } from '../documents.js';
import { attempt, explained } from '../explained.js';
import { destinationFailed, writeFailed } from '../image-errors.js';
import type { ImageSink } from '../image-transport.js';
import { encodeJson, indexEntry, LayoutFiles, layoutBlob, MARKER_TEXT, sortEntries } from '../layout-files.js';
import { OWN_PREFIX, openOwnership, sweep } from '../ownership.js';
import { openPending } from '../pending-file.js';
import { verifiedStream } from '../verified-stream.js';
import { dockerManifest, fullName, groupTags, type ImageDocument } from './docker-manifest.js';

interface PendingBlob {
  readonly target: Descriptor;
  open(): Promise<Bytes>;
}

/** What `put` and `tag` were told. */
interface Contents {
  readonly blobs: ReadonlyMap<Digest, PendingBlob>;
  readonly documents: ReadonlyMap<Digest, ImageDocument>;
  readonly tags: ReadonlyMap<string | undefined, Descriptor>;
  readonly name: string | undefined;
}

/** Owner, time and mode that every member has (format 1, "OCI layout and archives are deterministic too"). */
const fixed = { uid: 0, gid: 0, mtime: 0 } as const;

function directory(path: string): TarSource {
  return { member: { ...fixed, path, kind: 'directory', mode: 0o755, size: 0 } };
}

function fileOf(path: string, bytes: Uint8Array): TarSource {
  return { member: { ...fixed, path, kind: 'file', mode: 0o644, size: bytes.length }, open: () => [bytes] };
}

function blobFile({ target, open }: PendingBlob): TarSource {
  const path = layoutBlob(target.digest);
  const member = { ...fixed, path, kind: 'file', mode: 0o644, size: target.size } as const;
  async function* read(): AsyncGenerator<Uint8Array> {
    yield* verifiedStream(await open(), target);
  }
  return { member, open: read };
}

function indexJson({ tags, name }: Contents): Uint8Array {
  const entries = [...tags].map(([tag, target]) => {
    const full = name === undefined || tag === undefined ? undefined : `${fullName(name)}:${tag}`;
    return indexEntry(target, tag, full === undefined ? {} : { 'io.containerd.image.name': full });
  });
  return encodeJson({ schemaVersion: 2, mediaType: MediaTypes.index, manifests: sortEntries(entries) });
}

/** The members, sorted: an OCI layout that is also what `docker load` reads, so that every tool takes the one file. */
function membersOf(contents: Contents): readonly TarSource[] {
  const { blobs, documents, tags, name } = contents;
  const members = [
    directory(LayoutFiles.blobs),
    directory(`${LayoutFiles.blobs}/sha256`),
    ...[...blobs.values()].map(blobFile),
    fileOf(LayoutFiles.index, indexJson(contents)),
    fileOf('manifest.json', encodeJson(dockerManifest(groupTags(tags), documents, name))),
    fileOf(LayoutFiles.marker, Buffer.from(MARKER_TEXT)),
  ];
  return members.sort((a, b) => compareUtf8(a.member.path, b.member.path));
}

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

async function writeArchive(host: Host, file: { reference: Reference; path: string }, contents: Contents) {
  const { files, interruption } = host;
  const explain = writeFailed(file.reference);
  const ownership = openOwnership(host);
  const folder = dirname(file.path);
  explained(() => files.makeDirectory(folder), explain);
  const pending = openPending(files, join(folder, OWN_PREFIX + ownership.nameFor('file')), explain);
  try {
    for await (const chunk of writeTar(membersOf(contents))) {
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

async function readSmall(target: Descriptor, open: () => Promise<Bytes>): Promise<Uint8Array> {
  return readAtMost(verifiedStream(await open(), target), target, DOCUMENT_LIMIT_BYTES);
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
  const blobs = new Map<Digest, PendingBlob>();
  const documents = new Map<Digest, ImageDocument>();
  const tags = new Map<string | undefined, Descriptor>();
  const path = explained(() => finalPath(host, reference, options.path), writeFailed(reference));
  return {
    has: async ({ digest }) => blobs.has(digest),
    async put(target, open) {
      const isDocument = isManifestType(target.mediaType) || isIndexType(target.mediaType);
      if ((isDocument ? documents : blobs).has(target.digest)) return;
      if (!isDocument) {
        blobs.set(target.digest, { target, open });
        return;
      }
      const bytes = await readSmall(target, open);
      documents.set(target.digest, parseManifestDocument(bytes, target));
      blobs.set(target.digest, { target, open: async () => bytesOf(bytes) });
    },
    async tag({ tag }, target) {
      tags.set(tag, target);
    },
    async commit() {
      await writeArchive(host, { reference, path }, { blobs, documents, tags, name: options.name });
      const bytesWritten = [...blobs.values()].reduce((sum, { target }) => sum + target.size, 0);
      return { blobsWritten: blobs.size, bytesWritten };
    },
    abort: () => blobs.clear(),
  };
}
