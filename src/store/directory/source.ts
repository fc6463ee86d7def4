import { join } from 'node:path';
import { fail } from '../../errors/index.js';
import type { Host } from '../../host/index.js';
import type { Reference } from '../../oci/index.js';
import { bytesOf } from '../../util/index.js';
import { explained } from '../explained.js';
import { readFileBlob } from '../file-blob.js';
import { imageInvalid, imageMissing, readFailed, shownReference } from '../image-errors.js';
import type { ImageSource } from '../image-transport.js';
import { unhurried } from '../verified-chunks.js';
import { fileName } from './files.js';
import { type RootDocument, readRoot } from './read-root.js';

/**
 * The one image in a directory of `dir:`.
 * @param path absolute
 * @throws TbuildError `image-missing`, `image-invalid`, `input-unreadable`
 */
export function openDirectorySource(host: Host, reference: Reference, path: string): ImageSource {
  const explain = readFailed(reference);
  const stat = explained(() => host.files.stat(path), explain);
  if (stat === undefined) throw imageMissing(reference, path);
  if (stat.kind !== 'directory') throw imageInvalid(reference, 'is not a directory');
  const root = (): RootDocument => {
    const found = explained(() => readRoot(host, path, reference), explain);
    if (found === undefined) throw imageInvalid(reference, 'has no "manifest.json"', 'An OCI layout is oci:DIR.');
    return found;
  };
  return {
    resolve: async () => root().descriptor,
    async open(target) {
      const name = fileName(target);
      const chunks = readFileBlob(host, { path: join(path, name), target, reference });
      if (chunks !== undefined) return unhurried(chunks, host);
      const { descriptor, bytes } = root();
      if (descriptor.digest === target.digest && descriptor.size === target.size) return bytesOf(bytes);
      throw fail('blob-missing', {
        message: `${shownReference(reference)} does not hold ${target.digest}: it has no file ${JSON.stringify(name)}`,
        details: { digest: target.digest },
      });
    },
    close: () => undefined,
  };
}
