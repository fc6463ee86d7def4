import { fail, type TbuildError } from '../errors/index.js';
import type { ReadCodec } from './choice.js';

/** The failure of compressed data that says what is wrong with it: `Cannot decompress gzip data: it ends too early`. */
export function damage(codec: ReadCodec, reason: string, cause?: unknown): TbuildError {
  return fail('compression-invalid', {
    message: `Cannot decompress ${codec} data: ${reason}`,
    details: { codec, reason },
    cause,
  });
}
