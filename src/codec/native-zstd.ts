import * as zlib from 'node:zlib';
import type { CompressBlock } from './block-codec.js';

/** What Node ≥ 22.15 has and the types of older ones lack. */
interface ZstdOfNode {
  readonly zstdCompressSync?: (
    block: Uint8Array,
    options: { readonly chunkSize: number; readonly params: Readonly<Record<number, number>> },
  ) => Uint8Array;
  readonly constants: { readonly ZSTD_c_compressionLevel?: number };
}

/** As `pinnedZstd`, by the libzstd of this Node, whichever that is: its bytes may differ. Undefined before Node 22.15. */
export function nativeZstd(level: number): CompressBlock | undefined {
  const { zstdCompressSync, constants } = zlib as ZstdOfNode;
  const { ZSTD_c_compressionLevel: levelParameter } = constants;
  if (zstdCompressSync === undefined || levelParameter === undefined) return undefined;
  const params = { [levelParameter]: level };
  // With room for the worst case (ZSTD_compressBound and more) the whole block is compressed in one call, and only
  // then are the bytes those of the one-shot function.
  return (block) =>
    new Uint8Array(zstdCompressSync(block, { params, chunkSize: block.length + (block.length >> 8) + 1024 }));
}
