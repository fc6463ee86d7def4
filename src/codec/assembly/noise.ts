import { BYTE_COUNTS, LANDMARK_BITS, LANDMARKS } from './layout';

/** What is tested first, because nearly everything else shows itself in it. */
const PROBE: u32 = 1024;

const WINDOW: usize = 0x8000;
const FACTOR: u32 = 0x9e3779b1;
/** One position in 64 is remembered. Which ones, the bytes there say, so that a copy has the same ones. */
const LANDMARK_LIMIT: u32 = 1 << 26;

export function startNoise(): void {
  memory.fill(LANDMARKS, 0, 4 << LANDMARK_BITS);
}

/** Counts the bytes in BYTE_COUNTS and returns the sum of the squares: the more alike the counts, the less. */
function squares(from: usize, count: u32): u32 {
  memory.fill(BYTE_COUNTS, 0, 1024);
  for (let at = from; at < from + count; at += 4) {
    const four = load<u32>(at);
    let counter: usize = BYTE_COUNTS + ((four & 0xff) << 2);
    store<u32>(counter, load<u32>(counter) + 1);
    counter = BYTE_COUNTS + (((four >> 8) & 0xff) << 2);
    store<u32>(counter, load<u32>(counter) + 1);
    counter = BYTE_COUNTS + (((four >> 16) & 0xff) << 2);
    store<u32>(counter, load<u32>(counter) + 1);
    counter = BYTE_COUNTS + ((four >> 24) << 2);
    store<u32>(counter, load<u32>(counter) + 1);
  }
  let sum: u32 = 0;
  for (let at = BYTE_COUNTS; at < BYTE_COUNTS + 1024; at += 4) {
    const times = load<u32>(at);
    sum += times * times;
  }
  return sum;
}

/** Remembers landmarks of the bytes; whether one was there before, within the window. */
function repeats(from: usize, count: u32): bool {
  let found = false;
  for (let at = from; at < from + count - 8; at++) {
    const mixed = load<u32>(at) * FACTOR;
    if (mixed >= LANDMARK_LIMIT) continue;
    const entry = LANDMARKS + ((mixed >> (26 - LANDMARK_BITS)) << 2);
    const before: usize = load<u32>(entry);
    store<u32>(entry, <u32>at);
    if (before !== 0 && before + WINDOW > at && load<u64>(before) === load<u64>(at)) found = true;
  }
  return found;
}

/**
 * Whether the bytes, a multiple of four and at most 64 KiB, are not worth a look for matches: all byte values are
 * nearly equally frequent, and nothing of them was there before. Of noise the sum of squares is n + n²/256, give or
 * take 0.2 % for 16 KiB; what has up to 2 % more would lose less than two bits in a thousand.
 */
export function isNoise(from: usize, count: u32): bool {
  if (count < 4 * PROBE) return false;
  if (squares(from, PROBE) > PROBE + (PROBE * PROBE * 5) / 4 / 256) return false;
  if (squares(from, count) > count + (count * (count / 256) * 51) / 50) return false;
  return !repeats(from, count);
}
