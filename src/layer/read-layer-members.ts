import { readTar, type TarKind } from '../tar/index.js';
import type { Bytes } from '../util/index.js';
import { MAX_ENTRIES, MAX_TAR_BYTES, readLayerTar } from './read-layer-tar.js';

/** What a tar says of a member and a tree does not: trees have no times, no order and no hard links. */
export interface LayerMember {
  /** As in a tree; that of a whiteout is the path of its marker. */
  readonly path: string;
  readonly kind: TarKind;
  /** Seconds since the epoch. */
  readonly mtime: number;
  /** Of a hard link: the member that it is one with. */
  readonly linkTarget?: string;
}

/**
 * The members of a layer blob in the order of its tar, for those who compare layers of anybody.
 *
 * @param bytes the blob, verified against its descriptor by whoever reads it
 * Errors: as `indexLayer`, but that the diffID is not looked at.
 */
export async function readLayerMembers(bytes: Bytes): Promise<readonly LayerMember[]> {
  const rules = { maxEntries: MAX_ENTRIES, maxBytes: MAX_TAR_BYTES, isLayer: true };
  const members: LayerMember[] = [];
  for await (const { path, kind, mtime, linkTarget } of readTar(readLayerTar(bytes), rules)) {
    members.push({ path, kind, mtime, ...(kind === 'hardlink' && linkTarget !== undefined ? { linkTarget } : {}) });
  }
  return members;
}
