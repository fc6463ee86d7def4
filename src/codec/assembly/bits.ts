import { OUTPUT } from './layout';

/** Bits that wait for the byte to be full, the first one lowest; fewer than eight between calls. */
export let waiting: u64 = 0;
export let waitingCount: u64 = 0;
/** Where the next byte goes. Eight bytes from here may be written to. */
export let end: usize = OUTPUT;

export function startBits(): void {
  waiting = 0;
  waitingCount = 0;
  end = OUTPUT;
}

/** Takes over from a writer that keeps the three in variables of its own. */
export function resumeBits(bits: u64, count: u64, at: usize): void {
  waiting = bits;
  waitingCount = count;
  end = at;
}

/** At most 32 of them. */
export function writeBits(bits: u32, count: u32): void {
  waiting |= (<u64>bits) << waitingCount;
  waitingCount += count;
  store<u64>(end, waiting);
  end += <usize>(waitingCount >> 3);
  waiting >>= waitingCount & 0x38;
  waitingCount &= 7;
}

/** Fills the byte with zeros. */
export function alignBits(): void {
  if (waitingCount > 0) writeBits(0, <u32>(8 - waitingCount));
}

export function writeBytes(from: usize, count: usize): void {
  memory.copy(end, from, count);
  end += count;
}
