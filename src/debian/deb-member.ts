import { decompress } from '../codec/index.js';
import { fail } from '../errors/index.js';
import type { Bytes } from '../util/index.js';
import type { ArMember } from './ar.js';

/** 64 GiB: a member of ar has less than 10 GB, and nothing that is packed for a reason shrinks further. */
export const MAX_TAR_BYTES = 2 ** 36;
const MAX_RATIO = 1000;

const CODECS = { '': 'none', '.gz': 'gzip', '.xz': 'xz', '.zst': 'zstd' } as const;
/** deb(5) has these as well; Debian's archive has not had them since 2011 and 2014. */
const OLD = ['.bz2', '.lzma'];

const isCodec = (ending: string): ending is keyof typeof CODECS => Object.hasOwn(CODECS, ending);

/**
 * The tar in a member of a package, decompressed as the ending of its name says.
 *
 * @param base `control.tar`, `data.tar`
 * @throws TbuildError `deb-invalid`; while streaming `compression-invalid`, `compression-limit`
 */
export function openArchiveMember({ name, body }: ArMember, base: string): Bytes {
  const ending = name.slice(base.length);
  if (isCodec(ending)) return decompress(body, CODECS[ending], { maxBytes: MAX_TAR_BYTES, maxRatio: MAX_RATIO });
  const known = Object.keys(CODECS).map((each) => `${base}${each}`);
  throw fail('deb-invalid', {
    message: `its ${base} is compressed as ${JSON.stringify(ending)}, which is not supported`,
    hint: OLD.includes(ending) ? `Pack it anew, with xz or zstd: "dpkg-deb -Zxz".` : `Known are ${known.join(', ')}.`,
  });
}
