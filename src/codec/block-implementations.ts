import type { BlockImplementations } from './block-codec.js';
import type { BlockCodec } from './choice.js';
import { nativeZstd } from './native-zstd.js';

/** What is behind the pinned codecs is loaded when it is needed. */
export const BLOCK_IMPLEMENTATIONS: Readonly<Record<BlockCodec, BlockImplementations>> = {
  // Faster than the zlib of Node, whose bytes change from one version to the next.
  gzip: { pinned: async (level) => (await import('./deflate.js')).compressDeflate(level), native: () => undefined },
  zstd: { pinned: async (level) => (await import('./pinned-zstd.js')).pinnedZstd(level), native: nativeZstd },
};
