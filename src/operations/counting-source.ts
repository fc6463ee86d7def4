import type { BlobSource, Descriptor } from '../oci/index.js';
import type { Bytes } from '../util/index.js';
import type { Step } from './steps.js';

/** A source whose bytes advance a step as they are read. Reading stops when it is interrupted. */
export function countingSource(source: BlobSource, step: Step, interruption: AbortSignal): BlobSource {
  async function* counted(bytes: Bytes): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      interruption.throwIfAborted();
      step.advance(chunk.length, 0);
      yield chunk;
    }
  }
  return {
    ...(source.openRaw !== undefined && {
      openRaw: async (target: Descriptor) => counted(await source.openRaw!(target)),
    }),
    open: async (target) => counted(await source.open(target)),
    locate: (target) => source.locate?.(target),
  };
}
