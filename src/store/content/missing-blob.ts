import { fail, type TbuildError } from '../../errors/index.js';
import type { Content } from '../verified-chunks.js';

export function missingBlob(directory: string, target: Content): TbuildError {
  return fail('blob-missing', {
    message: `The cache at ${JSON.stringify(directory)} does not hold ${target.digest}`,
    details: { digest: target.digest },
  });
}
