export type { Codec, CodecChoice, Implementation } from './choice.js';
export { type DecompressLimits, decompress } from './decompress.js';
export { type Compressor, openCompressor } from './open-compressor.js';
