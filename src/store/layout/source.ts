import { join } from 'node:path';
import { fail } from '../../errors/index.js';
import type { Host } from '../../host/index.js';
import { DOCUMENT_LIMIT_BYTES, parseLayoutIndex, type Reference } from '../../oci/index.js';
import { explained } from '../explained.js';
import { imageInvalid, imageMissing, readFailed, shownReference } from '../image-errors.js';
import type { ImageSource } from '../image-transport.js';
import { LayoutFiles } from '../layout-files.js';
import { pickImage } from '../pick-image.js';
import { unhurried } from '../verified-chunks.js';
import { problemOfLayout } from './check-layout.js';
import { readLayoutBlob } from './read-blob.js';

/**
 * Images in an OCI layout directory.
 * @param path absolute
 * @throws TbuildError `image-missing`, `image-invalid`, `input-unreadable`
 */
export function openLayoutSource(host: Host, reference: Reference, path: string): ImageSource {
  const { files } = host;
  const explain = readFailed(reference);
  if (explained(() => files.stat(path), explain) === undefined) throw imageMissing(reference, path);
  const problem = explained(() => problemOfLayout(files, path), explain);
  if (problem !== undefined) throw imageInvalid(reference, problem);
  return {
    async resolve(wanted) {
      const file = join(path, LayoutFiles.index);
      return explained(() => {
        if (files.stat(file) === undefined) throw imageInvalid(reference, 'has no "index.json"');
        return pickImage(
          parseLayoutIndex(files.readFile(file, DOCUMENT_LIMIT_BYTES + 1), JSON.stringify(file)),
          wanted,
        );
      }, explain);
    },
    async open(target) {
      const chunks = readLayoutBlob(host, path, { target, reference });
      if (chunks !== undefined) return unhurried(chunks, host);
      throw fail('blob-missing', {
        message: `${shownReference(reference)} does not hold ${target.digest}`,
        details: { digest: target.digest },
      });
    },
    close: () => undefined,
  };
}
