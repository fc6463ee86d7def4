export { type Codec, type CodecChoice, checkChoice, type Implementation, type ReadCodec } from './choice.js';
export { openBlockCompressor } from './compress-block.js';
export { compressBytes } from './compress-bytes.js';
export { crc32 } from './crc32.js';
export { type DecompressLimits, decompress } from './decompress.js';
export { type CompressedBlock, joinBlocks, streamStart } from './join-blocks.js';
