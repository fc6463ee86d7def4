// Where everything stands in the memory. The window comes last, since it grows with what is decoded.

/** The packed data of one chunk, and bytes in the check: 64 KiB, and room for a decoder that has run past the end. */
export const INPUT: usize = 0x10000;
export const INPUT_BYTES: u32 = 0x10000;

/** Eight tables of 256 words of CRC-64. */
export const CRC_TABLES: usize = 0x21000;

/** Probabilities, 16 bits each: that a bit is 0, of 2048. The first of them, and below the end of the last. */
export const IS_MATCH: usize = 0x26000;
export const IS_REPEAT: usize = IS_MATCH + 2 * 192;
export const IS_REPEAT_0: usize = IS_REPEAT + 2 * 12;
export const IS_REPEAT_1: usize = IS_REPEAT_0 + 2 * 12;
export const IS_REPEAT_2: usize = IS_REPEAT_1 + 2 * 12;
export const IS_LONG_REPEAT_0: usize = IS_REPEAT_2 + 2 * 12;
export const DISTANCE_SLOTS: usize = IS_LONG_REPEAT_0 + 2 * 192;
export const DISTANCE_SPECIAL: usize = DISTANCE_SLOTS + 2 * 256;
export const DISTANCE_ALIGN: usize = DISTANCE_SPECIAL + 2 * 128;
/** Two choices, then 16 trees of 8 each for short and for middle lengths, then a tree of 256. */
export const LENGTH_LOW: usize = 2 * 2;
export const LENGTH_MIDDLE: usize = LENGTH_LOW + 2 * 128;
export const LENGTH_HIGH: usize = LENGTH_MIDDLE + 2 * 128;
const LENGTH_CODER_BYTES: usize = LENGTH_HIGH + 2 * 256;
export const MATCH_LENGTHS: usize = DISTANCE_ALIGN + 2 * 16;
export const REPEAT_LENGTHS: usize = MATCH_LENGTHS + LENGTH_CODER_BYTES;
export const LITERALS: usize = REPEAT_LENGTHS + LENGTH_CODER_BYTES;
/** 0x300 for each of at most 16 contexts. */
export const PROBABILITIES_END: usize = LITERALS + 2 * 0x300 * 16;

/** What was decoded; the byte before it is 0. */
export const WINDOW: usize = 0x30000;
/** A chunk unpacks to at most so many bytes. */
export const CHUNK_BYTES: u32 = 0x200000;
