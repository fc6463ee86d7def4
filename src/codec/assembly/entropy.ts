import { DISTANCES, LITERALS, LOGARITHM_BITS, LOGARITHMS } from './layout';

/** Logarithms have so many bits after the point. */
const FRACTION_BITS: u32 = 10;

/** log2, rounded down, of a number from 1 to 2 ** LOGARITHM_BITS: digit by digit, by squaring. */
function logarithm(value: u32): u32 {
  const whole: u32 = 31 - clz(value);
  let mantissa: u64 = ((<u64>value) << 31) >> whole;
  let result = whole;
  for (let digit: u32 = 0; digit < FRACTION_BITS; digit++) {
    mantissa = (mantissa * mantissa) >> 31;
    result <<= 1;
    if (mantissa >= 1 << 32) {
      mantissa >>= 1;
      result |= 1;
    }
  }
  return result;
}

export function prepareLogarithms(): void {
  for (let value: u32 = 1; value < 1 << LOGARITHM_BITS; value++)
    store<u32>(LOGARITHMS + (value << 2), logarithm(value));
}

/** value · log2 value, with FRACTION_BITS bits after the point. */
function weighed(value: u32): u64 {
  const size: u32 = 32 - clz(value);
  const shift: u32 = size > LOGARITHM_BITS ? size - LOGARITHM_BITS : 0;
  const log = load<u32>(LOGARITHMS + ((value >> shift) << 2)) + (shift << FRACTION_BITS);
  return <u64>value * <u64>log;
}

function entropyOf(counts: usize, symbols: i32): u64 {
  let total: u32 = 0;
  let sum: u64 = 0;
  for (let at = counts; at < counts + (symbols << 2); at += 4) {
    const count = load<u32>(at);
    if (count === 0) continue;
    total += count;
    sum += weighed(count);
  }
  return total === 0 ? 0 : weighed(total) - sum;
}

/** Bits that the symbols need with the best codes there could be, the bits after symbols not counted. */
export function entropy(counts: usize): i32 {
  return <i32>((entropyOf(counts, LITERALS) + entropyOf(counts + (LITERALS << 2), DISTANCES)) >> FRACTION_BITS);
}
