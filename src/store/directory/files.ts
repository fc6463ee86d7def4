import { join } from 'node:path';
import type { Files } from '../../host/index.js';
import { type Descriptor, hexOf, isDocumentType } from '../../oci/index.js';
import { readSmallFile } from '../read-small-file.js';

/**
 * One image in a directory, as skopeo and podman call it `dir:` (containers/image, "directory" transport, version 1.1):
 * the manifest or index, a file that marks the directory, and blobs by the digits of their digests.
 */
export const DirectoryFiles = {
  marker: 'version',
  root: 'manifest.json',
} as const;

/** Content of `version`. */
export const MARKER_TEXT = 'Directory Transport Version: 1.1\n';

/** The name of a blob, or of a document that an index lists. */
export function fileName({ mediaType, digest }: Descriptor): string {
  const isDocument = isDocumentType(mediaType);
  return isDocument ? `${hexOf(digest)}.${DirectoryFiles.root}` : hexOf(digest);
}

/** True for the files that belong to an image besides `manifest.json`: blobs, documents and simple signatures. */
export function isImageFile(name: string): boolean {
  return /^[0-9a-f]{64}(?:\.manifest\.json|\.signature-[0-9]+)?$/.test(name) || /^signature-[0-9]+$/.test(name);
}

/** True where the directory says that it is one of this transport. Throws errno errors. */
export function isMarked(files: Files, directory: string): boolean {
  const path = join(directory, DirectoryFiles.marker);
  if (files.stat(path)?.kind !== 'file') return false;
  const bytes = readSmallFile(files, path, MARKER_TEXT.length);
  return bytes !== undefined && Buffer.from(bytes).toString('latin1') === MARKER_TEXT;
}
