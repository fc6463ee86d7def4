import { DISTANCE_BASES, DISTANCE_SYMBOLS, DISTANCES, LENGTH_SYMBOLS } from './layout';

/** Bits that follow the symbol of a length, 257 taken away from it (RFC 1951, section 3.2.5). */
export function lengthExtraBits(symbol: i32): i32 {
  if (symbol < 8 || symbol === 28) return 0;
  return (symbol >> 2) - 1;
}

export function distanceExtraBits(symbol: i32): i32 {
  return symbol < 4 ? 0 : (symbol >> 1) - 1;
}

/** The least length of a symbol, 257 taken away from it. */
export function lengthBase(symbol: i32): i32 {
  if (symbol < 8) return 3 + symbol;
  return symbol === 28 ? 258 : 3 + ((4 + (symbol & 3)) << ((symbol >> 2) - 1));
}

function distanceBase(symbol: i32): i32 {
  return symbol < 4 ? 1 + symbol : 1 + ((2 + (symbol & 1)) << ((symbol >> 1) - 1));
}

export function prepareSymbols(): void {
  for (let symbol = 0; symbol <= 28; symbol++) {
    const base = lengthBase(symbol);
    for (let length = base; length < base + (1 << lengthExtraBits(symbol)) && length <= 258; length++) {
      store<u8>(LENGTH_SYMBOLS + length, symbol);
    }
  }
  for (let symbol = 0; symbol < DISTANCES; symbol++) {
    const base = distanceBase(symbol);
    store<u16>(DISTANCE_BASES + (symbol << 1), base);
    // Up to 256 by the distance itself, above by its multiples of 128.
    const last = base + (1 << distanceExtraBits(symbol)) - 1;
    if (last <= 256)
      for (let distance = base; distance <= last; distance++) store<u8>(DISTANCE_SYMBOLS + distance - 1, symbol);
    else
      for (let part = (base - 1) >> 7; part <= (last - 1) >> 7; part++)
        store<u8>(DISTANCE_SYMBOLS + 256 + part, symbol);
  }
}

export function distanceSymbol(distance: u32): u32 {
  const at = distance - 1;
  return at < 256 ? load<u8>(DISTANCE_SYMBOLS + at) : load<u8>(DISTANCE_SYMBOLS + 256 + (at >> 7));
}
