import { constants, deflateRawSync } from 'node:zlib';
import type { CompressBlock } from './block-codec.js';
import { DEFLATE_PARAMETERS, deflateSpace } from './deflate-parameters.js';

/** As `pinnedDeflate`, by the zlib of this Node, whichever that is: its bytes may differ. */
export function nativeDeflate(level: number): CompressBlock {
  const options = { ...DEFLATE_PARAMETERS, level, finishFlush: constants.Z_SYNC_FLUSH };
  return (block) => new Uint8Array(deflateRawSync(block, { ...options, chunkSize: deflateSpace(block) }));
}
