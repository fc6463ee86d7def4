import { fail, TbuildError } from '../../errors/index.js';
import type { PackagePin } from '../../lock/index.js';
import type { DebianContent } from '../../manifest/index.js';
import type { Download } from '../download.js';
import { labelOf } from './debian-package.js';

/** The file in the archive, in each mirror of its source; undefined where the content has no such source. */
export function packageDownload(pin: PackagePin, content: DebianContent): Download | undefined {
  const source = content.sources.find(({ suite }) => suite === pin.suite);
  if (source === undefined) return undefined;
  const { digest, size, path } = pin;
  // Some servers take a plus for a blank; `./` keeps a colon from making a scheme.
  const relative = `./${path.replaceAll('+', '%2B')}`;
  const urls = source.mirrors.map((mirror) => new URL(relative, mirror));
  return { urls, expected: { digest, size }, limitBytes: size, what: labelOf(pin), at: content.at };
}

/**
 * As `packageDownload`, for a pin that is for this very request.
 *
 * @throws TbuildError `pin-stale` where the lock was changed by hand
 */
export function neededDownload(pin: PackagePin, content: DebianContent): Download {
  const download = packageDownload(pin, content);
  if (download !== undefined) return download;
  const suites = content.sources.map(({ suite }) => suite);
  throw fail('pin-stale', {
    message: `The lock has ${labelOf(pin)} of the suite ${JSON.stringify(pin.suite)}, which is none of those here: ${suites.join(', ')}`,
    hint: `Find it anew: tbuild lock --update ${pin.name}.`,
    at: content.at,
    details: { pin: labelOf(pin), suite: pin.suite },
  });
}

/** The error, with what to do where a version is in the archive no more: archives keep only the newest. */
export function explainGone(error: unknown, { at }: DebianContent): unknown {
  if (!(error instanceof TbuildError) || error.code !== 'input-missing') return error;
  return fail('input-missing', {
    message: `${error.message}: the lock has this version, and the archive has it no more`,
    hint: 'Take the version that it has now: tbuild lock --update NAME. A snapshot keeps all versions.',
    at: error.at ?? at,
    details: error.details,
    cause: error,
  });
}
