import type { Host } from '../host/index.js';
import type { BlobSource } from '../oci/index.js';
import type { Bytes } from '../util/index.js';
import type { Step } from './steps.js';

/** A source whose bytes advance a step as they are read. Reading stops when the host is interrupted. */
export function countingSource(source: BlobSource, step: Step, host: Host): BlobSource {
  async function* counted(bytes: Bytes): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      host.interruption.throwIfAborted();
      step.advance(chunk.length, 0);
      yield chunk;
    }
  }
  return { open: async (target) => counted(await source.open(target)) };
}
