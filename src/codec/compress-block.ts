import type { BlockImplementations, CompressBlock } from './block-codec.js';
import { BLOCK_IMPLEMENTATIONS } from './block-implementations.js';
import type { BlockCodec, Implementation } from './choice.js';
import { crc32 } from './crc32.js';
import { fastest } from './fastest.js';
import type { CompressedBlock } from './join-blocks.js';
import { selfTestCorpus } from './self-test-corpus.js';

export interface BlockInput {
  readonly codec: BlockCodec;
  readonly level: number;
  readonly implementation: Implementation;
  readonly block: Uint8Array;
}

/** Compresses blocks one by one; the CRC-32 is 0 for zstd. */
export type BlockCompressor = (input: BlockInput) => Promise<CompressedBlock>;

/**
 * A compressor for one thread: it remembers for each codec and level whether the native codec has proved itself there.
 * `implementations` are replaced by tests only.
 */
export function openBlockCompressor(
  implementations: Readonly<Record<BlockCodec, BlockImplementations>> = BLOCK_IMPLEMENTATIONS,
): BlockCompressor {
  const opened = new Map<string, Promise<CompressBlock>>();
  const open = async ({ codec, level, implementation }: BlockInput): Promise<CompressBlock> => {
    const pinned = await implementations[codec].pinned(level);
    const native = implementation === 'pinned' ? undefined : implementations[codec].native(level);
    return native === undefined ? pinned : fastest({ pinned, native, corpus: selfTestCorpus });
  };
  return async (input) => {
    const { codec, level, implementation, block } = input;
    const key = `${codec} ${level} ${implementation}`;
    const compress = opened.get(key) ?? open(input);
    opened.set(key, compress);
    const bytes = (await compress)(block);
    return { bytes, length: block.length, crc32: codec === 'gzip' ? crc32(block) : 0 };
  };
}
