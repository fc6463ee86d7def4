import { join } from 'node:path';
import { fail } from '../../errors/index.js';
import type { Host } from '../../host/index.js';
import type { Reference } from '../../oci/index.js';
import { explained } from '../explained.js';
import { readFileBlob } from '../file-blob.js';
import { imageInvalid, imageMissing, readFailed, shownReference } from '../image-errors.js';
import type { ImageSource } from '../image-transport.js';
import { layoutBlob } from '../layout-files.js';
import { pickImage } from '../pick-image.js';
import { unhurried } from '../verified-chunks.js';
import { problemOfLayout } from './check-layout.js';
import { readLayoutIndex } from './read-index.js';

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
      const index = explained(() => readLayoutIndex(files, path, reference), explain);
      if (index === undefined) throw imageInvalid(reference, 'has no "index.json"');
      return pickImage(index, wanted);
    },
    async open(target) {
      const chunks = readFileBlob(host, { path: join(path, layoutBlob(target.digest)), target, reference });
      if (chunks !== undefined) return unhurried(chunks, host);
      throw fail('blob-missing', {
        message: `${shownReference(reference)} does not hold ${target.digest}`,
        details: { digest: target.digest },
      });
    },
    close: () => undefined,
  };
}
