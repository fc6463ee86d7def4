import { join } from 'node:path';
import type { Host } from '../../host/index.js';
import { type Descriptor, DOCUMENT_LIMIT_BYTES, digestOf, documentType, type Reference } from '../../oci/index.js';
import { imageInvalid } from '../image-errors.js';
import { readSmallFile } from '../read-small-file.js';
import { DirectoryFiles } from './files.js';

/** The manifest or index of the directory. */
export interface RootDocument {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

/**
 * What `manifest.json` holds; undefined where there is none. Throws errno errors.
 * @throws TbuildError `image-invalid`
 */
export function readRoot({ files }: Host, directory: string, reference: Reference): RootDocument | undefined {
  const path = join(directory, DirectoryFiles.root);
  if (files.stat(path) === undefined) return undefined;
  const bytes = readSmallFile(files, path, DOCUMENT_LIMIT_BYTES);
  if (bytes === undefined) {
    throw imageInvalid(reference, `has a "manifest.json" that is not a file of at most ${DOCUMENT_LIMIT_BYTES} bytes`);
  }
  const mediaType = documentType(bytes, JSON.stringify(path));
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
}
