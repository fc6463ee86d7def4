import { writeBits } from './bits';
import { makeCodes, makeLengths } from './huffman';
import { CODE_LENGTHS, DISTANCES, LITERALS, PRECODE_CODES, PRECODE_COUNTS, PRECODE_LENGTHS, RUNS } from './layout';

const PRECODES: i32 = 19;
const MAX_PRECODE_BITS: i32 = 7;

let literals: i32 = 0;
let distances: i32 = 0;
let runs: i32 = 0;
let precodes: i32 = 0;

/** The order in which lengths of codes of lengths stand: 16 17 18 0 8 7 9 6 10 5 11 4 12 3 13 2 14 1 15. */
function precodeAt(index: i32): i32 {
  if (index < 3) return 16 + index;
  if (index === 3) return 0;
  return (index & 1) === 0 ? 8 + ((index - 4) >> 1) : 7 - ((index - 5) >> 1);
}

function precodeExtraBits(symbol: i32): i32 {
  return symbol < 16 ? 0 : symbol === 16 ? 2 : symbol === 17 ? 3 : 7;
}

function addRun(symbol: i32, extra: i32): void {
  store<u16>(RUNS + (runs << 1), symbol | (extra << 8));
  runs++;
  const counter = PRECODE_COUNTS + (symbol << 2);
  store<u32>(counter, load<u32>(counter) + 1);
}

/** `count` times the same length, in as few runs as there can be. */
function addRuns(length: i32, count: i32): void {
  let left = count;
  if (length === 0) {
    while (left >= 11) {
      const size = min(left, 138);
      addRun(18, size - 11);
      left -= size;
    }
    if (left >= 3) {
      addRun(17, left - 3);
      left = 0;
    }
  } else {
    addRun(length, 0);
    left--;
    while (left >= 3) {
      const size = min(left, 6);
      addRun(16, size - 3);
      left -= size;
    }
  }
  for (; left > 0; left--) addRun(length, 0);
}

/** The length at an index of the list that describes both codes. */
function lengthAt(index: i32): i32 {
  return load<u8>(CODE_LENGTHS + (index < literals ? index : LITERALS + index - literals));
}

/** Prepares the description of the codes whose lengths are in CODE_LENGTHS (RFC 1951, section 3.2.7); returns its bits. */
export function prepareTables(): u32 {
  literals = LITERALS;
  while (literals > 257 && load<u8>(CODE_LENGTHS + literals - 1) === 0) literals--;
  distances = DISTANCES;
  while (distances > 1 && load<u8>(CODE_LENGTHS + LITERALS + distances - 1) === 0) distances--;
  runs = 0;
  memory.fill(PRECODE_COUNTS, 0, PRECODES << 2);
  const all = literals + distances;
  for (let at = 0; at < all; ) {
    const length = lengthAt(at);
    let next = at + 1;
    while (next < all && lengthAt(next) === length) next++;
    addRuns(length, next - at);
    at = next;
  }
  makeLengths(PRECODE_COUNTS, PRECODES, MAX_PRECODE_BITS, PRECODE_LENGTHS);
  precodes = PRECODES;
  while (precodes > 4 && load<u8>(PRECODE_LENGTHS + precodeAt(precodes - 1)) === 0) precodes--;
  let bits: u32 = 14 + 3 * precodes;
  for (let symbol = 0; symbol < PRECODES; symbol++) {
    const each: u32 = load<u8>(PRECODE_LENGTHS + symbol) + precodeExtraBits(symbol);
    bits += load<u32>(PRECODE_COUNTS + (symbol << 2)) * each;
  }
  return bits;
}

/** Writes what was prepared. */
export function writeTables(): void {
  makeCodes(PRECODE_LENGTHS, PRECODES, PRECODE_CODES);
  writeBits((literals - 257) | ((distances - 1) << 5) | ((precodes - 4) << 10), 14);
  for (let index = 0; index < precodes; index++) writeBits(load<u8>(PRECODE_LENGTHS + precodeAt(index)), 3);
  for (let at = 0; at < runs; at++) {
    const run: i32 = load<u16>(RUNS + (at << 1));
    const symbol = run & 0xff;
    const code = load<u32>(PRECODE_CODES + (symbol << 2));
    writeBits(code & 0xffff, code >> 16);
    writeBits(run >> 8, precodeExtraBits(symbol));
  }
}
