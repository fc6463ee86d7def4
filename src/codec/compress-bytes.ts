import { collect } from '../util/index.js';
import { BLOCK_BYTES } from './block-codec.js';
import { type BlockCodec, checkChoice } from './choice.js';
import { openBlockCompressor } from './compress-block.js';
import { type CompressedBlock, joinBlocks } from './join-blocks.js';

/**
 * Compresses bytes that are at hand, in this thread, by the codec that defines the bytes: blocks of `BLOCK_BYTES`, the last
 * one shorter. A level that the codec does not have is a RangeError.
 */
export async function compressBytes(
  bytes: Uint8Array,
  choice: { readonly type: BlockCodec; readonly level: number },
): Promise<Uint8Array> {
  checkChoice(choice);
  const { type: codec, level } = choice;
  const compress = openBlockCompressor();
  const length = BLOCK_BYTES[codec];
  async function* blocks(): AsyncGenerator<CompressedBlock> {
    for (let at = 0; at < bytes.length; at += length) {
      const block = bytes.subarray(at, at + length);
      yield await compress({ codec, level, implementation: 'pinned', block });
    }
  }
  // Every block has a bound of its own (see `CompressBlock`), far below this one.
  return collect(joinBlocks(codec, blocks()), 2 * bytes.length + 1024);
}
