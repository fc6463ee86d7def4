import { LEAVES, LENGTH_COUNTS, PARENTS, SORTED, TREE } from './layout';

/** The lowest bits of a key are the symbol, so that symbols of one count have a fixed order. */
const SYMBOL_BITS: u32 = 9;

/** Sorts keys upwards (Shell's algorithm). */
function sort(keys: i32): void {
  let gap = keys > 132 ? 132 : 10;
  for (;;) {
    for (let i = gap; i < keys; i++) {
      const key = load<u32>(SORTED + (i << 2));
      let at = i;
      while (at >= gap) {
        const before = load<u32>(SORTED + ((at - gap) << 2));
        if (before <= key) break;
        store<u32>(SORTED + (at << 2), before);
        at -= gap;
      }
      store<u32>(SORTED + (at << 2), key);
    }
    if (gap === 1) return;
    gap = gap > 57 ? 57 : gap > 23 ? 23 : gap > 10 ? 10 : gap > 4 ? 4 : 1;
  }
}

/** Keys of the symbols that occur, and of others where there are fewer than two: no decoder refuses two codes. */
function collect(counts: usize, symbols: i32): i32 {
  let keys = 0;
  for (let symbol = 0; symbol < symbols; symbol++) {
    const count = load<u32>(counts + (symbol << 2));
    if (count === 0) continue;
    store<u32>(SORTED + (keys++ << 2), (count << SYMBOL_BITS) | symbol);
  }
  for (let symbol = 0; keys < 2; symbol++) {
    if (load<u32>(counts + (symbol << 2)) === 0) store<u32>(SORTED + (keys++ << 2), (1 << SYMBOL_BITS) | symbol);
  }
  return keys;
}

/**
 * Counts how many codes have each length (Huffman's algorithm): the symbols are sorted, and nodes come in the order of
 * their weight by themselves, so the two lightest stand in front of two queues.
 */
function countLengths(keys: i32, limit: i32): void {
  const root = keys - 2;
  let leaf = 0;
  let node = 0;
  for (let made = 0; made <= root; made++) {
    let weight: u32 = 0;
    let leaves = 0;
    for (let child = 0; child < 2; child++) {
      const leafWeight: u32 = leaf < keys ? load<u32>(SORTED + (leaf << 2)) >> SYMBOL_BITS : u32.MAX_VALUE;
      const nodeWeight: u32 = node < made ? load<u32>(TREE + (node << 2)) : u32.MAX_VALUE;
      if (leafWeight <= nodeWeight) {
        weight += leafWeight;
        leaves++;
        leaf++;
      } else {
        weight += nodeWeight;
        store<u16>(PARENTS + (node << 1), made);
        node++;
      }
    }
    store<u32>(TREE + (made << 2), weight);
    store<u16>(LEAVES + (made << 1), leaves);
  }
  memory.fill(LENGTH_COUNTS, 0, 64);
  // From here on TREE has the depths of the nodes.
  for (let at = root; at >= 0; at--) {
    const depth: i32 = at === root ? 0 : load<i32>(TREE + ((<i32>load<u16>(PARENTS + (at << 1))) << 2)) + 1;
    store<i32>(TREE + (at << 2), depth);
    const counter = LENGTH_COUNTS + (min(depth + 1, limit) << 2);
    store<i32>(counter, load<i32>(counter) + load<u16>(LEAVES + (at << 1)));
  }
}

/** Makes codes longer, the longest that can be first, until there are enough of them for those that the limit cut. */
function keepLimit(limit: i32): void {
  let used = 0;
  for (let length = 1; length <= limit; length++) used += load<i32>(LENGTH_COUNTS + (length << 2)) << (limit - length);
  for (let excess = used - (1 << limit); excess > 0; excess--) {
    let length = limit - 1;
    while (load<i32>(LENGTH_COUNTS + (length << 2)) === 0) length--;
    // One code of this length becomes the stem of two: of itself and of one that was too deep.
    const counter = LENGTH_COUNTS + (length << 2);
    store<i32>(counter, load<i32>(counter) - 1);
    store<i32>(counter + 4, load<i32>(counter + 4) + 2);
    const deepest = LENGTH_COUNTS + (limit << 2);
    store<i32>(deepest, load<i32>(deepest) - 1);
  }
}

function reversed(code: u32, length: u32): u32 {
  let bits = code;
  bits = ((bits & 0x5555) << 1) | ((bits >> 1) & 0x5555);
  bits = ((bits & 0x3333) << 2) | ((bits >> 2) & 0x3333);
  bits = ((bits & 0x0f0f) << 4) | ((bits >> 4) & 0x0f0f);
  bits = ((bits & 0x00ff) << 8) | (bits >> 8);
  return bits >> (16 - length);
}

/**
 * Lengths of the codes of `symbols`, at most `limit` (one byte each); 0 for a symbol that has none. Among all that have
 * the best lengths the one chosen is fixed by the counts alone.
 */
export function makeLengths(counts: usize, symbols: i32, limit: i32, lengths: usize): void {
  const keys = collect(counts, symbols);
  sort(keys);
  countLengths(keys, limit);
  keepLimit(limit);
  memory.fill(lengths, 0, symbols);
  let at = 0;
  for (let length = limit; length > 0; length--) {
    for (let left = load<i32>(LENGTH_COUNTS + (length << 2)); left > 0; left--) {
      const symbol = load<u32>(SORTED + (at++ << 2)) & ((1 << SYMBOL_BITS) - 1);
      store<u8>(lengths + symbol, length);
    }
  }
}

/** The codes of these lengths (RFC 1951, section 3.2.2), first bit lowest: `code | length << 16`, 32 bits each. */
export function makeCodes(lengths: usize, symbols: i32, codes: usize): void {
  memory.fill(LENGTH_COUNTS, 0, 128);
  for (let symbol = 0; symbol < symbols; symbol++) {
    const counter = LENGTH_COUNTS + ((<usize>load<u8>(lengths + symbol)) << 2);
    store<u32>(counter, load<u32>(counter) + 1);
  }
  const next = LENGTH_COUNTS + 64;
  store<u32>(LENGTH_COUNTS, 0);
  let code: u32 = 0;
  for (let length = 1; length < 16; length++) {
    code = (code + load<u32>(LENGTH_COUNTS + ((length - 1) << 2))) << 1;
    store<u32>(next + (length << 2), code);
  }
  for (let symbol = 0; symbol < symbols; symbol++) {
    const length: u32 = load<u8>(lengths + symbol);
    const value = load<u32>(next + (length << 2));
    store<u32>(next + (length << 2), value + 1);
    store<u32>(codes + (symbol << 2), length === 0 ? 0 : reversed(value, length) | (length << 16));
  }
}
