import { type Compression, canonicalJson, type Digest, digestOf, type LayerKey } from '../oci/index.js';
import { digestOfTree, type FileTree } from '../tree/index.js';

/** Everything besides the entries that decides the bytes of a layer. */
export interface LayerFormat {
  readonly compression: Compression;
  /** See `CompressionChoice`. */
  readonly level: number;
  /** Modification time of every entry, in seconds since the epoch. */
  readonly created: number;
}

/** Number of the byte format that this version writes. */
const FORMAT = 1;

/** Cache key of a layer: equal keys mean equal bytes (format 1, "Keys"). */
export function layerKey(tree: FileTree, format: LayerFormat): LayerKey {
  const entries: Digest = digestOfTree(tree);
  return digestOf(canonicalJson({ ...format, entries, format: FORMAT })) as string as LayerKey;
}
