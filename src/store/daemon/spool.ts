import { join } from 'node:path';
import { fail, type TbuildError } from '../../errors/index.js';
import { type Host, reasonOf } from '../../host/index.js';
import type { Bytes } from '../../util/index.js';
import { attempt, explained } from '../explained.js';
import { OWN_PREFIX, openOwnership, sweep } from '../ownership.js';

/** Explains errno errors of the temporary directory. */
function spoolFailed(task: string, directory: string): (error: unknown) => TbuildError {
  return (error) =>
    fail('input-unreadable', {
      message: `${task}: the archive cannot be kept in ${JSON.stringify(directory)}: ${reasonOf(error)}`,
      hint: 'TMPDIR names another directory for it.',
      cause: error,
    });
}

/**
 * Writes the stream to a temporary file that only this user can read, opens it by `open`, and removes its name: so
 * the file is gone when what `open` gave is closed, or when the process ends.
 *
 * @param task begins messages
 * @throws TbuildError `input-unreadable`; what the stream and `open` throw
 */
export async function spool<T>(
  host: Host,
  stream: Bytes,
  options: { readonly task: string; readonly open: (path: string) => T },
): Promise<T> {
  const { files, env } = host;
  const explain = spoolFailed(options.task, env.temporaryDirectory);
  const ownership = openOwnership(host);
  attempt(() => sweep(host, ownership.list(env.temporaryDirectory, OWN_PREFIX)));
  const path = join(env.temporaryDirectory, OWN_PREFIX + ownership.nameFor('spool'));
  const handle = explained(() => files.createFile(path), explain);
  try {
    try {
      for await (const chunk of stream) explained(() => handle.write(chunk), explain);
    } finally {
      attempt(() => handle.close());
    }
    return options.open(path);
  } finally {
    attempt(() => files.remove(path));
  }
}
