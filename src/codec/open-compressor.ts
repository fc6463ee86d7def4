import type { WorkerPool, Workers } from '../host/index.js';
import type { Bytes, Chunks } from '../util/index.js';
import { BLOCK_BYTES } from './block-codec.js';
import { type BlockCodec, type CodecChoice, checkChoice, type Implementation } from './choice.js';
import { type BlockInput, type BlockOutput, compressBlockTask } from './compress-block.js';
import { joinBlocks } from './join-blocks.js';
import { splitBlocks } from './split-blocks.js';

/** Compresses streams as format 1 says. */
export interface Compressor {
  /**
   * The compressed stream. It is a function of the input's bytes and the choice alone: not of the input's chunks, the
   * count of threads or the implementation. Chunks of the input are copied before the next one is asked for. Streams
   * may overlap. A level that the codec does not have is a RangeError.
   */
  compress(input: Chunks, choice: CodecChoice): Bytes;
  /** Ends the threads; streams that are not finished fail. Safe to call twice. */
  close(): Promise<void>;
}

/** Keeps threads busy while this one reads the next block and writes a finished one. */
const SPARE_BLOCKS = 2;

type CompressPool = WorkerPool<BlockInput, BlockOutput>;
type BlockOptions = Omit<BlockInput, 'block'>;

async function* compressBlocks(input: Chunks, options: BlockOptions, pool: CompressPool): AsyncGenerator<BlockOutput> {
  const limit = pool.size + SPARE_BLOCKS;
  const inFlight: Promise<BlockOutput>[] = [];
  for await (const block of splitBlocks(input, BLOCK_BYTES[options.codec])) {
    const output = pool.run({ ...options, block }, [block.buffer]);
    // A failure is reported in its turn, below; or never, where the stream has failed or was left before.
    output.catch(() => undefined);
    inFlight.push(output);
    if (inFlight.length >= limit) yield await inFlight.shift()!;
  }
  for (const output of inFlight) yield await output;
}

async function* passThrough(input: Chunks): AsyncGenerator<Uint8Array> {
  for await (const chunk of input) if (chunk.length > 0) yield chunk;
}

/** Opens a compressor on threads of its own, which start when there is work for them. */
export function openCompressor(workers: Workers, implementation: Implementation): Compressor {
  const pool = workers.open(compressBlockTask());
  const compressWith = (input: Chunks, codec: BlockCodec, level: number): Bytes =>
    joinBlocks(codec, compressBlocks(input, { codec, level, implementation }, pool));
  return {
    compress(input, choice) {
      checkChoice(choice);
      return choice.type === 'none' ? passThrough(input) : compressWith(input, choice.type, choice.level);
    },
    close: () => pool.close(),
  };
}
