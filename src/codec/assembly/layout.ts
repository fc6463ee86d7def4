// Where everything stands in the memory, whose size is fixed: 148 pages of 64 KiB, as scripts/generate.mjs says, so that
// 64 KiB are left after an output of 4 MiB. Everything that a result is made of is written anew for each block, so that
// no byte can depend on an earlier one.

/** Head of the chain of each hash of four bytes: the lowest 16 bits of an address. */
export const HEADS: usize = 0x10000;
export const HASH_BITS: u32 = 15;
/** The position before in the same chain, by the lowest 15 bits of an address; again 16 bits each. */
export const CHAINS: usize = 0x20000;
/** The last position of each hash of three bytes, 16 bits each. */
export const SHORT_HEADS: usize = 0x40000;
export const SHORT_HASH_BITS: u32 = 14;
/** The last four positions of each hash of eight and of four bytes, 16 bits each. */
export const NEAR_BUCKETS: usize = 0xa0000;
export const LONG_BUCKETS: usize = 0xe0000;
export const BUCKET_BITS: u32 = 15;
/** Positions of strings in noise, 32 bits each. */
export const LANDMARKS: usize = 0x48000;
export const LANDMARK_BITS: u32 = 11;

/** Symbols of literals and lengths, two of which no stream may have, and after them those of distances. */
export const LITERALS: i32 = 288;
export const DISTANCES: i32 = 30;
export const END_OF_BLOCK: i32 = 256;
/** Counts of the symbols in the deflate block so far, of those in the segment, and of both: 32 bits each. */
export const BLOCK_COUNTS: usize = 0x50000;
export const SEGMENT_COUNTS: usize = 0x50600;
export const JOINED_COUNTS: usize = 0x50c00;
/** Counts of the symbols that describe code lengths. */
export const PRECODE_COUNTS: usize = 0x51200;
/** Lengths of codes, one byte each: literals and lengths, then distances. */
export const CODE_LENGTHS: usize = 0x51300;
export const PRECODE_LENGTHS: usize = 0x51500;
/** Codes with their lengths, `code | length << 16`, in the order of the lengths. */
export const CODES: usize = 0x51600;
export const PRECODE_CODES: usize = 0x51c00;
/** What describes the code lengths: `symbol | extra << 8`, 16 bits each. */
export const RUNS: usize = 0x51d00;
/** `bits | count << 24` for each length of a match. */
export const LENGTH_BITS: usize = 0x52100;
/** Work space of the construction of codes. */
export const SORTED: usize = 0x52600;
export const PARENTS: usize = 0x52c00;
export const LEAVES: usize = 0x52e80;
export const TREE: usize = 0x53200;
export const LENGTH_COUNTS: usize = 0x53800;
/** Counts of bytes in the test for noise. */
export const BYTE_COUNTS: usize = 0x53900;

/** Made once: symbol of a length (8 bits, less 257), of a distance (8 bits), and what is added to each. */
export const LENGTH_SYMBOLS: usize = 0x54000;
export const DISTANCE_SYMBOLS: usize = 0x54200;
export const DISTANCE_BASES: usize = 0x54400;
/** Made once: logarithms to the base of 2. */
export const LOGARITHMS: usize = 0x55000;
export const LOGARITHM_BITS: u32 = 11;

/** Sequences of the deflate block, 64 bits each: literals, length, distance and its symbol, 16 bits each. */
export const SEQUENCES: usize = 0x60000;
export const MAX_SEQUENCES: i32 = 0x8000;

/** The lowest 16 bits are zero, so that those of an address are those of a position. */
export const INPUT: usize = 0x120000;
export const MAX_INPUT: i32 = 4 * 1024 * 1024;
export const OUTPUT: usize = 0x530000;
