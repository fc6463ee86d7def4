import { end } from './bits';
import { entropy, prepareLogarithms } from './entropy';
import {
  BLOCK_COUNTS,
  DISTANCES,
  INPUT,
  JOINED_COUNTS,
  LITERALS,
  MAX_INPUT,
  MAX_SEQUENCES,
  OUTPUT,
  SEGMENT_COUNTS,
  SEQUENCES,
} from './layout';
import { isNoise, startNoise } from './noise';
import { useLevel } from './parameters';
import { insertAll, parse, position, sequences, setSequences, startParse, startTables } from './parse';
import { storeOnly, writeStored } from './stored';
import { prepareSymbols } from './symbols';
import { flushStored, startBlocks, storeInput, writeBlock } from './write-block';

/** What is looked at as a whole: whether it is noise, and whether it is a deflate block with what was before. */
const SEGMENT: u32 = 0x4000;
/** The most sequences that a segment may have: no match is shorter than three bytes. */
const SEGMENT_SEQUENCES: i32 = <i32>SEGMENT / 3 + 2;
/** What a deflate block costs by itself, in bits, by experience. */
const BLOCK_COST: i32 = 500;
const COUNTS_BYTES: usize = (LITERALS + DISTANCES) << 2;

/** The deflate block that is open: its start, how many sequences it has, and what its symbols need. */
let blockStart: usize = 0;
let blockSequences: i32 = 0;
let blockEntropy: i32 = 0;

export function inputAddress(): usize {
  return INPUT;
}

/** The most bytes that may be put there. */
export function inputLimit(): i32 {
  return MAX_INPUT;
}

export function outputAddress(): usize {
  return OUTPUT;
}

/** Writes the open deflate block, which ends at `to`. */
function closeBlock(to: usize): void {
  if (blockSequences > 0) writeBlock(blockSequences, blockStart, <u32>(to - blockStart));
  blockStart = to;
  blockSequences = 0;
  blockEntropy = 0;
  memory.fill(BLOCK_COUNTS, 0, COUNTS_BYTES);
}

/** Adds the segment that was parsed from `from` on to the open deflate block, or opens another one with it. */
function joinSegment(from: usize): void {
  const own = entropy(SEGMENT_COUNTS);
  for (let at: usize = 0; at < COUNTS_BYTES; at += 4) {
    store<u32>(JOINED_COUNTS + at, load<u32>(BLOCK_COUNTS + at) + load<u32>(SEGMENT_COUNTS + at));
  }
  const joined = entropy(JOINED_COUNTS);
  const added = sequences - blockSequences;
  const isFull = sequences > MAX_SEQUENCES - SEGMENT_SEQUENCES;
  if (blockSequences > 0 && (isFull || blockEntropy + own + BLOCK_COST < joined)) {
    const before = blockSequences;
    closeBlock(from);
    memory.copy(SEQUENCES, SEQUENCES + (before << 3), added << 3);
    memory.copy(BLOCK_COUNTS, SEGMENT_COUNTS, COUNTS_BYTES);
    setSequences(added);
    blockEntropy = own;
  } else {
    memory.copy(BLOCK_COUNTS, JOINED_COUNTS, COUNTS_BYTES);
    blockEntropy = joined;
  }
  blockSequences = sequences;
}

/** To be called once, before anything else. */
export function prepare(): void {
  prepareSymbols();
  prepareLogarithms();
}

/**
 * Compresses the `count` bytes at the input's address to the output's, and returns how many they are there: deflate
 * blocks that are not the last one of a stream, and a sync flush.
 */
export function compress(count: u32, level: i32): u32 {
  const stop = INPUT + count;
  store<u64>(stop, 0);
  store<u64>(stop + 8, 0);
  useLevel(level);
  startTables();
  startNoise();
  startBlocks();
  startParse(INPUT);
  setSequences(0);
  blockStart = INPUT;
  blockSequences = 0;
  closeBlock(INPUT);
  let inserted: usize = INPUT;
  while (position < stop) {
    const from = position;
    const size = min(SEGMENT, <u32>(stop - from));
    if (isNoise(from, size & ~3)) {
      closeBlock(from);
      storeInput(from, size);
      startParse(from + size);
      setSequences(0);
      blockStart = from + size;
      continue;
    }
    if (inserted < from) insertAll(max(inserted, max(from - 0x7fff, INPUT)), from);
    memory.fill(SEGMENT_COUNTS, 0, COUNTS_BYTES);
    parse(from + size, stop);
    inserted = position;
    joinSegment(from);
  }
  closeBlock(stop);
  flushStored();
  if (<u32>(end - OUTPUT) > storedLength(count)) storeOnly(INPUT, count);
  writeStored(stop, 0);
  return <u32>(end - OUTPUT);
}

/** Bytes that nothing but stored blocks would need. */
function storedLength(count: u32): u32 {
  return count + 5 * ((count + 65534) / 65535);
}
