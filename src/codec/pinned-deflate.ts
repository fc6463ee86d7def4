import { Deflate, Z_SYNC_FLUSH } from 'pako';
import type { CompressBlock } from './block-codec.js';
import { DEFLATE_PARAMETERS, deflateSpace } from './deflate-parameters.js';

/** Raw deflate as pako does it: one independent block, ended by a sync flush. The reference of format 1. */
export function pinnedDeflate(level: number): CompressBlock {
  return (block) => {
    const options = { ...DEFLATE_PARAMETERS, raw: true, level: level as 6, chunkSize: deflateSpace(block) };
    const engine = new Deflate(options);
    engine.push(block, Z_SYNC_FLUSH);
    const [bytes] = engine.chunks;
    if (bytes === undefined || engine.chunks.length !== 1) throw new Error(`pako wrote ${engine.chunks.length} pieces`);
    return bytes.slice();
  };
}
