import { resolve } from 'node:path';
import { fail } from '../../errors/index.js';
import { errnoOf, reasonOf } from '../../host/index.js';
import type { DebianContent } from '../../manifest/index.js';
import type { ContentContext } from '../input-context.js';

/** Of the package debian-archive-keyring. */
const HOST_KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const LIMIT_BYTES = 16 * 1024 * 1024;

/**
 * The keys that may sign the archives of a content.
 *
 * @throws TbuildError `input-missing`, `input-unreadable`, `input-limit`
 */
export function readKeyring({ keyring, at }: DebianContent, context: Pick<ContentContext, 'host' | 'directory'>) {
  const shown = keyring?.path ?? HOST_KEYRING;
  const place = keyring?.at ?? at;
  try {
    return context.host.files.readFile(resolve(context.directory, shown), LIMIT_BYTES);
  } catch (error) {
    const details = { path: shown };
    if (error instanceof RangeError) {
      const message = `The keyring ${JSON.stringify(shown)} has more than ${LIMIT_BYTES} bytes`;
      throw fail('input-limit', { message, at: place, details });
    }
    if (errnoOf(error) === undefined) throw error;
    if (errnoOf(error) !== 'ENOENT') {
      const message = `Cannot read the keyring ${JSON.stringify(shown)}: ${reasonOf(error)}`;
      throw fail('input-unreadable', { message, at: place, details, cause: error });
    }
    throw fail('input-missing', {
      message: `The keyring ${JSON.stringify(shown)} does not exist`,
      hint:
        keyring === undefined
          ? 'Install the package debian-archive-keyring, or name a file with the keys of the archive: keyring: ./keys.gpg.'
          : 'Paths start at the directory of image.yaml.',
      at: place,
      details,
    });
  }
}
