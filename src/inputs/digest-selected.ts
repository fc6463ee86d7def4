import type { Digest } from '../oci/index.js';
import type { InputContext } from './input-context.js';
import type { SelectedFile } from './select-files.js';

/** How much is hashed before anybody else gets a turn: about 20 ms of work. */
const TURN_BYTES = 32 * 1024 * 1024;
const TURN_FILES = 2_000;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * The digests of all regular files among these, by path. Lets others have a turn now and then, so that progress is
 * shown and an interruption is heard.
 *
 * @throws TbuildError `input-changed`, `input-missing`, `input-unreadable`, and the reason of an interruption
 */
export async function digestSelected(
  selected: readonly SelectedFile[],
  context: InputContext,
): Promise<ReadonlyMap<string, Digest>> {
  const digests = new Map<string, Digest>();
  let bytes = 0;
  let files = 0;
  const report = (): void => {
    context.progress?.(bytes, files);
    bytes = 0;
    files = 0;
  };
  for (const file of selected) {
    if (file.kind !== 'file') continue;
    digests.set(file.path, context.digests.digestOf(file));
    bytes += file.stat.size;
    files++;
    if (bytes < TURN_BYTES && files < TURN_FILES) continue;
    report();
    await nextTurn();
    context.host.interruption.throwIfAborted();
  }
  if (files > 0) report();
  return digests;
}
