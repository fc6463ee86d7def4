import { CHAINS, HASH_BITS, HEADS, INPUT } from './layout';
import { MAX_DISTANCE, matchLength } from './match-length';
import { depth, good, nice } from './parameters';
import { shortHead, shortMatch } from './short-matches';

// Chains of all positions with the same hash of four bytes, the latest first. Positions are the lowest 16 bits of an
// address: a wrong one is harmless, since every match is compared byte by byte.

const FACTOR: u32 = 0x9e3779b1;

function headOf(four: u32): usize {
  return HEADS + ((<usize>((four * FACTOR) >> (32 - HASH_BITS))) << 1);
}

export function startChains(): void {
  memory.fill(HEADS, 0, 2 << HASH_BITS);
  memory.fill(CHAINS, 0, 0x10000);
}

/** Makes the positions known to later ones. Eight bytes from each may be read. */
export function insertInChains(from: usize, to: usize): void {
  for (let at = from; at < to; at++) {
    const four = load<u32>(at);
    const head = headOf(four);
    store<u16>(CHAINS + ((at & 0x7fff) << 1), load<u16>(head));
    store<u16>(head, <u16>at);
    store<u16>(shortHead(four), <u16>at);
  }
}

/** @param first distance of the first candidate */
function search(at: usize, first: usize, least: i32, most: i32, candidates: i32): u32 {
  const farthest = min(at - INPUT, MAX_DISTANCE);
  const enough = min(nice, most);
  let distance = first;
  let before: usize = 0;
  let left = candidates;
  let found: u32 = 0;
  // A longer match has the same four bytes at its end.
  let end = at + least - 3;
  let wanted = load<u32>(end);
  let best = least;
  while (distance > before && distance <= farthest) {
    if (load<u32>(end - distance) === wanted) {
      const length = matchLength(at - distance, at, most);
      if (length > best) {
        best = length;
        found = ((<u32>length) << 16) | <u32>distance;
        if (length >= enough) break;
        end = at + best - 3;
        wanted = load<u32>(end);
      }
    }
    if (--left === 0) break;
    before = distance;
    distance = (at - load<u16>(CHAINS + (((at - distance) & 0x7fff) << 1))) & 0xffff;
  }
  return found;
}

/**
 * Makes a position known and finds the longest match there, longer than `held` and at most `most` (4 or more):
 * `length << 16 | distance`; 0 where there is none.
 */
export function findInChains(at: usize, held: i32, most: i32): u32 {
  const four = load<u32>(at);
  const head = headOf(four);
  const short = shortHead(four);
  const first: usize = load<u16>(head);
  const shortFirst: usize = load<u16>(short);
  store<u16>(CHAINS + ((at & 0x7fff) << 1), <u16>first);
  store<u16>(head, <u16>at);
  store<u16>(short, <u16>at);
  if (held >= most) return 0;
  const candidates = held >= good ? max(depth >> 2, 1) : depth;
  const found = search(at, (at - first) & 0xffff, max(held, 3), most, candidates);
  return found === 0 && held === 0 ? shortMatch(at, four, shortFirst) : found;
}
