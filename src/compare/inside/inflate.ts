import { decompress, type ReadCodec } from '../../codec/index.js';
import { bytesOf, collect } from '../../util/index.js';
import type { Explaining } from './explaining.js';

const RATIO_MAX = 1000;

/** What compressed data holds; it throws where that is damaged, or more than may still be decompressed. */
export async function inflated(bytes: Uint8Array, codec: ReadCodec, { budget }: Explaining): Promise<Uint8Array> {
  const maxBytes = budget.bytes;
  const output = await collect(decompress(bytesOf(bytes), codec, { maxBytes, maxRatio: RATIO_MAX }), maxBytes);
  budget.bytes -= output.length;
  return output;
}
