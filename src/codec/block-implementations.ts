import type { BlockImplementations } from './block-codec.js';
import type { BlockCodec } from './choice.js';
import { nativeDeflate } from './native-deflate.js';
import { nativeZstd } from './native-zstd.js';

/** The packages behind the pinned codecs are loaded when they are needed. */
export const BLOCK_IMPLEMENTATIONS: Readonly<Record<BlockCodec, BlockImplementations>> = {
  gzip: { pinned: async (level) => (await import('./pinned-deflate.js')).pinnedDeflate(level), native: nativeDeflate },
  zstd: { pinned: async (level) => (await import('./pinned-zstd.js')).pinnedZstd(level), native: nativeZstd },
};
