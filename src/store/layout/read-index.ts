import { join } from 'node:path';
import type { Files } from '../../host/index.js';
import { DOCUMENT_LIMIT_BYTES, type ImageIndex, parseLayoutIndex, type Reference } from '../../oci/index.js';
import { imageInvalid } from '../image-errors.js';
import { LayoutFiles } from '../layout-files.js';
import { readSmallFile } from '../read-small-file.js';

/**
 * The `index.json` of a layout; undefined where there is none. Throws errno errors.
 * @throws TbuildError `image-invalid`
 */
export function readLayoutIndex(files: Files, directory: string, reference: Reference): ImageIndex | undefined {
  const path = join(directory, LayoutFiles.index);
  if (files.stat(path) === undefined) return undefined;
  const bytes = readSmallFile(files, path, DOCUMENT_LIMIT_BYTES);
  if (bytes === undefined) {
    throw imageInvalid(reference, `has an "index.json" that is not a file of at most ${DOCUMENT_LIMIT_BYTES} bytes`);
  }
  return parseLayoutIndex(bytes, JSON.stringify(path));
}
