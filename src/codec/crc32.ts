import zlib from 'node:zlib';

const POLYNOMIAL = 0xedb88320;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc;
});

/** CRC-32 (RFC 1952, section 8), bytewise: for Node 21 and 22.0 to 22.1, which have none of their own. */
export function portableCrc32(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  for (const byte of bytes) crc = (crc >>> 8) ^ TABLE[(crc ^ byte) & 0xff]!;
  return ~crc >>> 0;
}

const native = zlib.crc32 ?? portableCrc32;

/** CRC-32 of the bytes, as an unsigned number; `before` is that of what stands before them. */
export function crc32(bytes: Uint8Array, before = 0): number {
  // zlib takes an empty array for none and begins anew.
  return bytes.length === 0 ? before : native(bytes, before);
}
