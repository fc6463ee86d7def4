import { INPUT, SHORT_HASH_BITS, SHORT_HEADS } from './layout';

/** Three bytes from farther away cost more than they save. */
const MAX_SHORT_DISTANCE: usize = 0x1000;
const FACTOR: u32 = 0x9e3779b1;

/** Where the last position of the first three of four bytes stands. */
export function shortHead(four: u32): usize {
  return SHORT_HEADS + ((<usize>(((four << 8) * FACTOR) >> (32 - SHORT_HASH_BITS))) << 1);
}

export function startShortMatches(): void {
  memory.fill(SHORT_HEADS, 0, 2 << SHORT_HASH_BITS);
}

/** The match of three bytes with what was at a head, as `length << 16 | distance`; 0 where there is none. */
export function shortMatch(at: usize, four: u32, head: usize): u32 {
  const distance = (at - head) & 0xffff;
  if (distance - 1 >= MAX_SHORT_DISTANCE || distance > at - INPUT) return 0;
  return ((load<u32>(at - distance) ^ four) & 0xffffff) === 0 ? (3 << 16) | <u32>distance : 0;
}
