export type { Codec, CodecChoice, Implementation, ReadCodec } from './choice.js';
export { crc32 } from './crc32.js';
export { type DecompressLimits, decompress } from './decompress.js';
export { type Compressor, openCompressor } from './open-compressor.js';
