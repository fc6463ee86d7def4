import { startBits, writeBits } from './bits';
import { makeCodes, makeLengths } from './huffman';
import { BLOCK_COUNTS, CODE_LENGTHS, CODES, DISTANCES, END_OF_BLOCK, LITERALS } from './layout';
import { storedCost, writeStored } from './stored';
import { distanceExtraBits, lengthExtraBits } from './symbols';
import { prepareTables, writeTables } from './tables';
import { prepareSequences, writeSequences } from './write-sequences';

/** One less than the format allows: four literals then fit into what waits. */
const MAX_LITERAL_BITS: i32 = 14;
const MAX_DISTANCE_BITS: i32 = 15;
const DISTANCE_COUNTS: usize = BLOCK_COUNTS + (LITERALS << 2);

const FIXED: u32 = 1;
const DYNAMIC: u32 = 2;

/** Input that is to be stored, but is not yet, because more may follow: the fewer stored blocks the better. */
let storedFrom: usize = 0;
let storedCount: u32 = 0;

export function startBlocks(): void {
  startBits();
  storedCount = 0;
}

export function storeInput(from: usize, count: u32): void {
  if (storedCount === 0) storedFrom = from;
  storedCount += count;
}

/** Writes what is still to be stored. */
export function flushStored(): void {
  if (storedCount > 0) writeStored(storedFrom, storedCount);
  storedCount = 0;
}

/** RFC 1951, section 3.2.6 */
function fixedLength(symbol: i32): i32 {
  return symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8;
}

function useFixedLengths(): void {
  for (let symbol = 0; symbol < LITERALS; symbol++) store<u8>(CODE_LENGTHS + symbol, fixedLength(symbol));
  memory.fill(CODE_LENGTHS + LITERALS, 5, DISTANCES);
}

/** Bits of all symbols with the codes whose lengths are in CODE_LENGTHS, or with the fixed ones. */
function symbolBits(isFixed: bool): u32 {
  let bits: u32 = 0;
  for (let symbol = 0; symbol < LITERALS; symbol++) {
    const each: i32 = isFixed ? fixedLength(symbol) : load<u8>(CODE_LENGTHS + symbol);
    bits += load<u32>(BLOCK_COUNTS + (symbol << 2)) * each;
  }
  for (let symbol = 0; symbol < DISTANCES; symbol++) {
    const each: i32 = isFixed ? 5 : load<u8>(CODE_LENGTHS + LITERALS + symbol);
    bits += load<u32>(DISTANCE_COUNTS + (symbol << 2)) * each;
  }
  return bits;
}

function extraBits(): u32 {
  let bits: u32 = 0;
  for (let symbol = 0; symbol < 29; symbol++) {
    bits += load<u32>(BLOCK_COUNTS + ((257 + symbol) << 2)) * lengthExtraBits(symbol);
  }
  for (let symbol = 0; symbol < DISTANCES; symbol++) {
    bits += load<u32>(DISTANCE_COUNTS + (symbol << 2)) * distanceExtraBits(symbol);
  }
  return bits;
}

/**
 * Writes the input from `from` on, of which there are `count` bytes and which `sequences` describe, with their symbols
 * counted in BLOCK_COUNTS: stored, with fixed codes or with codes of its own, whichever takes least, in this order.
 */
export function writeBlock(sequences: i32, from: usize, count: u32): void {
  store<u32>(BLOCK_COUNTS + (END_OF_BLOCK << 2), 1);
  makeLengths(BLOCK_COUNTS, LITERALS, MAX_LITERAL_BITS, CODE_LENGTHS);
  makeLengths(DISTANCE_COUNTS, DISTANCES, MAX_DISTANCE_BITS, CODE_LENGTHS + LITERALS);
  const tables = prepareTables();
  const extra = extraBits();
  const fixed: u32 = 3 + symbolBits(true) + extra;
  const dynamic: u32 = 3 + tables + symbolBits(false) + extra;
  const compressed = min(fixed, dynamic);
  const stored: u32 = storedCount > 0 ? count << 3 : storedCost(count);
  if (stored <= compressed) {
    storeInput(from, count);
    return;
  }
  flushStored();
  if (fixed <= dynamic) useFixedLengths();
  writeBits((fixed <= dynamic ? FIXED : DYNAMIC) << 1, 3);
  if (dynamic < fixed) writeTables();
  makeCodes(CODE_LENGTHS, LITERALS, CODES);
  makeCodes(CODE_LENGTHS + LITERALS, DISTANCES, CODES + (LITERALS << 2));
  prepareSequences();
  writeSequences(sequences, from);
  const last = load<u32>(CODES + (END_OF_BLOCK << 2));
  writeBits(last & 0xffff, last >> 16);
}
