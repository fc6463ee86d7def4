import { join } from 'node:path';
import type { Files, Host } from '../../host/index.js';
import { type Descriptor, DOCUMENT_LIMIT_BYTES, digestOf, type Reference } from '../../oci/index.js';
import { destinationFailed } from '../image-errors.js';
import { readSmallFile } from '../read-small-file.js';
import { DirectoryFiles, fileName, isImageFile } from './files.js';

export interface NewImage {
  readonly root: Descriptor;
  /** All files of the new image by name, that of the root included. They are in the directory. */
  readonly files: ReadonlyMap<string, Descriptor>;
  /** Writes a small file to the directory, complete or not at all. */
  publish(name: string, bytes: Uint8Array): void;
}

/** The bytes of a document, or undefined where the file does not hold just them. */
function documentAt(files: Files, path: string, { digest }: Descriptor): Uint8Array | undefined {
  const bytes = files.stat(path)?.kind === 'file' ? readSmallFile(files, path, DOCUMENT_LIMIT_BYTES) : undefined;
  return bytes !== undefined && digestOf(bytes) === digest ? bytes : undefined;
}

/**
 * Makes the new image the one of the directory: `manifest.json` is replaced in one step, when all else is there; then
 * what only the former image needed is removed. Files of other names stay. Throws errno errors.
 *
 * @throws TbuildError `destination-failed` where another process has removed a file of the image
 */
export function replaceImage(host: Host, place: { directory: string; reference: Reference }, image: NewImage): void {
  const { files } = host;
  const { directory, reference } = place;
  const pathOf = (name: string): string => join(directory, name);
  const rootName = fileName(image.root);
  const changed = (): Error =>
    destinationFailed(reference, 'another process has written to it in the meantime', 'Try again.');
  for (const [name, target] of image.files) {
    const stat = files.lstat(pathOf(name));
    if (name === rootName || (stat?.kind === 'file' && stat.size === target.size)) continue;
    // What was the image may be one of several now.
    const bytes = documentAt(files, pathOf(DirectoryFiles.root), target);
    if (bytes === undefined) throw changed();
    image.publish(name, bytes);
  }
  if (documentAt(files, pathOf(DirectoryFiles.root), image.root) === undefined) {
    const bytes = documentAt(files, pathOf(rootName), image.root);
    if (bytes === undefined) throw changed();
    image.publish(DirectoryFiles.root, bytes);
  }
  for (const { bytes } of files.readDirectory(directory)) {
    const name = Buffer.from(bytes).toString('latin1');
    if (isImageFile(name) && (name === rootName || !image.files.has(name))) files.remove(pathOf(name));
  }
}
