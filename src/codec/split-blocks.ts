import { type Chunks, isSyncChunks } from '../util/index.js';

interface BlockFiller {
  /** Copies the chunk; yields the blocks that became full. */
  add(chunk: Uint8Array): Generator<Uint8Array<ArrayBuffer>>;
  /** What is left, as the last block; yields nothing where nothing is. */
  rest(): Generator<Uint8Array<ArrayBuffer>>;
}

function blockFiller(size: number): BlockFiller {
  let block: Uint8Array<ArrayBuffer> | undefined;
  let filled = 0;
  return {
    *add(chunk) {
      for (let start = 0; start < chunk.length; ) {
        block ??= new Uint8Array(size);
        const piece = chunk.subarray(start, start + size - filled);
        block.set(piece, filled);
        filled += piece.length;
        start += piece.length;
        if (filled < size) continue;
        const full = block;
        block = undefined;
        filled = 0;
        yield full;
      }
    },
    *rest() {
      if (block !== undefined) yield block.slice(0, filled);
    },
  };
}

function* splitSync(input: Iterable<Uint8Array>, size: number): Generator<Uint8Array<ArrayBuffer>> {
  const filler = blockFiller(size);
  for (const chunk of input) yield* filler.add(chunk);
  yield* filler.rest();
}

async function* splitAsync(input: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const filler = blockFiller(size);
  for await (const chunk of input) yield* filler.add(chunk);
  yield* filler.rest();
}

/**
 * The input cut into blocks of exactly `size` bytes, the last one shorter; no block for an empty input. A chunk is
 * copied before the next one is asked for; a block is the caller's and has its buffer for itself. A synchronous input
 * is read without awaiting.
 */
export function splitBlocks(
  input: Chunks,
  size: number,
): Iterable<Uint8Array<ArrayBuffer>> | AsyncIterable<Uint8Array<ArrayBuffer>> {
  return isSyncChunks(input) ? splitSync(input, size) : splitAsync(input, size);
}
