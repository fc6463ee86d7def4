import { compress, init } from '@bokuweb/zstd-wasm';
import { lazy } from '../util/index.js';
import type { CompressBlock } from './block-codec.js';

/** The package is one instance for the whole thread, and would make another under the feet of the first. */
const ready = lazy(init);

/** libzstd 1.5.7 as WebAssembly: one frame, content size in its header, no checksum. The reference of format 1. */
export async function pinnedZstd(level: number): Promise<CompressBlock> {
  await ready();
  return (block) => compress(block, level);
}
