import { type ReadMember, readTar } from '../tar/index.js';
import type { Bytes } from '../util/index.js';
import { MAX_ENTRIES, MAX_TAR_BYTES, readLayerTar } from './read-layer-tar.js';

/**
 * The regular files of a layer blob with their contents, in the order of the archive; each to be read before the next is
 * asked for, or it is skipped.
 *
 * @param bytes the blob, verified against its descriptor by whoever reads it
 * Errors: as `indexLayer`, but that the diffID is not looked at.
 */
export async function* readLayerFiles(bytes: Bytes): AsyncGenerator<ReadMember> {
  const rules = { maxEntries: MAX_ENTRIES, maxBytes: MAX_TAR_BYTES, isLayer: true };
  for await (const member of readTar(readLayerTar(bytes), rules)) if (member.kind === 'file') yield member;
}
