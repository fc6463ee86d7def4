import { CRC_TABLES } from './layout';

/** The polynomial of ECMA-182, bits reversed. */
const POLYNOMIAL: u64 = ((<u64>0xc96c5795) << 32) | 0xd7870f42;

export function prepareCrc(): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    let crc: u64 = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (POLYNOMIAL & (0 - (crc & 1)));
    store<u64>(CRC_TABLES + ((<usize>byte) << 3), crc);
  }
  for (let at: usize = 256; at < 8 * 256; at++) {
    const before = load<u64>(CRC_TABLES + ((at - 256) << 3));
    store<u64>(CRC_TABLES + (at << 3), (before >> 8) ^ load<u64>(CRC_TABLES + ((<usize>(before & 0xff)) << 3)));
  }
}

function entry(table: usize, crc: u64, shift: u64): u64 {
  return load<u64>(CRC_TABLES + (table << 11) + ((<usize>((crc >> shift) & 0xff)) << 3));
}

/** The CRC-64 over `count` bytes more: eight at a time, each by the table that has seen as many zeros as bytes follow it. */
export function extendCrc(before: u64, from: usize, count: usize): u64 {
  let crc = before;
  let at = from;
  const end = from + count;
  for (; at + 8 <= end; at += 8) {
    crc ^= load<u64>(at);
    crc =
      entry(7, crc, 0) ^
      entry(6, crc, 8) ^
      entry(5, crc, 16) ^
      entry(4, crc, 24) ^
      entry(3, crc, 32) ^
      entry(2, crc, 40) ^
      entry(1, crc, 48) ^
      entry(0, crc, 56);
  }
  for (; at < end; at++) crc = (crc >> 8) ^ entry(0, crc ^ load<u8>(at), 0);
  return crc;
}
