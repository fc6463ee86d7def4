import { BUCKET_BITS, INPUT, LONG_BUCKETS, NEAR_BUCKETS } from './layout';
import { MAX_DISTANCE, matchLength } from './match-length';
import { nice } from './parameters';
import { shortHead, shortMatch } from './short-matches';

// Buckets of the last four positions with the same hash, 16 bits each, the latest lowest: of eight bytes, and of four.
// Nothing leads from one candidate to the next, so that all are looked at together, and eight bytes lead to long matches
// at once. Positions are the lowest bits of an address: a wrong one is harmless, since matches are compared.

/** Odd, with no pattern: 2 ** 64 divided by the golden ratio. */
const FACTOR: u64 = (0x9e3779b9 << 32) | 0x7f4a7c15;

function longBucket(eight: u64): usize {
  return LONG_BUCKETS + ((<usize>((eight * FACTOR) >> (64 - BUCKET_BITS))) << 3);
}

function nearBucket(eight: u64): usize {
  return NEAR_BUCKETS + ((<usize>(((eight << 32) * FACTOR) >> (64 - BUCKET_BITS))) << 3);
}

export function startBuckets(): void {
  memory.fill(LONG_BUCKETS, 0, 8 << BUCKET_BITS);
  memory.fill(NEAR_BUCKETS, 0, 8 << BUCKET_BITS);
}

/** Makes the positions known to later ones. Eight bytes from each may be read. */
export function insertInBuckets(from: usize, to: usize): void {
  for (let at = from; at < to; at++) {
    const eight = load<u64>(at);
    const long = longBucket(eight);
    const near = nearBucket(eight);
    const low = <u64>(at & 0xffff);
    store<u64>(long, (load<u64>(long) << 16) | low);
    store<u64>(near, (load<u64>(near) << 16) | low);
  }
}

/** How far back one of four positions is. */
function distanceTo(at: usize, positions: u64, which: u64): usize {
  return (at - <usize>(positions >> (which << 4))) & 0xffff;
}

/**
 * The longest match with one of the positions, longer than `held`, and the nearest one of them.
 * @typeParam Word what the hash was of: no match is shorter. For each there is one call, so that each is compiled into it.
 */
function search<Word>(at: usize, positions: u64, held: i32, most: i32): u32 {
  const least = max(held, <i32>sizeof<Word>() - 1);
  // A longer match has the same four bytes at its end. No branch for each: most of them could not be foreseen.
  const end = at + least - 3;
  const wanted = load<u32>(end);
  let fitting: u32 = <u32>(load<u32>(end - distanceTo(at, positions, 0)) === wanted);
  fitting |= (<u32>(load<u32>(end - distanceTo(at, positions, 1)) === wanted)) << 1;
  fitting |= (<u32>(load<u32>(end - distanceTo(at, positions, 2)) === wanted)) << 2;
  fitting |= (<u32>(load<u32>(end - distanceTo(at, positions, 3)) === wanted)) << 3;
  let found: u32 = 0;
  let best = least;
  const farthest = min(at - INPUT, MAX_DISTANCE);
  while (fitting !== 0) {
    const distance = distanceTo(at, positions, <u64>ctz(fitting));
    if (distance - 1 < farthest) {
      const length = matchLength(at - distance, at, most);
      if (length > best) {
        best = length;
        found = ((<u32>length) << 16) | <u32>distance;
        if (length >= nice) break;
      }
    }
    fitting &= fitting - 1;
  }
  return found;
}

/**
 * Makes a position known and finds a match there, longer than `held` and at most `most` (4 or more):
 * `length << 16 | distance`; 0 where there is none.
 */
export function findInBuckets(at: usize, held: i32, most: i32): u32 {
  const eight = load<u64>(at);
  const long = longBucket(eight);
  const near = nearBucket(eight);
  const short = shortHead(<u32>eight);
  const longPositions = load<u64>(long);
  const nearPositions = load<u64>(near);
  const shortPosition: usize = load<u16>(short);
  const low = <u64>(at & 0xffff);
  store<u64>(long, (longPositions << 16) | low);
  store<u64>(near, (nearPositions << 16) | low);
  store<u16>(short, <u16>at);
  if (held >= most) return 0;
  if (most > 7) {
    const found = search<u64>(at, longPositions, held, most);
    if (found !== 0) return found;
  }
  if (held > 6) return 0;
  const found = search<u32>(at, nearPositions, held, most);
  return found === 0 && held === 0 ? shortMatch(at, <u32>eight, shortPosition) : found;
}
