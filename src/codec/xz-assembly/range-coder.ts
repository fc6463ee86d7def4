import { INPUT } from './layout';

/** The range decoder between two uses. A loop that decodes many bits keeps the three in variables of its own meanwhile. */
export let range: u32 = 0;
export let code: u32 = 0;
/** The next byte. */
export let next: usize = INPUT;

export function resumeRange(newRange: u32, newCode: u32, at: usize): void {
  range = newRange;
  code = newCode;
  next = at;
}

/** @param from the five bytes that begin a chunk, the first of which is 0 */
export function startRange(from: usize): void {
  resumeRange(0xffffffff, bswap<u32>(load<u32>(from + 1)), from + 5);
}

/** One bit with the probability at an address. */
export function decodeBit(at: usize): u32 {
  if (range < 1 << 24) {
    range <<= 8;
    code = (code << 8) | load<u8>(next++);
  }
  const probability: u32 = load<u16>(at);
  const bound = (range >> 11) * probability;
  if (code < bound) {
    range = bound;
    store<u16>(at, probability + ((2048 - probability) >> 5));
    return 0;
  }
  range -= bound;
  code -= bound;
  store<u16>(at, probability - (probability >> 5));
  return 1;
}

/** So many bits, the highest first, each with a probability that depends on those before it. */
export function decodeTree(tree: usize, bits: u32): u32 {
  let r = range;
  let c = code;
  let at = next;
  let symbol: u32 = 1;
  for (let i: u32 = 0; i < bits; i++) {
    if (r < 1 << 24) {
      r <<= 8;
      c = (c << 8) | load<u8>(at++);
    }
    const place = tree + ((<usize>symbol) << 1);
    const probability: u32 = load<u16>(place);
    const bound = (r >> 11) * probability;
    if (c < bound) {
      r = bound;
      store<u16>(place, probability + ((2048 - probability) >> 5));
      symbol <<= 1;
    } else {
      r -= bound;
      c -= bound;
      store<u16>(place, probability - (probability >> 5));
      symbol = (symbol << 1) | 1;
    }
  }
  resumeRange(r, c, at);
  return symbol - (1 << bits);
}

/** As `decodeTree`, the lowest bit first. */
export function decodeReversed(tree: usize, bits: u32): u32 {
  let symbol: u32 = 1;
  let value: u32 = 0;
  for (let i: u32 = 0; i < bits; i++) {
    const bit = decodeBit(tree + ((<usize>symbol) << 1));
    symbol = (symbol << 1) | bit;
    value |= bit << i;
  }
  return value;
}

/** So many bits that are as often 0 as 1, after those of `value`. */
export function decodeDirect(value: u32, bits: u32): u32 {
  let result = value;
  for (let i: u32 = 0; i < bits; i++) {
    if (range < 1 << 24) {
      range <<= 8;
      code = (code << 8) | load<u8>(next++);
    }
    range >>= 1;
    const isZero: u32 = code < range ? 1 : 0;
    if (!isZero) code -= range;
    result = (result << 1) | (1 - isZero);
  }
  return result;
}

/** True where a chunk has come to its end as it should. */
export function isRangeFinished(): bool {
  if (range < 1 << 24) {
    range <<= 8;
    code = (code << 8) | load<u8>(next++);
  }
  return code === 0;
}
