import { createHash } from 'node:crypto';
import type { Compressor } from '../codec/index.js';
import { type Descriptor, type DiffId, type Digest, digestOfHash, layerMediaType } from '../oci/index.js';
import { writeTar } from '../tar/index.js';
import type { FileTree } from '../tree/index.js';
import type { Chunks } from '../util/index.js';
import type { LayerFormat } from './layer-key.js';
import { tarOfTree } from './tar-of-tree.js';

export interface BuiltLayer {
  readonly descriptor: Descriptor;
  readonly diffId: DiffId;
}

export interface LayerOutput {
  readonly compressor: Compressor;
  /** Stores the compressed bytes as they come and says what they were. */
  store(bytes: Chunks): Promise<{ readonly digest: Digest; readonly size: number }>;
  /** Called with the bytes of tar since the last call. May throw to stop. */
  progress(tarBytes: number): void;
}

/**
 * Writes a layer: tree → tar → compressed blob, streamed, so that memory does not grow with the layer (format 1).
 *
 * @throws TbuildError `input-changed` where a file is not any more what its entry says
 */
export async function buildLayer(tree: FileTree, format: LayerFormat, output: LayerOutput): Promise<BuiltLayer> {
  const tarHash = createHash('sha256');
  async function* hashedTar(): AsyncGenerator<Uint8Array> {
    for await (const chunk of writeTar(tarOfTree(tree, format.created))) {
      tarHash.update(chunk);
      output.progress(chunk.length);
      yield chunk;
    }
  }
  const choice = { type: format.compression, level: format.level };
  const { digest, size } = await output.store(output.compressor.compress(hashedTar(), choice));
  const descriptor = { mediaType: layerMediaType(format.compression), digest, size };
  return { descriptor, diffId: digestOfHash(tarHash) as string as DiffId };
}
