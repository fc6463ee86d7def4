import { createHash } from 'node:crypto';
import { type CompressedBlock, checkChoice, joinBlocks } from '../codec/index.js';
import { type Descriptor, type DiffId, type Digest, digestOfHash, layerMediaType } from '../oci/index.js';
import type { FileTree } from '../tree/index.js';
import type { Chunks } from '../util/index.js';
import type { BlockResult, ThreadGap } from './block-task.js';
import { ContentReader, PartsCheck } from './content-reader.js';
import { cutBlocks, type Gap, type LayerBlock } from './cut-blocks.js';
import type { BlockMemory, KeptBlock } from './kept-blocks.js';
import type { LayerFormat } from './layer-key.js';
import type { LayerThreads } from './layer-threads.js';

export interface BuiltLayer {
  readonly descriptor: Descriptor;
  readonly diffId: DiffId;
}

/** A layer that was written just now. */
export interface WrittenLayer extends BuiltLayer {
  /** Its blocks, for the memory of the next time; none where it is not compressed. */
  readonly blocks: readonly KeptBlock[];
}

export interface LayerOutput {
  readonly threads: LayerThreads;
  /** Stores the compressed bytes as they come and says what they were. */
  store(bytes: Chunks): Promise<{ readonly digest: Digest; readonly size: number }>;
  /** Called with the bytes of tar since the last call. May throw to stop. */
  progress(tarBytes: number): void;
  /** Blocks that need not be compressed again. What comes out is the same without. */
  readonly memory?: BlockMemory | undefined;
}

/** Keeps threads busy while this one hashes and writes a finished block. */
const SPARE_BLOCKS = 2;

const isWhole = ({ entry, from, length }: Gap): boolean => from === 0 && length === entry.size;

/**
 * A part of a file that lies within another one is not given to threads: nothing would show that it was damaged before all of the file
 * was read, and its entry can have it made again.
 */
const isForThreads = (gap: Gap): boolean => {
  const { extent } = gap.entry;
  return extent !== undefined && (isWhole(gap) || extent.position === undefined);
};

function threadGap({ at, length, from, entry }: Gap, isWholeFile: boolean): ThreadGap {
  return { at, length, from, extent: entry.extent!, size: entry.size, digest: isWholeFile ? entry.digest : undefined };
}

interface FilledBlock extends LayerBlock {
  readonly result: BlockResult;
}

/** Fills and compresses the blocks of one layer, a few at a time, and gives them in their order. */
class BlockLine {
  readonly #format: LayerFormat;
  readonly #output: LayerOutput;
  /** What threads cannot read is read here, while they are busy. */
  readonly #ahead = new ContentReader();
  readonly #again = new ContentReader();

  constructor(format: LayerFormat, output: LayerOutput) {
    this.#format = format;
    this.#output = output;
  }

  async *run(blocks: Iterable<LayerBlock>): AsyncGenerator<FilledBlock> {
    const limit = this.#output.threads.pool.size + SPARE_BLOCKS;
    const inFlight: (readonly [LayerBlock, Promise<BlockResult>])[] = [];
    try {
      for (const block of blocks) {
        for (const gap of block.gaps) if (!isForThreads(gap)) await this.#ahead.fill(block.tar, gap);
        const gaps = block.gaps.filter(isForThreads);
        const result = this.#give(block, block.tar, gaps);
        // A failure is reported in its turn, below; or never, where the layer has failed before.
        result.catch(() => undefined);
        inFlight.push([{ ...block, gaps }, result]);
        if (inFlight.length >= limit) yield this.#complete(...inFlight.shift()!);
      }
      for (const next of inFlight) yield this.#complete(...next);
    } finally {
      await this.#ahead.close();
      await this.#again.close();
    }
  }

  #give({ key }: LayerBlock, tar: Uint8Array<ArrayBuffer>, gaps: readonly Gap[]): Promise<BlockResult> {
    const { compression, level } = this.#format;
    const { threads, memory } = this.#output;
    const before = memory?.get(key);
    const work = { compression, level, implementation: threads.implementation, before };
    const threadGaps = gaps.map((gap) => threadGap(gap, isWhole(gap)));
    return threads.pool.run({ tar, gaps: threadGaps, ...work }, [tar.buffer]);
  }

  /** What a thread could not read is read by its entry, which knows what is wrong with it, or finds it elsewhere. */
  async #complete(block: LayerBlock, given: Promise<BlockResult>): Promise<FilledBlock> {
    const result = await given;
    if (result.unfilled.length === 0) return { ...block, result };
    const tar = new Uint8Array(result.tar);
    for (const i of result.unfilled) await this.#again.fill(tar, block.gaps[i]!);
    return { ...block, result: await this.#give(block, tar, []) };
  }
}

/**
 * Writes a layer: tree → tar → compressed blob, streamed, so that memory does not grow with the layer (format 1). Files
 * that lie somewhere on this machine are read by the threads that compress.
 *
 * @throws TbuildError `input-changed` where a file is not any more what its entry says; RangeError for a level that the
 *   compression does not have
 */
export async function buildLayer(tree: FileTree, format: LayerFormat, output: LayerOutput): Promise<WrittenLayer> {
  const { compression, level } = format;
  checkChoice({ type: compression, level });
  const tarHash = createHash('sha256');
  const kept: KeptBlock[] = [];
  async function* compressed(): AsyncGenerator<CompressedBlock> {
    const parts = new PartsCheck();
    for await (const { key, gaps, result } of new BlockLine(format, output).run(cutBlocks(tree, format))) {
      const { tar, bytes = tar, crc32, digest } = result;
      for (const gap of gaps) {
        if (!isWhole(gap)) await parts.add(tar.subarray(gap.at, gap.at + gap.length), gap);
      }
      tarHash.update(tar);
      output.progress(tar.length);
      if (digest !== undefined) kept.push({ key, length: bytes.length, digest, crc32 });
      yield { bytes, length: tar.length, crc32 };
    }
  }
  const { digest, size } = await output.store(joinBlocks(compression, compressed()));
  const descriptor = { mediaType: layerMediaType(compression), digest, size };
  return { descriptor, diffId: digestOfHash(tarHash) as string as DiffId, blocks: kept };
}
