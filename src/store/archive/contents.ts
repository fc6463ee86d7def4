import {
  type Descriptor,
  type Digest,
  DOCUMENT_LIMIT_BYTES,
  fullImageName,
  isDocumentType,
  MediaTypes,
  parseManifestDocument,
} from '../../oci/index.js';
import { type TarSource, writeTar } from '../../tar/index.js';
import { type Bytes, bytesOf, compareUtf8 } from '../../util/index.js';
import { readAtMost } from '../documents.js';
import type { ArchiveContents } from '../image-transport.js';
import {
  encodeJson,
  IMAGE_NAME,
  indexEntry,
  LayoutFiles,
  layoutBlob,
  MARKER_TEXT,
  sortEntries,
} from '../layout-files.js';
import { verifiedStream } from '../verified-stream.js';
import { dockerManifest, groupTags, type ImageDocument, repoTagOf } from './docker-manifest.js';

interface PendingBlob {
  readonly target: Descriptor;
  open(): Promise<Bytes>;
}

/** What `put` and `name` were told. */
interface Contents {
  readonly blobs: ReadonlyMap<Digest, PendingBlob>;
  readonly documents: ReadonlyMap<Digest, ImageDocument>;
  readonly names: ReadonlyMap<string | undefined, Descriptor>;
  readonly repository: string | undefined;
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

function indexJson({ names, repository }: Contents): Uint8Array {
  const entries = [...names].map(([name, target]) => {
    const full = fullImageName(repoTagOf(name, repository) ?? '');
    return indexEntry(target, name, full === undefined ? {} : { [IMAGE_NAME]: full });
  });
  return encodeJson({ schemaVersion: 2, mediaType: MediaTypes.index, manifests: sortEntries(entries) });
}

/** The members, sorted: an OCI layout that is also what `docker load` reads, so that every tool takes the one file. */
function membersOf(contents: Contents): readonly TarSource[] {
  const { blobs, documents, names, repository } = contents;
  const members = [
    directory(LayoutFiles.blobs),
    directory(`${LayoutFiles.blobs}/sha256`),
    ...[...blobs.values()].map(blobFile),
    fileOf(LayoutFiles.index, indexJson(contents)),
    fileOf('manifest.json', encodeJson(dockerManifest(groupTags(names), documents, repository))),
    fileOf(LayoutFiles.marker, Buffer.from(MARKER_TEXT)),
  ];
  return members.sort((a, b) => compareUtf8(a.member.path, b.member.path));
}

async function readSmall(target: Descriptor, open: () => Promise<Bytes>): Promise<Uint8Array> {
  return readAtMost(verifiedStream(await open(), target), target, DOCUMENT_LIMIT_BYTES);
}

/**
 * An empty archive.
 * @param repository without tag; becomes part of docker's names of images that have only a tag
 */
export function openArchiveContents(repository: string | undefined): ArchiveContents {
  const blobs = new Map<Digest, PendingBlob>();
  const documents = new Map<Digest, ImageDocument>();
  const names = new Map<string | undefined, Descriptor>();
  return {
    has: async ({ digest }) => blobs.has(digest),
    async put(target, open) {
      const isDocument = isDocumentType(target.mediaType);
      if ((isDocument ? documents : blobs).has(target.digest)) return;
      if (!isDocument) {
        blobs.set(target.digest, { target, open });
        return;
      }
      const bytes = await readSmall(target, open);
      documents.set(target.digest, parseManifestDocument(bytes, target));
      blobs.set(target.digest, { target, open: async () => bytesOf(bytes) });
    },
    name: (name, target) => void names.set(name, target),
    stream: () => writeTar(membersOf({ blobs, documents, names, repository })),
    get written() {
      const bytesWritten = [...blobs.values()].reduce((sum, { target }) => sum + target.size, 0);
      return { blobsWritten: blobs.size, bytesWritten, blobsMounted: 0 };
    },
    clear: () => blobs.clear(),
  };
}
