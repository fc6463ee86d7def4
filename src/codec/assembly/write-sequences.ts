import { end, resumeBits, waiting, waitingCount } from './bits';
import { CODES, DISTANCE_BASES, DISTANCES, LENGTH_BITS, LENGTH_SYMBOLS, LITERALS, SEQUENCES } from './layout';
import { distanceExtraBits, lengthBase, lengthExtraBits } from './symbols';

const DISTANCE_CODES: usize = CODES + (LITERALS << 2);

/** Joins the code of each length with the bits after it, and puts the count of bits after the code of each distance. */
export function prepareSequences(): void {
  for (let length = 3; length <= 258; length++) {
    const symbol: i32 = load<u8>(LENGTH_SYMBOLS + length);
    const code = load<u32>(CODES + ((257 + symbol) << 2));
    const size = code >> 16;
    const bits = (code & 0xffff) | ((length - lengthBase(symbol)) << size);
    store<u32>(LENGTH_BITS + (length << 2), bits | ((size + lengthExtraBits(symbol)) << 24));
  }
  for (let symbol = 0; symbol < DISTANCES; symbol++) {
    const at = DISTANCE_CODES + (symbol << 2);
    store<u32>(at, load<u32>(at) | (distanceExtraBits(symbol) << 24));
  }
}

/**
 * Writes sequences, whose literals stand from `from` on in the input. The 64 bits that wait are written out whenever
 * the next ones might not fit: four literals have at most 56 bits, a match at most 14 + 5 + 15 + 13.
 */
export function writeSequences(count: i32, from: usize): void {
  let bits = waiting;
  let filled = waitingCount;
  let out = end;
  let at = from;
  for (let sequence: usize = SEQUENCES; sequence < SEQUENCES + (count << 3); sequence += 8) {
    const parts = load<u64>(sequence);
    const literals = <u32>parts & 0xffff;
    let left = literals;
    while (left >= 4) {
      const four = load<u32>(at);
      const first = load<u32>(CODES + ((four & 0xff) << 2));
      const second = load<u32>(CODES + (((four >> 8) & 0xff) << 2));
      const third = load<u32>(CODES + (((four >> 16) & 0xff) << 2));
      const fourth = load<u32>(CODES + ((four >> 24) << 2));
      bits |= (<u64>(first & 0xffff)) << filled;
      filled += first >> 16;
      bits |= (<u64>(second & 0xffff)) << filled;
      filled += second >> 16;
      bits |= (<u64>(third & 0xffff)) << filled;
      filled += third >> 16;
      bits |= (<u64>(fourth & 0xffff)) << filled;
      filled += fourth >> 16;
      store<u64>(out, bits);
      out += <usize>(filled >> 3);
      bits >>= filled & 0x38;
      filled &= 7;
      at += 4;
      left -= 4;
    }
    // The last three or fewer without a branch for each, which nothing could foresee.
    const three = load<u32>(at);
    at += left;
    const first = load<u32>(CODES + ((three & 0xff) << 2)) & (0 - <u32>(left > 0));
    const second = load<u32>(CODES + (((three >> 8) & 0xff) << 2)) & (0 - <u32>(left > 1));
    const third = load<u32>(CODES + (((three >> 16) & 0xff) << 2)) & (0 - <u32>(left > 2));
    bits |= (<u64>(first & 0xffff)) << filled;
    filled += first >> 16;
    bits |= (<u64>(second & 0xffff)) << filled;
    filled += second >> 16;
    bits |= (<u64>(third & 0xffff)) << filled;
    filled += third >> 16;
    store<u64>(out, bits);
    out += <usize>(filled >> 3);
    bits >>= filled & 0x38;
    filled &= 7;
    const length = <u32>(parts >> 16) & 0xffff;
    if (length === 0) continue;
    at += length;
    const lengthBits = load<u32>(LENGTH_BITS + (length << 2));
    bits |= (<u64>(lengthBits & 0xffffff)) << filled;
    filled += lengthBits >> 24;
    const symbol = <usize>(parts >> 48);
    const code = load<u32>(DISTANCE_CODES + (symbol << 2));
    bits |= (<u64>(code & 0xffff)) << filled;
    filled += (code >> 16) & 0xff;
    const extra = (<u32>(parts >> 32) & 0xffff) - load<u16>(DISTANCE_BASES + (symbol << 1));
    bits |= (<u64>extra) << filled;
    filled += code >> 24;
    store<u64>(out, bits);
    out += <usize>(filled >> 3);
    bits >>= filled & 0x38;
    filled &= 7;
  }
  resumeBits(bits, filled, out);
}
