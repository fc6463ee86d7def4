import { alignBits, startBits, waitingCount, writeBits, writeBytes } from './bits';

const MAX_STORED: u32 = 65535;

/** Bits that stored blocks of so many bytes need, from here on (RFC 1951, section 3.2.4). */
export function storedCost(count: u32): u32 {
  const blocks = (count + MAX_STORED - 1) / MAX_STORED;
  const padding = (5 - <u32>waitingCount) & 7;
  return 3 + padding + 32 + (blocks - 1) * 40 + (count << 3);
}

/** Stored blocks, none of them the last one of the stream. For no bytes there is one, which is a sync flush. */
export function writeStored(from: usize, count: u32): void {
  let at = from;
  let left = count;
  do {
    const size = min(left, MAX_STORED);
    writeBits(0, 3);
    alignBits();
    writeBits(size | (~size << 16), 32);
    writeBytes(at, size);
    at += size;
    left -= size;
  } while (left > 0);
}

/** Everything anew as stored blocks. */
export function storeOnly(from: usize, count: u32): void {
  startBits();
  if (count > 0) writeStored(from, count);
}
