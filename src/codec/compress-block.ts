import type { WorkerTask } from '../host/index.js';
import type { BlockImplementations, CompressBlock } from './block-codec.js';
import { BLOCK_IMPLEMENTATIONS } from './block-implementations.js';
import type { BlockCodec, Implementation } from './choice.js';
import { crc32 } from './crc32.js';
import { fastest } from './fastest.js';
import { selfTestCorpus } from './self-test-corpus.js';

export interface BlockInput {
  readonly codec: BlockCodec;
  readonly level: number;
  readonly implementation: Implementation;
  readonly block: Uint8Array;
}

export interface BlockOutput {
  readonly bytes: Uint8Array;
  /** Bytes of the block that went in. */
  readonly length: number;
  /** CRC-32 of the block that went in, which gzip needs; 0 for zstd. */
  readonly crc32: number;
}

/**
 * The work of one thread: compresses blocks, and remembers for each codec and level whether the native codec has
 * proved itself in this thread. `implementations` are replaced by tests only.
 */
export function compressBlockTask(
  implementations: Readonly<Record<BlockCodec, BlockImplementations>> = BLOCK_IMPLEMENTATIONS,
): WorkerTask<BlockInput, BlockOutput> {
  const opened = new Map<string, Promise<CompressBlock>>();
  const open = async ({ codec, level, implementation }: BlockInput): Promise<CompressBlock> => {
    const pinned = await implementations[codec].pinned(level);
    const native = implementation === 'pinned' ? undefined : implementations[codec].native(level);
    return native === undefined ? pinned : fastest({ pinned, native, corpus: selfTestCorpus });
  };
  return {
    entry: 'codec-worker',
    async run(input) {
      const { codec, level, implementation, block } = input;
      const key = `${codec} ${level} ${implementation}`;
      const compress = opened.get(key) ?? open(input);
      opened.set(key, compress);
      const bytes = (await compress)(block);
      return { bytes, length: block.length, crc32: codec === 'gzip' ? crc32(block) : 0 };
    },
  };
}
