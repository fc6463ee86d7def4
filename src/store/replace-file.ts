import { dirname, join } from 'node:path';
import { endOfLinks, type Host, keepOwner } from '../host/index.js';
import { attempt, type Explain, explained } from './explained.js';
import { OWN_PREFIX, openOwnership, sweep } from './ownership.js';
import { openPending } from './pending-file.js';

/** Permissions of a file that was not there. */
const NEW_MODE = 0o644;

/**
 * Gives a file of people new bytes: whoever reads it sees the old or the new ones, whole, also after a power cut. It keeps its
 * mode and owner; a link to it stays a link. What killed runs left beside it is removed. Something that is not a file must not
 * be there.
 *
 * @param path absolute; its directory must be there
 */
export function replaceFile(host: Host, path: string, bytes: Uint8Array, explain: Explain): void {
  const { files } = host;
  const ownership = openOwnership(host);
  const real = explained(() => endOfLinks(files, path), explain);
  const directory = dirname(real);
  const temporary = join(directory, OWN_PREFIX + ownership.nameFor('file'));
  const pending = openPending(files, temporary, explain);
  try {
    pending.write(bytes);
    pending.flush();
    explained(() => keepOwner(files, real, temporary), explain);
    pending.publish(real, explained(() => files.stat(real)?.mode, explain) ?? NEW_MODE);
  } finally {
    pending.discard();
  }
  attempt(() => sweep(host, ownership.list(directory, OWN_PREFIX)));
}
