import {
  DISTANCE_ALIGN,
  DISTANCE_SLOTS,
  DISTANCE_SPECIAL,
  IS_LONG_REPEAT_0,
  IS_MATCH,
  IS_REPEAT,
  IS_REPEAT_0,
  IS_REPEAT_1,
  IS_REPEAT_2,
  LENGTH_HIGH,
  LENGTH_LOW,
  LENGTH_MIDDLE,
  LITERALS,
  MATCH_LENGTHS,
  PROBABILITIES_END,
  REPEAT_LENGTHS,
  WINDOW,
} from './layout';
import {
  code,
  decodeBit,
  decodeDirect,
  decodeReversed,
  decodeTree,
  isRangeFinished,
  next,
  range,
  resumeRange,
  startRange,
} from './range-coder';

/** Which kinds of symbols came last: 0 to 6 after a literal, 7 to 11 after a match. */
let state: u32 = 0;
/** The last four distances, less one. */
let repeat0: u32 = 0;
let repeat1: u32 = 0;
let repeat2: u32 = 0;
let repeat3: u32 = 0;

let literalContextBits: u32 = 0;
let literalPositionMask: u32 = 0;
let positionMask: u32 = 0;

/** From a byte: (pb × 5 + lp) × 9 + lc. False where LZMA2 does not allow it. */
export function setProperties(byte: u32): bool {
  if (byte > (4 * 5 + 4) * 9 + 8) return false;
  const lc = byte % 9;
  const rest = byte / 9;
  const lp = rest % 5;
  if (lc + lp > 4) return false;
  literalContextBits = lc;
  literalPositionMask = (1 << lp) - 1;
  positionMask = (1 << (rest / 5)) - 1;
  return true;
}

export function resetState(): void {
  state = 0;
  repeat0 = 0;
  repeat1 = 0;
  repeat2 = 0;
  repeat3 = 0;
  for (let at = IS_MATCH; at < PROBABILITIES_END; at += 2) store<u16>(at, 1024);
}

function decodeLength(coder: usize, positionState: u32): u32 {
  if (decodeBit(coder) === 0) return 2 + decodeTree(coder + LENGTH_LOW + ((<usize>positionState) << 4), 3);
  if (decodeBit(coder + 2) === 0) return 10 + decodeTree(coder + LENGTH_MIDDLE + ((<usize>positionState) << 4), 3);
  return 18 + decodeTree(coder + LENGTH_HIGH, 8);
}

/** Less one. */
function decodeDistance(length: u32): u32 {
  const lengths = min<u32>(length - 2, 3);
  const slot = decodeTree(DISTANCE_SLOTS + ((<usize>lengths) << 7), 6);
  if (slot < 4) return slot;
  const bits = (slot >> 1) - 1;
  const first: u32 = 2 | (slot & 1);
  if (slot >= 14) return (decodeDirect(first, bits - 4) << 4) + decodeReversed(DISTANCE_ALIGN, 4);
  const base = first << bits;
  return base + decodeReversed(DISTANCE_SPECIAL + ((<usize>(base - slot)) << 1) - 2, bits);
}

/** Decodes a match, and returns its length; its distance, less one, is `repeat0`. */
function decodeMatch(positionState: u32): u32 {
  const isAfterLiteral = state < 7;
  const place = (<usize>state) << 1;
  if (decodeBit(IS_REPEAT + place) === 0) {
    repeat3 = repeat2;
    repeat2 = repeat1;
    repeat1 = repeat0;
    state = isAfterLiteral ? 7 : 10;
    const length = decodeLength(MATCH_LENGTHS, positionState);
    repeat0 = decodeDistance(length);
    return length;
  }
  if (decodeBit(IS_REPEAT_0 + place) === 0) {
    if (decodeBit(IS_LONG_REPEAT_0 + ((<usize>((state << 4) + positionState)) << 1)) === 0) {
      state = isAfterLiteral ? 9 : 11;
      return 1;
    }
  } else {
    let distance = repeat1;
    if (decodeBit(IS_REPEAT_1 + place) !== 0) {
      distance = repeat2;
      if (decodeBit(IS_REPEAT_2 + place) !== 0) {
        distance = repeat3;
        repeat3 = repeat2;
      }
      repeat2 = repeat1;
    }
    repeat1 = repeat0;
    repeat0 = distance;
  }
  state = isAfterLiteral ? 8 : 11;
  return decodeLength(REPEAT_LENGTHS, positionState);
}

/** Bytes may overlap what they are copied from: then they are repeated. */
function copyMatch(to: usize, distance: usize, length: usize): void {
  const end = to + length;
  let at = to;
  // A whole word only where it reads nothing that it writes.
  if (distance >= 8) for (; at + 8 <= end; at += 8) store<u64>(at, load<u64>(at - distance));
  for (; at < end; at++) store<u8>(at, load<u8>(at - distance));
}

/**
 * Decodes the symbols of a chunk.
 *
 * @param from, end where its data stands
 * @param start, limit where it goes in the window
 * @returns false where the data is damaged
 */
export function decodeSymbols(from: usize, end: usize, start: u32, limit: u32, dictionaryBytes: u32): bool {
  startRange(from);
  let r = range;
  let c = code;
  let input = next;
  let position = start;
  while (position < limit) {
    if (input > end) return false;
    const positionState = position & positionMask;
    if (r < 1 << 24) {
      r <<= 8;
      c = (c << 8) | load<u8>(input++);
    }
    const isMatch = IS_MATCH + ((<usize>((state << 4) + positionState)) << 1);
    const matchProbability: u32 = load<u16>(isMatch);
    const matchBound = (r >> 11) * matchProbability;
    if (c >= matchBound) {
      store<u16>(isMatch, matchProbability - (matchProbability >> 5));
      resumeRange(r - matchBound, c - matchBound, input);
      const length = decodeMatch(positionState);
      r = range;
      c = code;
      input = next;
      if (repeat0 >= position || repeat0 >= dictionaryBytes || length > limit - position) return false;
      copyMatch(WINDOW + <usize>position, <usize>repeat0 + 1, <usize>length);
      position += length;
      continue;
    }
    r = matchBound;
    store<u16>(isMatch, matchProbability + ((2048 - matchProbability) >> 5));
    const before: u32 = load<u8>(WINDOW + <usize>position - 1);
    const context = ((position & literalPositionMask) << literalContextBits) + (before >> (8 - literalContextBits));
    const tree = LITERALS + <usize>(context * 0x600);
    let symbol: u32 = 1;
    // After a match the byte that would have gone on with it is known, and each bit depends on its bit as long as they are equal.
    let known: u32 = 0;
    let offset: u32 = 0;
    if (state >= 7) {
      known = load<u8>(WINDOW + <usize>(position - repeat0) - 1);
      offset = 0x100;
    }
    do {
      known <<= 1;
      const bit = known & offset;
      if (r < 1 << 24) {
        r <<= 8;
        c = (c << 8) | load<u8>(input++);
      }
      const place = tree + ((<usize>(offset + bit + symbol)) << 1);
      const probability: u32 = load<u16>(place);
      const bound = (r >> 11) * probability;
      if (c < bound) {
        r = bound;
        store<u16>(place, probability + ((2048 - probability) >> 5));
        symbol <<= 1;
        offset &= ~bit;
      } else {
        r -= bound;
        c -= bound;
        store<u16>(place, probability - (probability >> 5));
        symbol = (symbol << 1) | 1;
        offset &= bit;
      }
    } while (symbol < 0x100);
    store<u8>(WINDOW + <usize>position, <u8>symbol);
    position += 1;
    state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
  }
  resumeRange(r, c, input);
  return isRangeFinished() && next === end;
}
